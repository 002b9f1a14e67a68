"""The person's server on the node: `python -I -m aif.server SESSION_DIR`."""
