"""Environments: that the hub's and people's exist, can be read by everyone, start quickly and fit together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from aif_hub.operate.checks.sight import Said, Sight
from aif_hub.operate.finding import Finding, ok, unseen, warning, wrong

TITLE = "Environments"
#: Of the environment's modules that are asked about; a few are always new or optional.
_ENOUGH_COMPILED = 0.9


@dataclass(frozen=True)
class Environment:
    """An environment as somebody found it; `trouble` when it could not be used."""

    name: str
    path: Path
    trouble: str = ""
    closed: str = ""  # the first folder on the way that others may not enter
    python: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    modules: int = 0
    compiled: int = 0

    def version(self, package: str) -> str:
        """The package's version; empty where it is not installed."""
        return self.versions.get(package, "")

    def major(self, package: str) -> str:
        """``"6"`` of 6.1.1."""
        return self.version(package).partition(".")[0]


def look(sight: Sight) -> list[Finding]:
    """The hub's, the one of people's servers, and those of kernels."""
    found = environments(sight)
    kernels = [one for one in found if one.name.startswith("kernels/")]
    findings = [finding for one in found for finding in usable(one)]
    hub, notebook = found[0], found[1]
    if not (hub.trouble or notebook.trouble):
        findings += together(hub, notebook)
    if not kernels:
        findings.append(
            warning("No kernel has an environment of its own.", "`./aif build` makes those of the checkout.")
        )
    if not sight.is_root:
        findings.append(unseen("Whether others can read them: only root can look as somebody else.", "sudo aif check"))
    return findings


@cache
def environments(sight: Sight) -> list[Environment]:
    """Each asked by its own Python: the hub's as the hub, the others as the person, or as nobody."""
    prefix, host = sight.setup.prefix, sight.site.host
    kernels = sorted(path.name for path in (prefix / "env/kernels").glob("*"))
    somebody = sight.person or "nobody"
    return [
        _environment(sight, "hub", host.user),
        _environment(sight, "notebook", somebody),
        *(_environment(sight, f"kernels/{name}", somebody) for name in kernels),
    ]


def usable(found: Environment) -> list[Finding]:
    """One environment for itself."""
    if found.closed:
        return [wrong(f"Others may not enter {found.closed}, above {found.path}.", f"chmod o+x {found.closed}")]
    if found.trouble:
        return [wrong(f"{found.path} cannot be used: {found.trouble}", "`./aif build --prefix …` builds it again.")]
    if found.modules and found.compiled < _ENOUGH_COMPILED * found.modules:
        return [
            warning(
                f"{found.path} is not byte-compiled ({found.compiled} of {found.modules} modules looked at): "
                "first starts take a minute.",
                f"{found.path}/bin/python -m compileall -q {found.path}/lib",
            )
        ]
    return [ok(f"{found.path}: Python {found.python}, {len(found.versions)} packages, byte-compiled.")]


def together(hub: Environment, notebook: Environment) -> list[Finding]:
    """The server in the notebook environment speaks to the hub."""
    findings = []
    if not notebook.version("jupyterlab"):
        findings.append(wrong(f"{notebook.path} has no JupyterLab.", "`./aif build --prefix …` builds it again."))
    if hub.major("jupyterhub") != notebook.major("jupyterhub"):
        findings.append(
            wrong(
                f"JupyterHub is {hub.version('jupyterhub') or 'absent'} for the hub and "
                f"{notebook.version('jupyterhub') or 'absent'} for servers: they must have one major version.",
                "`./aif build --prefix …` builds both from one release.",
            )
        )
    if hub.version("aif-workbench") != notebook.version("aif-workbench"):
        findings.append(
            warning(
                f"The workbench is {hub.version('aif-workbench') or 'absent'} for the hub and "
                f"{notebook.version('aif-workbench') or 'absent'} for servers.",
                "`./aif build --prefix …` builds both from one release.",
            )
        )
    both = f"JupyterHub {hub.version('jupyterhub')}, JupyterLab {notebook.version('jupyterlab')}"
    return findings or [ok(f"Hub and servers fit together: {both}.")]


def closed_above(path: Path) -> str:
    """The first folder on the way to a path that others may not enter."""
    for part in reversed((path, *path.parents)):
        try:
            if not part.stat().st_mode & 0o001:
                return str(part)
        except OSError:
            return ""
    return ""


def parsed(name: str, path: Path, said: Said) -> Environment:
    """What the program inside said."""
    try:
        facts = json.loads(said.out)
        return Environment(name, path, **facts)
    except (ValueError, TypeError):
        return Environment(name, path, trouble=said.last_words)


def _environment(sight: Sight, name: str, user: str) -> Environment:
    path = sight.setup.prefix / "env" / name
    if not (path / "bin/python").exists():
        return Environment(name, path, trouble="there is no bin/python in it")
    closed = closed_above(path / "bin")
    if closed:
        return Environment(name, path, closed=closed)
    program = (Path(__file__).parents[1] / "inside/environment.py").read_text()
    return parsed(name, path, sight.asked_as(user, [str(path / "bin/python"), "-I", "-"], text_in=program))
