"""One invoice, followed through every step of its payment."""
