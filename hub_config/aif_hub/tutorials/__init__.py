"""`aif tutorials`: build, check and run the tutorials of a checkout."""
