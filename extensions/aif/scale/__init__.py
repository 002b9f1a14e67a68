"""Dask clusters on extra nodes, through Slurm: what they may be (`place`, `plan`), how they start and how they end."""
