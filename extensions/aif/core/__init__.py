"""The nouns that hub, kernels and notebooks share; standard library only, no I/O but in `slurm`."""
