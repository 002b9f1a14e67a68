"""systemd's units: as `aif install` would write them now, and running where systemd does."""

from __future__ import annotations

from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.errors import OperateError
from aif_hub.operate.finding import Finding, ok, unseen, warning, wrong
from aif_hub.operate.host_files import host_files
from aif_hub.operate.install import SYSTEMD_RUNS

TITLE = "Units"


def look(sight: Sight) -> list[Finding]:
    """The files, then the services."""
    try:
        files = host_files(sight.setup)
    except OperateError as error:
        return [wrong(str(error), "Change the site file, then run `aif install`.")]
    absent, differ = [], []
    for file in files:
        if file.secret and not sight.is_root:
            continue
        try:
            text = file.path.read_text()
        except FileNotFoundError:
            absent.append(str(file.path))
        except PermissionError:
            continue
        else:
            if not file.secret and text != file.content:
                differ.append(str(file.path))
    findings = [written(absent, differ)]
    if absent:
        return findings
    if not SYSTEMD_RUNS.exists():
        return [*findings, unseen("systemd does not run on this host.")]
    for unit in sight.setup.units:
        said = sight.asked_as("root", ["systemctl", "is-active", unit])
        findings.append(running(unit, said.out.strip() or said.last_words))
    return findings


def written(absent: list[str], differ: list[str]) -> Finding:
    """What the site file asks for is on the host."""
    if absent:
        return warning(f"Not set up on this host: {absent[0]} is missing.", "Run `aif install`.")
    if differ:
        return warning(f"{', '.join(differ)} is not what the site file says now.", "Run `aif install`, then restart.")
    return ok("Everything that `aif install` writes is there, as the site file says now.")


def running(unit: str, state: str) -> Finding:
    """Of systemd."""
    if state == "active":
        return ok(f"{unit} runs.")
    return wrong(f"{unit} is {state}.", f"systemctl enable --now {unit}; journalctl -u {unit} says why it stopped.")
