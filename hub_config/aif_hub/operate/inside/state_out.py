"""A hub's state folder as a tar stream on stdout, its SQLite database by the online backup. Fed to `python -I -`.

It runs as the hub's user: whatever a link in that folder points to, nothing gets in that this user could not read.
"""

import os
import sqlite3
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

state, database, member = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
left_out = {database + end for end in ("", "-wal", "-shm", "-journal")} if database else set()


def files() -> list[Path]:
    found = [Path(folder) / name for folder, _, names in os.walk(state) for name in names]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as out:
    for path in files():
        inside = str(path.relative_to(state))
        if inside not in left_out:
            out.add(path, f"state/{inside}", recursive=False)
    if database:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / member
            uri = f"file:{(state / database)}?mode=rw"  # rw: no new, empty one where there is none
            with closing(sqlite3.connect(uri, uri=True, timeout=30)) as source, closing(sqlite3.connect(copy)) as into:
                source.backup(into)
                into.execute("PRAGMA journal_mode=DELETE")  # one file, without a journal beside it
            out.add(copy, member, recursive=False)
