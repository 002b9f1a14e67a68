"""What a notebook shows: drawings that Python feeds and the browser draws, in the session's language."""
