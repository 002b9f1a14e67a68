"""Versions that their own makers have replaced for the sake of security, from `minimum_versions.toml`."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from aif_hub.operate.checks.environments import Environment, environments
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, unseen, warning
from aif_hub.operate.shipped import shipped

TITLE = "Versions"
_OLD_AFTER_DAYS = 180


@dataclass(frozen=True)
class Minimum:
    """The least version of a package that is current, and why; no weakness is described."""

    package: str
    least: str
    reason: str


@dataclass(frozen=True)
class Minimums:
    """The whole list, when it was made, npm's packages, and the least patch release of each series of Slurm."""

    dated: date
    packages: tuple[Minimum, ...]
    slurm: Mapping[str, str]
    npm: Mapping[str, str]


def read(text: str) -> Minimums:
    """From TOML."""
    data = tomllib.loads(text)
    return Minimums(data["dated"], tuple(Minimum(**entry) for entry in data["package"]), data["slurm"], data["npm"])


def look(sight: Sight) -> list[Finding]:
    """Slurm and every environment."""
    minimums = read(shipped("minimum_versions.toml").read_text())
    findings = [age(minimums, date.today())]
    if sight.survey is not None:
        findings.append(slurm(sight.survey.config.get("SLURM_VERSION", ""), minimums.slurm))
    findings += [proxy(name, npm_version(sight.setup.prefix, name), least) for name, least in minimums.npm.items()]
    return [*findings, *packages([one for one in environments(sight) if not one.trouble], minimums)]


def age(minimums: Minimums, today: date) -> Finding:
    """An old list knows nothing of what came after."""
    if (today - minimums.dated).days > _OLD_AFTER_DAYS:
        return warning(
            f"The list of least versions is of {minimums.dated}.", "Upgrade the workbench, or extend the list."
        )
    return ok(f"The list of least versions is of {minimums.dated}.")


def packages(found: list[Environment], minimums: Minimums) -> list[Finding]:
    """One finding for each that is behind; a package that is not installed is none."""
    if not found:
        return [unseen("Packages: there is no environment to look into.")]
    findings = []
    for environment in found:
        for one in minimums.packages:
            version = environment.version(one.package)
            if version and numbers(version) < numbers(one.least):
                findings.append(
                    warning(
                        f"{one.package} {version} in {environment.path} is older than {one.least} ({one.reason}).",
                        "Upgrade the workbench, or this package in its lock.",
                    )
                )
    return findings or [ok(f"No package is older than its least version, in {len(found)} environments.")]


def proxy(name: str, version: str, least: str) -> Finding:
    """What npm put into the hub's environment; it is there where an environment is."""
    if not version:
        return unseen(f"{name}: there is no such program to look at.")
    if numbers(version) < numbers(least):
        return warning(f"{name} {version} is older than {least} (security release).", "Upgrade the workbench.")
    return ok(f"{name} {version} has the security releases that the list knows.")


def npm_version(prefix: Path, name: str) -> str:
    """The version of a package in the proxy's folder; empty where there is none."""
    try:
        text = (prefix / "env/hub/proxy/node_modules" / name / "package.json").read_text()
    except OSError:
        return ""
    return str(json.loads(text)["version"])


def slurm(version: str, series: Mapping[str, str]) -> Finding:
    """The patch release within its series; distributions may have patched an older number."""
    number = numbers(version)
    least = series.get(f"{number[0]:02d}.{number[1]:02d}") if len(number) > 1 else None
    if least is not None and number < numbers(least):
        return warning(
            f"Slurm {version} is older than {least} (security release).",
            "Upgrade it; if it is your distribution's, see whether its package has the fixes already.",
        )
    oldest = min(numbers(one) for one in series.values())
    if number < oldest:
        return warning(
            f"Slurm {version} gets no security releases from its makers any more.",
            "Upgrade to a series that does; if it is your distribution's, follow its security notices.",
        )
    return ok(f"Slurm {version} has the security releases that the list knows.")


def numbers(version: str) -> tuple[int, ...]:
    """The numbers in front of anything else: ``"6.5.3rc1"`` is (6, 5, 3)."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
