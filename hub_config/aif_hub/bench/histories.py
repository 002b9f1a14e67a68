"""Random histories of jobs, told as Slurm tells them, and what they used counted by the ledger and by the second.

The slow count knows nothing of the ledger's arithmetic: it walks through every second of every job, in whole sevenths
of a GPU-second, and asks the calendar each time which day it is.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.reading import snapshot
from aif.core.ledger.slurm import parse_ended, parse_queued
from aif.core.ledger.tally import Tally
from aif.core.ledger.usage import UsageSnapshot

WEIGHTS = {"h100": Fraction(1), "h100_1g.10gb": Fraction(1, 7)}
#: Each kind of job: its resources as Slurm lists them, and what one second of it is in sevenths of a GPU-second.
KINDS = (
    ("billing=1,cpu=2,gres/gpu:h100_1g.10gb=1,gres/gpu=1,mem=4G,node=1", 1),
    ("billing=7,cpu=8,gres/gpu:h100=1,gres/gpu=1,mem=32G,node=1", 7),
    ("billing=28,cpu=32,gres/gpu:h100=4,gres/gpu=4,mem=128G,node=1", 28),
    ("billing=7,cpu=8,gres/gpu=1,mem=8G,node=1", 7),  # of no type in particular
    ("cpu=4,mem=4G,node=1", 0),
)
SEVENTHS = 7 * 3600  # of a GPU-second, in a GPU-hour
LOGINS = ("ann", "bob", "cleo", "a-login-that-is-longer-than-twenty-letters")
ACCOUNTS = ("inspect01", "inspect01", "inspect01", "another-account-01")
#: The clocks change on 25 October 2026 in Amsterdam; the periods below have that night in them.
ZONES = ("UTC", "Europe/Amsterdam", "Europe/Lisbon")
MOST_JOBS, LONGEST_SECONDS = 30, 5400


@dataclass(frozen=True)
class Run:
    """One run of a job, as somebody knows who watched it. No `end`: it still runs; no `start`: it waits."""

    job_id: int
    login: str
    account: str
    kind: int
    start: int | None
    end: int | None
    limit: int
    held: bool = False


@dataclass(frozen=True)
class History:
    """Runs, the allocation that is looked at, and when."""

    allocation: Allocation
    zone: ZoneInfo
    now: int
    runs: tuple[Run, ...]


def tried(count: int, seed: int) -> tuple[int, int]:
    """How many histories were tried, and in how many the ledger and the slow count differ in any figure."""
    dice = random.Random(seed)  # noqa: S311  # the same histories each time
    return count, sum(not agrees(history(dice), dice) for _ in range(count))


def history(dice: random.Random) -> History:
    """A few days around the night on which the clocks change."""
    zone = ZoneInfo(dice.choice(ZONES))
    first = date(2026, 10, 23) + timedelta(days=dice.randrange(3))
    last = first + timedelta(days=dice.randrange(3))
    begin = int(datetime(2026, 10, 23, tzinfo=UTC).timestamp())
    now = begin + dice.randrange(2 * 86400, 5 * 86400)
    runs = []
    for number in range(dice.randrange(MOST_JOBS)):
        start, length = begin + dice.randrange(now - begin), dice.randrange(LONGEST_SECONDS)
        if dice.random() < 0.4:  # across somebody's midnight, or nearly
            start = min(now - 1, begin + 86400 * dice.randrange(1, 4) - dice.randrange(3 * 3600 + LONGEST_SECONDS))
        run = Run(
            number + 1,
            dice.choice(LOGINS),
            dice.choice(ACCOUNTS),
            dice.randrange(len(KINDS)),
            start,
            min(start + length, now),
            LONGEST_SECONDS + dice.randrange(3600),
        )
        if start + length > now:
            run = replace(run, end=None)
        elif dice.random() < 0.2:  # requeued: the same job once more
            runs.append(run)
            again = (run.end or start) + 1 + dice.randrange(600)
            run = replace(run, start=again, end=min(again + length // 2, now)) if again < now else run
        elif dice.random() < 0.2:
            run = replace(run, start=None, end=None, held=dice.random() < 0.3)
        runs.append(run)
    once = {(run.job_id, run.start): run for run in runs}
    carried = Fraction(dice.randrange(100), 3)
    allocation = Allocation("a", "inspect01", start=first, compute_end=last, limit=Fraction(500), carried_in=carried)
    return History(allocation, zone, now, tuple(once.values()))


def agrees(told: History, dice: random.Random) -> bool:
    """Whether the ledger's snapshot of what Slurm would say has the figures of the slow count, exactly."""
    return figures(read(told, dice)) == counted(told)


