"""The tutorials of `tutorials/`: their source read, translated, checked, and built into notebooks."""
