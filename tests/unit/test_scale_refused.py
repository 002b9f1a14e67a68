"""What Slurm says against workers is told as what was asked, what is allowed, and what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from scale_material import place

from aif.refusals import Refusal, said_in
from aif.scale.plan import plan
from aif.scale.refused import Asked, sentences

ASKED = Asked(4, plan(place(), workers=4, hours=1), timedelta(minutes=40), "gpu", "mobility01", "mobility01")
KEPT = "Those that run or wait already stay as they are."

#: As sbatch says it (the name of a limit is its first line where it has one), and what is told of it.
ANSWERS = [
    ("Invalid account or account/partition combination specified", "by the account mobility01", "new session"),
    ("Batch job submission failed: Invalid qos specification", "with the QOS mobility01", "new session"),
    ("QOSMaxSubmitJobPerUserLimit", "only so many jobs at once", "Ask for fewer, or again"),
    ("AssocGrpSubmitJobsLimit", "only so many jobs at once", "Ask for fewer, or again"),
    ("AssocMaxJobsLimit", "only so many jobs at once", "Ask for fewer, or again"),
    ("Batch job submission failed: Invalid job array specification", "only so many jobs", "Ask for fewer"),
    ("QOSGrpBillingMinutes", "budget does not cover them", "for a shorter time"),
    ("AssocGrpCpuRunMinutesLimit", "budget does not cover them", "for a shorter time"),
    ("QOSMaxWallDurationPerJobLimit", "runs no job for that long", "hours="),
    ("Requested time limit is invalid (missing or exceeds some limit)", "partition gpu runs no job", "hours="),
    ("Requested node configuration is not available", "2 processors, 4 GB of memory and 1 GPUs", "another size"),
    ("Invalid generic resource (gres) specification", "1 GPUs on one node", "another size"),
    ("QOSMaxGRESPerJob", "or a limit does not allow", "another size"),
    ("QOSMaxGRESPerUser", "only so many processors, GPUs", "Ask for fewer"),
    ("AssocGrpNodeLimit", "only so many processors, GPUs", "Ask for fewer"),
    ("Required partition not available (inactive or drain)", "partition gpu takes no such jobs now", "later"),
    ("User's group not permitted to use this partition", "partition gpu takes no such jobs now", "another size"),
    ("Batch job submission failed: Invalid node name specified", "option of your own", "Leave that option out"),
    ("Requested reservation is invalid", "option of your own", "Leave that option out"),
    (
        "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
        "limits of number, size and length",
        "for a shorter time",
    ),
    ("Slurm temporarily unable to accept job, sleeping and retrying", "", "in a minute"),
    ("something that nobody has heard of", "", "Ask for fewer, for a shorter time, or for another size."),
]


@pytest.mark.parametrize(("said", "allowed", "todo"), ANSWERS)
def test_each_refusal_has_what_was_asked_what_is_allowed_and_what_to_do(said: str, allowed: str, todo: str) -> None:
    first, *between, last = map(str, sentences(said, ASKED))
    assert first == f"4 × One GPU for 40 min were asked for, and Slurm did not take the workers: {said}."
    assert allowed in " ".join(between)
    assert (len(between), between[-1]) == (2 if allowed else 1, KEPT)
    assert todo in last


def test_it_is_said_in_dutch_too() -> None:
    dutch = said_in(Refusal(*sentences("QOSMaxSubmitJobPerUserLimit", ASKED)), "nl")
    assert dutch.startswith(
        "Er zijn 4 × One GPU gedurende 40 min gevraagd, en Slurm heeft de workers niet aangenomen: QOS"
    )
    assert "maar een beperkt aantal taken tegelijk" in dutch
