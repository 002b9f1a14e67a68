"""What can stop the demo, each told in one sentence with what to do.

DemoError
├── CommandFailed      a program of the machine said no
├── PortTaken          somebody else listens where browsers are to come in
├── InnerPortTaken     somebody else listens where only we are to
└── NoInstance         nothing has been brought up under that prefix
"""

from __future__ import annotations

import errno
import os
from pathlib import Path


class DemoError(Exception):
    """A sentence for the person at the terminal: what happened and what to do."""


class CommandFailed(DemoError):
    """A program ended with an error; the sentence has its last words."""

    def __init__(self, argv: list[str], outcome: str, said: str) -> None:
        self.said = said.strip()
        program = Path(argv[0]).name
        last = self.said.splitlines()[-1] if self.said else "it said nothing"
        if "No space left on device" in self.said:
            super().__init__(f"The disk is full: {program} had no room. Make room and run the command again.")
        else:
            super().__init__(f"{program} {outcome}: {last}")


class PortTaken(DemoError):
    """A port is in use; the sentence names the process where the machine tells."""

    def __init__(self, port: int, holder: str) -> None:
        super().__init__(
            f"Port {port} is already used by {holder}. Choose another with --port (for example --port {port + 10}), "
            "or stop that process, and run the command again."
        )


class InnerPortTaken(DemoError):
    """A port that an instance chose for itself, once, and that has somebody else now."""

    def __init__(self, port: int, whose: str, holder: str) -> None:
        super().__init__(
            f"Port {port}, which {whose} had before, is now used by {holder}. "
            "Stop that process and run `./aif up` again."
        )


class NoInstance(DemoError):
    """There is no instance under the prefix."""

    def __init__(self, name: str, prefix: Path) -> None:
        super().__init__(f"There is no instance '{name}' under {prefix}. `./aif up` makes one.")


def of_the_machine(trouble: OSError) -> DemoError | None:
    """What a disk or a folder refused, in a sentence; None for anything else, which is a fault of ours."""
    where = trouble.filename or "a file"
    if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
        return DemoError(f"The disk is full: {where} could not be written. Make room and run the command again.")
    if trouble.errno == errno.EROFS:
        return DemoError(
            f"{where} is on a disk that cannot be written. Choose another place, or have it mounted for writing."
        )
    if trouble.errno in (errno.EACCES, errno.EPERM) and os.geteuid() != 0:
        return DemoError(f"{where} is not yours to read or write. Run the command with sudo.")
    return None
