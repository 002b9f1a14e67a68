"""Which hub a command is about: a site's, by its site file, or an instance that `aif up` made."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from aif.core import site as sites
from aif.core.site import Site
from aif_hub.demo import instance
from aif_hub.operate.errors import OperateError
from aif_hub.operate.init import DEFAULT_SITE


def add_where(parser: argparse.ArgumentParser) -> None:
    """The flags of every command that is about one hub."""
    parser.add_argument(
        "--site", type=Path, metavar="FILE", help=f"the site file (default: $AIF_SITE or {DEFAULT_SITE})"
    )
    parser.add_argument(
        "--instance", metavar="NAME", help="in place of it: an instance that `aif up` made (default: demo)"
    )
    parser.add_argument("--prefix", type=Path, help="where that instance is kept (default: /opt/aif/NAME)")


def site_file(asked: argparse.Namespace) -> Path:
    """The site file as asked; else $AIF_SITE, the usual place, or the demo's. Raises OperateError without one."""
    if asked.site:
        return Path(asked.site).absolute()
    if asked.instance or asked.prefix:
        return _of_instance(asked.instance or "demo", asked.prefix)
    usual = Path(os.environ.get("AIF_SITE") or DEFAULT_SITE)
    if usual.exists():
        return usual.absolute()
    demo = Path("/opt/aif/demo/etc/site.toml")
    if demo.exists():
        return demo
    raise OperateError(
        f"There is no site file at {usual} and no instance 'demo'. "
        "Say which hub is meant: --site FILE, or --instance NAME."
    )


def site_of(asked: argparse.Namespace) -> tuple[Site, Path]:
    """The site and its file. Raises SiteError or OperateError."""
    path = site_file(asked)
    return sites.load(path), path


def _of_instance(name: str, prefix: Path | None) -> Path:
    inst = instance.load(name, (prefix or Path("/opt/aif") / name).absolute())
    return inst.prefix / "etc/site.toml"
