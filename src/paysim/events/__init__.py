"""What politics may do: one file a kind of event, with its fields, their units and basis, and its effect."""
