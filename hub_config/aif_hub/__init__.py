"""The workbench on the hub host: spawner, queue, pages, demo and the `aif` command."""