def read(told: History, dice: random.Random) -> UsageSnapshot:
    """As the hub reads it: ended jobs in parts that overlap, some told twice, some in the queue alone when they end."""
    ended = [run for run in told.runs if run.end is not None]
    late = {run for run in ended if told.now - (run.end or 0) < 300 and dice.random() < 0.5}
    tally = Tally(told.allocation, WEIGHTS, told.zone)
    cut = told.now - dice.randrange(86400)
    for part in (
        [run for run in ended if (run.end or 0) <= cut + 600],
        [run for run in ended if (run.end or 0) > cut and run not in late],
    ):
        tally.add(parse_ended("\n".join(map(_sacct, part))))
    queue = [run for run in told.runs if run.end is None or run in late or told.now - run.end < 300]
    lines = [_squeue(run, told.now) for run in queue]
    return snapshot(tally, parse_queued("\n".join(lines)), None, datetime.fromtimestamp(told.now, UTC))


def figures(usage: UsageSnapshot) -> dict[object, Fraction]:
    """What is compared: the total, what is committed, each person, each day."""
    found: dict[object, Fraction] = {"total": (usage.settled or Fraction()) + usage.running}
    found["committed"] = usage.committed
    found |= {person.login: person.consumed for person in usage.people if person.consumed}
    found |= {day: used for day, used in usage.days if used}
    return found


def counted(told: History) -> dict[object, Fraction]:
    """The same by the slow count."""
    seconds: Counter[object] = Counter()
    committed = 0
    for run in told.runs:
        sevenths = KINDS[run.kind][1]
        if run.account != told.allocation.account or not sevenths:
            continue
        if run.start is None:
            committed += 0 if run.held else sevenths * run.limit
            continue
        end = told.now if run.end is None else run.end
        if run.end is None:
            committed += sevenths * (run.limit - (told.now - run.start))
        for second in range(run.start, end):
            day = datetime.fromtimestamp(second, told.zone).date()
            if _within(day, told.allocation):
                seconds[run.login] += sevenths
                seconds[day] += sevenths
                seconds["total"] += sevenths
    found: dict[object, Fraction] = {name: Fraction(count, SEVENTHS) for name, count in seconds.items()}
    found["total"] = found.get("total", Fraction()) + told.allocation.carried_in
    found["committed"] = Fraction(committed, SEVENTHS)
    return found


def _within(day: date, allocation: Allocation) -> bool:
    assert allocation.start  # noqa: S101  # `history` gives both
    assert allocation.compute_end  # noqa: S101
    return allocation.start <= day <= allocation.compute_end


def _sacct(run: Run) -> str:
    start, end = run.start or 0, run.end or 0
    parts = (run.job_id, run.login, run.account, "q", "COMPLETED", start, end, end - start, KINDS[run.kind][0])
    return "|".join(map(str, parts))


def _squeue(run: Run, now: int) -> str:
    state = "PENDING" if run.start is None else "RUNNING" if run.end is None else "COMPLETED"
    used = 0 if run.start is None else (run.end or now) - run.start
    reason = "JobHeldUser" if run.held else "Resources" if run.start is None else "None"
    times = (run.start or "N/A", run.end or (run.start or now) + run.limit)
    lengths = (_length(used), _length(run.limit - used), _length(run.limit))
    parts = (run.job_id, run.login, run.account, "q", state, *times, *lengths, reason, KINDS[run.kind][0])
    return "|".join(f"{part!s:20}" for part in parts) + "|"


def _length(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    return f"{f'{days}-' if days else ''}{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
