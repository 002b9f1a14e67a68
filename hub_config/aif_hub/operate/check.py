"""`aif check`: looks at a site, its Slurm and this host; one line each: ok, or what is wrong and how to fix it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from aif.core import site as sites
from aif.core.errors import SiteError, SlurmError
from aif.core.site import Site
from aif_hub.operate import finding
from aif_hub.operate.checks import (
    accounting,
    clocks,
    database,
    doors,
    environments,
    figures,
    folders,
    granted,
    mail,
    names,
    own_data,
    people,
    privacy,
    privilege,
    reserved,
    sign_in,
    slurm,
    units,
    versions,
)
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, Section, ok, wrong
from aif_hub.operate.host_files import Setup
from aif_hub.operate.init import DEFAULT_SITE, site_file
from aif_hub.operate.survey import Survey, survey

#: In this order. A module has TITLE and look(sight).
SUBJECTS = (
    slurm,
    reserved,
    accounting,
    granted,
    figures,
    privacy,
    people,
    sign_in,
    privilege,
    folders,
    doors,
    names,
    clocks,
    environments,
    versions,
    database,
    mail,
    own_data,
    units,
)


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif check` and its flags."""
    check = commands.add_parser("check", help="look at a site, its Slurm and this host, and say what is wrong")
    check.add_argument("--site", type=Path, metavar="FILE", help=f"default: $AIF_SITE or {DEFAULT_SITE}")
    check.add_argument("--as", dest="person", default="", metavar="LOGIN", help="try each size as this person")
    check.add_argument("--json", action="store_true", help="for programs")
    check.set_defaults(run=_check)


def _check(asked: argparse.Namespace, rest: list[str]) -> int:
    sections = checked(site_file(asked.site), asked.person)
    print(json.dumps(finding.as_json(sections), indent=1) if asked.json else finding.in_words(sections))
    return int(finding.failed(sections))


def checked(path: Path, person: str = "") -> list[Section]:
    """Every subject; with a site file that cannot be used there is only that one."""
    try:
        site = sites.load(path)
    except SiteError as error:
        return [Section("Site file", (wrong(str(error), f"Change it in {path}; `aif init` writes a new one."),))]
    surveys, troubles = _surveys(site)
    sight = Sight(Setup(site, path), surveys, person)
    read = ok(f"{path}: {len(site.profiles)} sizes, {len(site.projects)} projects.")
    asked = (ok(f"People accept the terms of use, version {site.terms.version}, before they start anything."),)
    first = Section("Site file", (read, *(asked if site.terms.version else ())))
    return [first, *(_section(module.TITLE, module.look, sight, troubles) for module in SUBJECTS)]


def _surveys(site: Site) -> tuple[dict[str, Survey], tuple[Finding, ...]]:
    """What each cluster says of itself, and what went wrong where one is silent."""
    found: dict[str, Survey] = {}
    troubles = []
    for cluster in site.clusters:
        try:
            found[cluster.name] = survey(cluster)
        except SlurmError as error:
            fix = f"Does {cluster.slurm_bin}/squeue work with SLURM_CONF={cluster.slurm_conf}?"
            troubles.append(wrong(f"Cluster {cluster.name} does not answer: {error}", fix))
    return found, tuple(troubles)


def _section(
    title: str, look: Callable[[Sight], list[Finding]], sight: Sight, troubles: tuple[Finding, ...]
) -> Section:
    return Section(title, (*(troubles if title == slurm.TITLE else ()), *look(sight)))
