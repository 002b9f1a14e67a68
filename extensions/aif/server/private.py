"""Files that only their owner reads, written whole or not at all."""

import os
from pathlib import Path


def data() -> Path:
    """Where we keep what is a person's own, in their home."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share", "aif")


def write(target: Path, content: bytes) -> None:
    """Puts `content` in place of what `target` held, 0600; a reader at any moment sees the one or the other."""
    draft = Path(f"{target}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    draft.replace(target)
