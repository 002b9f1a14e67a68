"""Where figures come from beside Slurm: the files and the portal that allocations of the site file name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.outside import OutsideError, path_of, read_file
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, wrong

TITLE = "Figures from elsewhere"


def look(sight: Sight) -> list[Finding]:
    """Nothing where all figures are Slurm's."""
    site = sight.site
    findings = list(files([one for one in site.allocations if one.source == "file"], site.usage_file.path))
    if any(one.source == "waldur" for one in site.allocations):
        findings.append(token(Path(site.waldur.token_file)))
    return findings


def files(allocations: Iterable[Allocation], pattern: str) -> Iterable[Finding]:
    """Each allocation's file, as the ledger reads it."""
    count = 0
    for one in allocations:
        try:
            use = read_file(path_of(pattern, one), one)
        except OutsideError as error:
            yield wrong(
                f"allocation.{one.name}: {error}", "Correct usage_file.path or its resource, or write the file."
            )
            continue
        count += 1
        if use.used is None:
            yield wrong(
                f"allocation.{one.name}: {path_of(pattern, one)} has no {one.component or one.unit} in it.",
                "Say in component what the file calls it.",
            )
    if count:
        yield ok(f"{count} usage {'file' if count == 1 else 'files'} can be read.")


def token(path: Path) -> Finding:
    """The portal's token is the hub's alone."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return wrong(
            f"waldur.token_file: {path} cannot be read: {error.strerror}.", "Put the token there, in one line."
        )
    if mode & 0o077:
        return wrong(f"waldur.token_file: others may read {path}.", f"chmod 0600 {path}")
    return ok("The portal's token is the hub's alone.")
