"""What a notebook imports: the person's session on the AI Factory Workbench."""
