"""The documentation site: how it is built from `hub_config/docs`, and the parts of it that are made from the code."""
