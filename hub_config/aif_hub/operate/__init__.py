"""The workbench on a site's own Slurm: one file a command, registered in `cli.py`."""
