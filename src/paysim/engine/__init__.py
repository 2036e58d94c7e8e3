"""Where a scenario becomes a world and the world moves: the event engine, the mean field, and what they share."""
