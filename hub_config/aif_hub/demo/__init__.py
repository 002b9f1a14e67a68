"""The embedded default: a real Slurm, hub and proxy of their own on this machine, under one prefix."""
