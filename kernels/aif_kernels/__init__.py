"""Kernels that run as their own Slurm jobs, and the environments a person picks from."""
