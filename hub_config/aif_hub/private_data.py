"""What a Slurm hides from people by its PrivateData: from the hub too, so what it sees may be a part."""

from __future__ import annotations

from aif.core.slurm import Call
from aif.core.table import configuration


def hides(what: str) -> Call[bool]:
    """Whether this Slurm shows people only those `what` (``jobs``, ``reservations``) that are their own."""
    argv = ("scontrol", "show", "config")
    return Call(argv, lambda out: parse_hides(what, configuration(out)), timeout_seconds=10)


def parse_hides(what: str, out: str) -> bool:
    """Whether PrivateData names them.

    >>> parse_hides("jobs", "PrivateData             = jobs,usage"), parse_hides("jobs", "PrivateData = none")
    (True, False)
    """
    for line in out.splitlines():
        name, _equals, value = line.partition("=")
        if name.strip() == "PrivateData":
            return bool({what, "all"} & set(value.strip().lower().split(",")))
    return True  # nothing is known, so nothing is claimed
