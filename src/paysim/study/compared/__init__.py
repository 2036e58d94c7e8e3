"""What two runs have apart, and what an outcome of one hangs on."""
