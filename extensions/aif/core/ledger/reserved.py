"""Reserved time that was charged to an account and that nobody used: Slurm's own hourly sums, account less people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from aif.core.ledger.allocation import Allocation
from aif.core.slurm import Call
from aif.core.table import below

#: What a reservation may hold, beside the GPUs that the accounting records.
_ALWAYS = ("billing", "cpu", "node")


def unused(recorded: Iterable[str], since: datetime, until: datetime) -> Call[Mapping[str, Mapping[str, int]]]:
    """TRES-seconds by account that belong to none of its people, from one full hour to another. An accounting query.

    `recorded` are the TRES that the accounting keeps. All accounts are asked for, as an account's sum has those below
    it in it.
    """
    tres = ",".join((*_ALWAYS, *sorted(name for name in recorded if name.startswith("gres/gpu"))))
    times = (f"Start=uts{int(since.timestamp())}", f"End=uts{int(until.timestamp())}")
    argv = ("sreport", "-P", "-t", "Seconds", f"--tres={tres}", "cluster", "AccountUtilizationByUser", "tree")
    return Call(
        (*argv, *times, "format=Account,Login,TRESName,Used"),
        lambda out: parse_unused(below("Account|Login|TRES Name|Used", out, "sreport")),
        timeout_seconds=60.0,
    )


def bears_reserved(one: Allocation, others: Sequence[Allocation]) -> bool:
    """Whether reserved time of its account is charged to `one`: it is the account's, so of several that run at the
    same time the first bears it.
    """
    return next(other for other in others if other.account == one.account and _meet(one, other)) is one


def parse_unused(out: str) -> dict[str, dict[str, int]]:
    """From ``account|login|tres|seconds`` lines, where the account is indented by its place in the tree.

    A line without a login is the account's sum with all below it; what is left of that after its people and the
    accounts right below is nobody's.

    >>> parse_unused(" root||cpu|9\\n  p1||cpu|9\\n  p1|ann|cpu|4")
    {'p1': {'cpu': 5}}
    """
    left: dict[tuple[str, str], int] = defaultdict(int)
    above: dict[str, list[tuple[int, str]]] = defaultdict(list)  # by TRES: the accounts from the root to here
    for line in out.splitlines():
        parts = line.rsplit("|", 3)
        if len(parts) != 4 or not parts[3].strip().isdigit():
            continue
        account, login, tres, seconds = parts[0].strip(" |"), parts[1].strip(), parts[2].strip().lower(), int(parts[3])
        if login:
            left[account, tres] -= seconds
            continue
        depth, path = len(parts[0]) - len(parts[0].lstrip(" ")), above[tres]
        while path and path[-1][0] >= depth:
            path.pop()
        if path:
            left[path[-1][1], tres] -= seconds
        left[account, tres] += seconds
        path.append((depth, account))
    found: dict[str, dict[str, int]] = {}
    for (account, tres), seconds in left.items():
        if seconds > 0:
            found.setdefault(account, {})[tres] = seconds
    return found


def _meet(one: Allocation, other: Allocation) -> bool:
    begins = max(one.start or date.min, other.start or date.min)
    return begins <= min(one.compute_end or date.max, other.compute_end or date.max)
