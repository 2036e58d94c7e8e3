"""Many runs: ensembles and how they are executed, stored, read and summed up."""
