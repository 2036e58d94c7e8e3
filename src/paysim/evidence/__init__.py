"""Evidence: what is claimed about the world, held against the model and against what was published."""
