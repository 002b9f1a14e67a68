"""Debian's packages: which are missing, and their installation without a single service starting."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aif.tutorials import spelling
from aif_hub.demo.commands import log, outcome, run
from aif_hub.demo.errors import CommandFailed, DemoError

NEEDED = (
    "python3-venv",
    "sudo",
    "munge",
    "mariadb-server",
    "slurmctld",
    "slurmd",
    "slurmdbd",
    "slurm-client",
    "slurm-wlm-mysql-plugin",
)
FOR_TESTS = ("chromium", "fonts-dejavu-core", "libfaketime", "postgresql", *spelling.PACKAGES)
POLICY = Path("/usr/sbin/policy-rc.d")
_OURS = "#!/bin/sh\n# aif: no service starts while packages are installed\nexit 101\n"
_UNITS = ("munge", "mariadb", "slurmctld", "slurmd", "slurmdbd", "postgresql")


def missing(names: tuple[str, ...]) -> list[str]:
    """Those of the packages that are not installed now."""
    asked = outcome(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names])
    installed = {row.split()[0] for row in asked.stdout.splitlines() if row.endswith(" installed")}
    return [name for name in names if name not in installed]


def install(names: list[str]) -> None:
    """Install packages, none of whose services starts now or at the next boot."""
    if not names:
        return
    settings = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    apt = ["apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300"]
    strangers = [unit for unit in _UNITS if _has_unit(unit)]
    try:
        with no_service_starts():
            run([*apt, "update"], env=settings, timeout=600)
            run([*apt, "install", "--no-install-recommends", *names], env=settings, timeout=1800)
    except CommandFailed as failed:
        raise DemoError(_in_words(names, failed)) from failed
    for unit in _UNITS:
        if unit not in strangers and _has_unit(unit) and shutil.which("systemctl"):
            outcome(["systemctl", "disable", f"{unit}.service"])


@contextmanager
def no_service_starts(policy: Path = POLICY) -> Iterator[None]:
    """Packages ask `policy-rc.d` before they start a service: it says no meanwhile. The machine's own one returns."""
    kept = policy.with_name(policy.name + ".kept-by-aif")
    _restore(policy, kept)  # what a run that was killed left
    if policy.exists():
        os.replace(policy, kept)
    policy.write_text(_OURS)
    policy.chmod(0o755)
    try:
        yield
    finally:
        _restore(policy, kept)


def _restore(policy: Path, kept: Path) -> None:
    if policy.exists() and policy.read_text(errors="replace") == _OURS:
        policy.unlink()
    if kept.exists():
        os.replace(kept, policy)


def _has_unit(name: str) -> bool:
    return any((Path(root) / f"{name}.service").exists() for root in ("/lib/systemd/system", "/etc/systemd/system"))


def _in_words(names: list[str], failed: CommandFailed) -> str:
    said = failed.said
    log.debug("apt: %s", said)
    if "No space left" in said:
        return "The disk is full: Debian's packages did not fit. Make room and run the command again."
    if any(
        word in said for word in ("Temporary failure resolving", "Could not connect", "Failed to fetch", "timed out")
    ):
        return (
            "Debian's package servers could not be reached. Check the network or the proxy settings, and run it again."
        )
    if "Unable to locate package" in said:
        return (
            f"This distribution does not have all of {', '.join(names)}. Debian 12 has; "
            "Ubuntu needs its 'universe' part (add-apt-repository universe)."
        )
    return f"Debian's packages could not be installed ({failed}). Run `apt-get -f install`, then this command again."
