"""Benchmarks beside the stock parts, on a real Slurm, in one run: `aif bench NAME`."""
