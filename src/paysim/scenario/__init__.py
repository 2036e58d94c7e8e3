"""What a person writes: the schema of scenarios, their defaults and units, and how files are read."""
