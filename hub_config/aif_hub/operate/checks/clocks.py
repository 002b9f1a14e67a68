"""Clocks: certificates, estimates and Slurm's own messages need hosts that agree on the time.

Measured against the controller: it puts its own time into the first line of `scontrol show config`, to the second. The
nodes' clocks are not measured; munge takes no message that is minutes off, so a node that Slurm sees up is within that.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from aif.core.errors import SlurmError
from aif.core.slurm import Call, run
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, unseen, warning, wrong
from aif_hub.operate.survey import Survey

TITLE = "Clocks"


@dataclass(frozen=True)
class Reading:
    """This host's time before and after the question, and the controller's in between, in seconds since 1970."""

    before: float
    controller: int
    after: float

    @property
    def apart(self) -> float:
        """The least by which the clocks can differ, given what it took to ask and that whole seconds are told."""
        if self.before - 1 <= self.controller <= self.after:
            return 0.0
        return min(abs(self.controller + 1 - self.before), abs(self.controller - self.after))


def look(sight: Sight) -> list[Finding]:
    """One question to the controller."""
    if sight.survey is None:
        return []
    before = time.time()
    try:
        said = run(Call(("scontrol", "show", "config"), controllers_time), sight.cluster)
    except SlurmError as error:
        return [unseen(f"The controller's clock: {error}")]
    if said is None:
        return [unseen("The controller's clock: its answer has no time in it.")]
    return [agree(Reading(before, said, time.time())), nodes(sight.survey)]


def controllers_time(out: str) -> int | None:
    """From ``Configuration data as of 1795516465``."""
    match = re.match(r"Configuration data as of (\d{9,11})\b", out)
    return int(match[1]) if match else None


def agree(reading: Reading) -> Finding:
    """A minute apart, and certificates that were just made are not valid yet."""
    apart = reading.apart
    if apart >= 30:
        return wrong(f"This host's clock and slurmctld's are {apart:.0f} s apart.", "Let both keep time by NTP.")
    if apart >= 2:
        return warning(f"This host's clock and slurmctld's are {apart:.0f} s apart.", "Let both keep time by NTP.")
    return ok("This host's clock agrees with slurmctld's to within 2 s.")


def nodes(survey: Survey) -> Finding:
    """Nodes that answer are within munge's tolerance, and no more is known."""
    silent = [node.name for node in survey.nodes if node.state.startswith(("DOWN", "UNKNOWN"))]
    if silent:
        return warning(
            f"{len(silent)} nodes do not answer, {silent[0]} first.", "sinfo -R says why; is it their clock?"
        )
    return ok("All nodes answer, so their clocks are within munge's five minutes; nearer is not measured here.")
