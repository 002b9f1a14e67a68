"""The one program the hub may run as root, through sudo: `aif_launch.py` and its modules (standard library only)."""
