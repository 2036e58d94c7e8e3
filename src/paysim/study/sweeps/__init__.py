"""Studies of many points: what is run, where, how it is kept, and what is read off it."""
