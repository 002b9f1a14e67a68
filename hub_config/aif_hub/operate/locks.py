"""What the locks of the environments name: packages with their versions and the hashes of their files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from aif_hub.demo import kernels

_ENVIRONMENTS = ("boot", "hub", "notebook", "docs")
_PACKAGE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)(?P<marker>\s*;[^\\]*)?\s*\\?")
_HASH = re.compile(r"\s+--hash=sha256:(?P<sha256>[0-9a-f]{64})(\s*\\)?")


class NotALock(ValueError):
    """A line that names no package of one version, or no hash of one of its files."""


@dataclass(frozen=True)
class Locked:
    """One package of a lock: any file with one of the hashes is it. `marker`: on which Pythons and systems."""

    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str = ""
    licence: str = ""


def environments(source: Path) -> dict[str, list[Locked]]:
    """What a site gets, by environment, as the locks of the checkout have it; the proxy is in the hub's environment."""
    locks = source / "hub_config/requirements"
    found = {name: python_lock((locks / f"{name}.lock").read_text()) for name in _ENVIRONMENTS}
    for name in kernels.locked(source):
        found[f"kernels/{name}"] = python_lock((source / "kernels" / name / "requirements.lock").read_text())
    found["proxy"] = npm_lock((source / "hub_config/proxy/package-lock.json").read_text())
    return found


def python_lock(text: str) -> list[Locked]:
    r"""The packages of a lock for pip and uv. Raises NotALock at the first line that is neither package nor hash.

    >>> python_lock("idna==3.20 ; python_version > '3' \\\n    --hash=sha256:" + 64 * "a")[0].marker
    "python_version > '3'"
    """
    found: list[Locked] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if one := _HASH.fullmatch(line):
            if not found:
                raise NotALock(f"line {number}: a hash of nothing")
            found[-1] = _with_hash(found[-1], one["sha256"])
        elif one := _PACKAGE.fullmatch(line):
            found.append(Locked(one["name"].lower(), one["version"], (), (one["marker"] or "").strip(" ;")))
        else:
            raise NotALock(f"line {number}: {line.strip()!r} is no package of one version")
    return found


def npm_lock(text: str) -> list[Locked]:
    """The packages of npm's lock, whose one hash stands with each."""
    packages = json.loads(text)["packages"]
    return [
        Locked(
            path.rpartition("node_modules/")[2], one["version"], (one.get("integrity", ""),), "", one.get("license", "")
        )
        for path, one in packages.items()
        if path
    ]


def _with_hash(one: Locked, sha256: str) -> Locked:
    return Locked(one.name, one.version, (*one.hashes, sha256), one.marker)
