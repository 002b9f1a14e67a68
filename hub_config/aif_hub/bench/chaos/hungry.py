"""The stand-in server, which takes more memory than its job has when it gets SIGUSR1."""

import runpy
import signal
from pathlib import Path

TOO_MUCH = 3 * 1024**3


def eat(*_: object) -> None:
    memory = bytearray(TOO_MUCH)
    memory[::4096] = b"x" * len(memory[::4096])


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, eat)
    runpy.run_path(str(Path(__file__).with_name("standin.py")), run_name="__main__")
