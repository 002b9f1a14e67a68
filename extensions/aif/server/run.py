"""From a session directory to a serving JupyterLab: bind, prepare, serve, tell the hub, end with one clear line."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from aif.core.errors import AifError
from aif.server.address import bound_socket, reserved
from aif.server.folder import SessionFolder, read_folder

USAGE = "usage: python -I -m aif.server SESSION_DIRECTORY"


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 after a normal stop, 1 with one line on stderr for everything we expect to go wrong."""
    started_at = time.time()
    if len(arguments) != 1:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        return serve(read_folder(Path(arguments[0])), started_at)
    except AifError as fault:
        # stderr is the job log, whose last lines the hub shows to the person
        print(f"aif.server: {fault}", file=sys.stderr, flush=True)
        return 1


def serve(folder: SessionFolder, started_at: float) -> int:
    """Serves until the session is stopped; the socket is bound before the slow part (importing Jupyter) begins."""
    listener = bound_socket(folder.addresses, os.environ)

    from aif.server import commands, environment, keys, runtime

    # made before the slow part, so that a broken key is said at once
    contexts = keys.server_context(folder), keys.client_context(folder)

    with reserved(listener), runtime.private_dir() as runtime_dir:
        environment.prepare(os.environ, folder, listener.getsockname()[:2], runtime_dir, started_at)
        commands.offer(os.environ, runtime_dir)

        from aif.server import shortcuts

        with shortcuts.taken():
            from aif.server import lab

        return lab.run(folder, listener, *contexts)
