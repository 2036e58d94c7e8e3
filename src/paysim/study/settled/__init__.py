"""One day of payments through one settlement system."""
