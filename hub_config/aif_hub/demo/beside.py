"""A second instance with the software of a first: its own Slurm, hub and people, and nothing installed twice."""

from __future__ import annotations

import shutil
from pathlib import Path

from aif_hub.demo import instance
from aif_hub.demo.instance import Instance

#: Begins the names of the steps whose outcome is software alone; all others are about what runs, and about whom.
_SOFTWARE = ("env/", "wheel/", "proxy", "docs")


def prepare(first: Instance, name: str, prefix: Path, version: str) -> None:
    """`prefix` as an instance's whose software is there already: bringing it up only has to start it.

    The environments stay the first's own: both are to be taken away together. A prefix that was prepared before
    learns what was built anew since.
    """
    book = instance.read_book(first.prefix)
    if not instance.read_book(prefix):
        prefix.mkdir(parents=True)
        instance.write(instance.decide(name, prefix, first.source, dev=first.dev, port=None), version)
        (prefix / "env").symlink_to(first.prefix / "env")
    second = instance.load(name, prefix)
    shutil.copytree(first.prefix / "share/docs", prefix / "share/docs", dirs_exist_ok=True)
    for step, digest in book["stamps"].items():
        if step.startswith(_SOFTWARE):
            instance.set_stamp(second, step, digest)
