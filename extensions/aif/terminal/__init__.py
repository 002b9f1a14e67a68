"""What a person types: ``aif usage``, in a session's terminal and on a login node."""
