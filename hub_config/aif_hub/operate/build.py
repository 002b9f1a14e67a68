"""`aif build`: the software for a site, in one folder that the hub's host and the compute nodes see alike."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path

from aif_hub.demo import instance, kernels, machine, services
from aif_hub.demo.bring_up import only_one
from aif_hub.demo.environments import Builder
from aif_hub.demo.privilege import only_root_writes
from aif_hub.demo.progress import Progress, write_details_to
from aif_hub.operate.errors import OperateError
from aif_hub.source import checkout

DEFAULT_PREFIX = Path("/opt/aif/site")
_OURS = "(a site's own)"  # no instance can be called so: `aif up` leaves the folder alone


@dataclass(frozen=True)
class Software:
    """The environments of a site: what `Builder` builds in an instance, without the instance."""

    prefix: Path
    source: Path
    dev: bool = False

    def env(self, name: str) -> Path:
        """The folder of one environment: `hub`, `notebook`, `kernels/aif-python`."""
        return self.prefix / "env" / name


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif build`, from a checkout."""
    build = commands.add_parser("build", help="build the software for a site of your own, in one folder")
    build.add_argument("--prefix", type=Path, default=DEFAULT_PREFIX, metavar="DIR", help=f"default: {DEFAULT_PREFIX}")
    build.set_defaults(run=_build)


def _build(asked: argparse.Namespace, rest: list[str]) -> int:
    software = Software(asked.prefix.absolute(), checkout())
    _check(software.prefix)
    with only_one(f"build-{software.prefix.name}"):
        software.prefix.mkdir(parents=True, exist_ok=True)
        only_root_writes(software.prefix)
        _begin_book(software.prefix)
        write_details_to(software.prefix / "log/build.log")
        _build_all(software, Progress())
    print(f"\nBuilt: {software.prefix}. Next: {software.prefix}/bin/aif init")
    return 0


def _build_all(software: Software, show: Progress) -> None:
    builder = Builder(software)
    with show.step("Tools: uv and the build backend"):
        builder.ensure_tools()
    with show.step("Environment of the hub"):
        builder.ensure("hub", builder.locks / "hub.lock")
        services.ensure_proxy_program(builder)
        _link_command(software)
    with show.step("Environment of people's servers"):
        builder.ensure("notebook", builder.locks / "notebook.lock")
        kernels.ensure_tutorials(software)
    for name in kernels.locked(software.source):
        with show.step(f"Kernel {name}"):
            kernels.ensure(builder, name)


def _check(prefix: Path) -> None:
    machine.check_root()
    machine.check_readable(prefix.parent, "--prefix")
    book = instance.read_book(prefix)
    if book and book.get("instance") != _OURS:
        raise OperateError(f"{prefix} holds the demo '{book.get('instance')}'. Choose another --prefix.")
    if not book and prefix.exists() and any(prefix.iterdir()):
        raise OperateError(f"{prefix} has files that are not ours. Choose another --prefix.")


def _begin_book(prefix: Path) -> None:
    """What `Builder` writes down which step is done in."""
    path = prefix / "instance.json"
    if not path.exists():
        path.write_text(json.dumps({"instance": _OURS, "stamps": {}}) + "\n")


def _link_command(software: Software) -> None:
    """`bin/aif`, so that the page for operators names one short path."""
    link = software.prefix / "bin/aif"
    link.parent.mkdir(exist_ok=True)
    draft = link.with_name("aif.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(software.env("hub") / "bin/aif")
    os.replace(draft, link)
