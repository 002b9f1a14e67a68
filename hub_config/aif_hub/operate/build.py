"""`aif build`: the software for a site, in one folder that the hub's host and the compute nodes see alike.

Each release gets a folder of its own in it, and links lead to the one in use; see `releases`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from aif_hub.demo import instance, kernels, machine, services
from aif_hub.demo.bring_up import only_one
from aif_hub.demo.environments import Builder
from aif_hub.demo.privilege import only_root_writes
from aif_hub.demo.progress import Progress, write_details_to
from aif_hub.manual import build as manual
from aif_hub.operate import sbom
from aif_hub.operate.errors import OperateError
from aif_hub.operate.releases import Releases
from aif_hub.source import checkout, our_version

DEFAULT_PREFIX = Path("/opt/aif/site")
_OURS = "(a site's own)"  # no instance can be called so: `aif up` leaves the folder alone


@dataclass(frozen=True)
class Software:
    """The environments of one release: what `Builder` builds in an instance, without the instance."""

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
    prefix: Path = asked.prefix.absolute()
    releases = Releases(prefix)
    _check(prefix)
    with one_at_a_time(prefix):
        prefix.mkdir(parents=True, exist_ok=True)
        only_root_writes(prefix)
        _begin_book(prefix)
        name = build_release(releases, checkout(), Progress())
        if releases.current not in ("", name) and (prefix / "libexec").exists():
            print(f"\nBuilt beside what is in use: {releases.place(name)}. Next: ./aif upgrade")
            return 0
        if releases.current != name:
            releases.use(name)
        _link_command(prefix)
    print(f"\nBuilt: {prefix}. Next: {prefix}/bin/aif init")
    return 0


def one_at_a_time(prefix: Path) -> AbstractContextManager[None]:
    """For whatever changes the software below a prefix."""
    return only_one(f"build-{prefix.name}")


def build_release(releases: Releases, source: Path, show: Progress) -> str:
    """The name of the checkout's release, whose environments are whole then; nothing that is in use is touched.

    Its name is made from all that it is built from, so another content is another release.
    """
    name = release_name(source)
    software = Software(releases.place(name), source)
    software.prefix.mkdir(parents=True, exist_ok=True)
    _begin_book(software.prefix)
    write_details_to(releases.prefix / "log/build.log")
    _build_all(software, show)
    (software.prefix / sbom.FILE).write_text(sbom.written(source, our_version()))
    return name


def release_name(source: Path) -> str:
    """Of the release that a checkout builds: ``"0.2.0-1f2e3d4c"``. A changed page of the documentation is another."""
    parts = (Builder(Software(source, source)).source_digest, manual.digest(source))
    return f"{our_version()}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:8]}"


def _build_all(software: Software, show: Progress) -> None:
    builder = Builder(software)
    with show.step("Tools: uv and the build backend"):
        builder.ensure_tools()
    with show.step("Environment of the hub"):
        builder.ensure("hub", builder.locks / "hub.lock")
        services.ensure_proxy_program(builder)
    with show.step("Environment of people's servers"):
        builder.ensure("notebook", builder.locks / "notebook.lock")
        kernels.ensure_tutorials(software)
    for name in kernels.locked(software.source):
        with show.step(f"Kernel {name}"):
            kernels.ensure(builder, name)
    with show.step("Documentation"):
        manual.ensure(builder)


def _check(prefix: Path) -> None:
    machine.check_root()
    machine.check_readable(prefix.parent, "--prefix")
    book = instance.read_book(prefix)
    if book and book.get("instance") != _OURS:
        raise OperateError(f"{prefix} holds the demo '{book.get('instance')}'. Choose another --prefix.")
    if (prefix / "env").exists() and not (prefix / "env").is_symlink():
        raise OperateError(
            f"{prefix} was built before each release had a folder of its own. Choose another --prefix, let the site "
            "file name it, and run `aif install`."
        )
    if not book and prefix.exists() and any(prefix.iterdir()):
        raise OperateError(f"{prefix} has files that are not ours. Choose another --prefix.")


def _begin_book(prefix: Path) -> None:
    """What `Builder` writes down which step is done in."""
    path = prefix / "instance.json"
    if not path.exists():
        path.write_text(json.dumps({"instance": _OURS, "stamps": {}}) + "\n")


def _link_command(prefix: Path) -> None:
    """`bin/aif`, so that the page for operators names one short path."""
    link = prefix / "bin/aif"
    link.parent.mkdir(exist_ok=True)
    draft = link.with_name("aif.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(prefix / "env/hub/bin/aif")
    os.replace(draft, link)
