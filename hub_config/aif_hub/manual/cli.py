"""`aif docs`: the documentation as a folder of files, for a web server or for `docs_dir` in the site file."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from aif_hub.demo.commands import run
from aif_hub.demo.environments import PYTHON, network_in_words
from aif_hub.demo.progress import Progress
from aif_hub.manual import build
from aif_hub.source import checkout


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The one command of this group."""
    docs = commands.add_parser("docs", help="build the documentation")
    docs.add_argument(
        "--to", type=Path, metavar="DIR", default=Path("build/docs"), help="the folder to build (default: build/docs)"
    )
    docs.set_defaults(run=_docs)


def _docs(asked: argparse.Namespace, rest: list[str]) -> int:
    source, target, show = checkout(), asked.to.absolute(), Progress()
    build.check_place(target)
    with tempfile.TemporaryDirectory(prefix="aif-docs-") as place:
        with show.step("Environment of the documentation"):
            python = _environment(source, Path(place, "env"))
        with show.step("Documentation"):
            build.build(python, source, target)
    show.say(f"Open {target}/index.html, or name the folder as docs_dir in the site file.")
    return 0


def _environment(source: Path, place: Path) -> Path:
    """A Python with Sphinx as `docs.lock` has it: for this once, so that it needs neither root nor an instance."""
    run([PYTHON, "-m", "venv", place], timeout=120)
    python = place / "bin/python"
    lock = source / "hub_config/requirements/docs.lock"
    with network_in_words():
        run([python, "-m", "pip", "install", "-q", "--no-compile", "--require-hashes", "-r", lock], timeout=600)
    return python
