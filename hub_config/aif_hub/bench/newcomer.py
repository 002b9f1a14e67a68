"""`aif bench newcomer`: how long it takes from nothing to a first cell's answer, and how long a second `up`.

What somebody does who has just heard of the workbench, with a clone, an instance and a prefix of their own beside any
other, on as many cores as `--cores` says. All of it is taken away at the end, whatever happened.

- `clone_s`: `git clone` of the checkout that this instance is from, as it was committed last.
- `up_s`: `./aif up` in it, which downloads and installs all that is missing.
- `first_cell_s`: signs in as marieke, presses Start on the start page as it comes, waits on the waiting page, opens
  JupyterLab and a kernel, and has the cell's answer; by HTTP and WebSocket as a browser does, without drawing.
- `whole_s`: from the clone's first byte to that answer. Debian's packages that were here already are not in it: `up`
  says how many were missing.
- `second_up_s`: `./aif up` again, while that session runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aif_hub.bench.course import say
from aif_hub.bench.first_cell import first_cell
from aif_hub.demo import instance
from aif_hub.demo.commands import PATH
from aif_hub.demo.errors import DemoError

#: What is promised on two cores.
WHOLE_SECONDS, SECOND_SECONDS = 600.0, 30.0
#: After this a step is given up; `up` on a slow line may take its time.
PATIENCE_SECONDS = 1800.0
PERSON = "marieke"

#: Has a cell's answer at that address, as that login with that password.
FirstCell = Callable[[str, str, str], None]


def main(args: Sequence[str]) -> int:
    """The exit status; figures on stdout, progress on stderr."""
    options = _parser().parse_args(args)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: everything is taken away
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])  # for all that is begun from here
    say(f"on {len(os.sched_getaffinity(0))} cores")
    try:
        source = Path(instance.read_book(options.prefix)["source"])
        figures = measured(source, lambda url, login, password: asyncio.run(first_cell(url, login, password)))
    except DemoError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("broken off; everything is taken away")
        return 130
    whole, second = figures["whole_s"], figures["second_up_s"]
    say(f"{whole:.0f} s to the first cell's answer (at most {WHOLE_SECONDS:.0f} are promised)")
    say(f"{second:.0f} s for a second `up` (at most {SECOND_SECONDS:.0f})")
    if options.json:
        print(json.dumps(figures))
    return 0


def measured(source: Path, cell: FirstCell, above: Path = Path("/opt/aif")) -> dict[str, float]:
    """The figures of one newcomer with a clone of `source`, whose prefix is below `above`. Raises DemoError."""
    name = f"n{secrets.token_hex(3)}"
    with tempfile.TemporaryDirectory(prefix="aif-newcomer-") as folder:
        newcomer = Newcomer(name, above / name, Path(folder))
        began = time.monotonic()
        clone = _timed(lambda: newcomer.clone(source))
        say(f"cloned {source} in {clone:.1f} s")
        try:
            up = _timed(newcomer.up)
            first = _timed(lambda: cell(*newcomer.told()))
            whole = time.monotonic() - began
            say(f"the first cell's answer came {first:.1f} s after the sign-in page")
            second = _timed(newcomer.up)
        finally:
            newcomer.leave()
    figures = {"clone_s": clone, "up_s": up, "first_cell_s": first, "whole_s": whole, "second_up_s": second}
    return {key: round(seconds, 1) for key, seconds in figures.items()}


@dataclass(frozen=True)
class Newcomer:
    """Somebody with a clone below `folder`, and what they bring up with it."""

    name: str
    prefix: Path
    folder: Path

    def clone(self, source: Path) -> None:
        """The last commit's files, copied as over a network."""
        (self.folder / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")  # the checkout may be another user's
        argv = ["git", "clone", "--quiet", "--no-local", str(source), str(self._checkout)]
        self._run(argv, {"HOME": str(self.folder)})

    def up(self) -> None:
        """`./aif up`, until it says that all runs."""
        self._aif("up", "--yes")

    def told(self) -> tuple[str, str, str]:
        """What `./aif status` tells of the way in: address, login, password."""
        found = json.loads(self._aif("status", "--json", quiet=True))
        login = f"{self.name}-{PERSON}"
        person = next(one for one in found["people"] if one["name"] == login)
        return found["url"].rstrip("/"), login, person["password"]

    def leave(self) -> None:
        """Nothing of it is left, if anything was there."""
        if self.prefix.exists():
            self._aif("reset", "--yes")

    @property
    def _checkout(self) -> Path:
        return self.folder / "aif-workbench"

    def _aif(self, command: str, *words: str, quiet: bool = False) -> str:
        which = ["--instance", self.name, "--prefix", str(self.prefix)]
        return self._run([str(self._checkout / "aif"), command, *which, *words], quiet=quiet)

    def _run(self, argv: list[str], more: dict[str, str] | None = None, quiet: bool = False) -> str:
        """What it printed, when `quiet`; else that is shown as it comes. Raises DemoError where it fails."""
        # None of what this very program was told of another instance
        known = {key: value for key, value in os.environ.items() if not key.startswith(("AIF_", "PYTHON"))}
        try:
            done = subprocess.run(
                argv,
                cwd=self.folder,
                env={**known, "PATH": PATH, **(more or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if quiet else sys.stderr,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as fault:
            raise DemoError(f"`{' '.join(argv[:2])}` did not run to its end: {fault}") from fault
        if done.returncode:
            raise DemoError(f"`{' '.join(argv[:2])}` ended with status {done.returncode}.")
        return done.stdout or ""


def _timed(step: Callable[[], object]) -> float:
    began = time.monotonic()
    step()
    return time.monotonic() - began


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aif bench newcomer", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    given = Path(os.environ.get("AIF_PREFIX", "/opt/aif/demo"))  # from `aif bench --instance NAME`
    parser.add_argument("--prefix", type=Path, default=given, help=f"the instance whose checkout is cloned ({given})")
    parser.add_argument("--cores", type=int, default=2, help="how many of the machine's cores are used (default: 2)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
