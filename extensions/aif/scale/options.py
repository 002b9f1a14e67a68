"""A person's dask-jobqueue options beside ours: added, put in place, or refused where a promise hangs on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aif.core.sentence import Sentence
from aif.scale.plan import NotPlanned

#: What keeps others out and lets a cluster be found and ended.
KEPT = frozenset(
    {
        "security",
        "protocol",
        "shared_temp_directory",
        "scheduler_cls",
        "job_cls",
        "arrays",
        "price",
        "lasts",
        "job_name",
    }
)
#: Of Slurm's options those by which workers are found again: theirs would undo ours.
KEPT_DIRECTIVES = ("--job-name", "-J", "--array", "-a")
#: Lists to which theirs are added: without ours a worker would have no GPU, and no guard.
ADDED = ("job_extra_directives", "job_script_prologue", "worker_extra_args")


def merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Ours with theirs. Raises NotPlanned for an option that is not theirs to choose.

    >>> merged({"walltime": "60", "job_extra_directives": ["--qos=a"]}, {"job_extra_directives": ["--nice=5"]})
    {'walltime': '60', 'job_extra_directives': ['--qos=a', '--nice=5']}
    """
    refused = [f"{name}=" for name in sorted(KEPT & set(theirs))]
    refused += [one for one in theirs.get("job_extra_directives", ()) if one.startswith(KEPT_DIRECTIVES)]
    if refused:
        raise NotPlanned(
            Sentence("{option} was asked for.", option=refused[0]),
            Sentence("The workbench keeps this one for itself: clusters are private, and end with their session."),
            Sentence("Leave it out."),
        )
    found = {**ours, **theirs}
    found |= {name: [*ours[name], *theirs[name]] for name in ADDED if name in ours and name in theirs}
    if "scheduler_options" in ours and "scheduler_options" in theirs:
        found["scheduler_options"] = {**theirs["scheduler_options"], **ours["scheduler_options"]}
    return found
