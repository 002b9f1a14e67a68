"""What happens to whom in `aif bench chaos`, in an order that a seed repeats."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Each kind, and how many seconds it lasts: between the two, and no time where it is done at once. All of a lane happen
#: one after the other, and the lanes beside each other.
HUB: dict[str, tuple[float, float]] = {
    "hub-killed": (0, 4),  # kill -9, and so long nobody starts it again
    "hub-restarted": (0, 0),  # as a service manager does
    "proxy-killed": (0, 4),
    "proxy-restarted": (0, 0),
    "clock-step": (4, 10),  # the hub's clock alone goes wrong by some minutes, and right again
}
SLURM: dict[str, tuple[float, float]] = {
    "slurmctld-away": (2, 30),
    "slurm-garbage": (3, 12),  # all commands answer the hub with what is no answer, and sbatch takes the job
    "slurm-zero-bytes": (3, 12),  # all commands of the hub's are hung up on
    "slurmdbd-away": (2, 10),
    "mariadb-away": (2, 10),
    "node-down": (4, 12),
}
PERSON: dict[str, tuple[float, float]] = {
    "hub-killed-before-sbatch": (0, 0),  # and its launcher, so that no job comes of it
    "hub-killed-during-sbatch": (1, 4),  # the launcher lives on
    "hub-killed-after-sbatch": (0, 0),  # and its launcher: the job's number is lost
    "sbatch-slow": (3, 10),
    "sbatch-refused": (0, 0),
    "sbatch-answer-lost": (1, 4),  # the job is taken, and the answer says that nobody answered
    "disk-full": (1, 3),  # between the session's files and sbatch: for the job's number and its log
    "call-back-late": (4, 12),
    "call-back-never": (0, 0),
    "call-back-twice": (0, 0),
    "server-silent": (3, 45),  # SIGSTOP and SIGCONT; the longest are longer than what is untrue may be shown
    "server-killed": (0, 0),
    "out-of-memory": (0, 0),
    "time-over": (0, 0),
    "job-suspended": (3, 45),
    "job-held": (3, 10),
    "job-requeued": (0, 0),
    "job-preempted": (0, 0),
    "job-cancelled": (0, 0),
    "person-stops": (0, 0),
}
KINDS = HUB.keys() | SLURM.keys() | PERSON.keys()
#: Of what happens to hub and Slurm, those that end the hub or keep it from Slurm: so that people get on between two of
#: them, the books agree before the next, and likewise between two of the others. One of each sort may follow at once.
KEEPING = frozenset({"hub-killed", "hub-restarted", "slurmctld-away", "slurm-garbage", "slurm-zero-bytes"})
#: The seconds from an event's end to the next of its kind of lane, beside its own: the people's waiting, the books'
#: agreeing. Those to the hub have its turn for a while, as do people's that kill it.
HUB_MORE, SLURM_MORE, PERSON_MORE = 15, 6, 45
#: The same of what takes people longer than the others, as runs have shown.
LONG_MORE = {
    "call-back-never": 130,
    "time-over": 100,
    "hub-killed-before-sbatch": 80,
    "hub-killed-during-sbatch": 80,
    "hub-killed-after-sbatch": 80,
}
#: Of a hundred events that a session has outlived, after so many its person stops it.
STOPS_PERCENT = 35


@dataclass(frozen=True)
class Event:
    """One of them. `person` counts from 0 and is None where it happens to hub or Slurm; `choice` is from 0 to 1."""

    number: int
    kind: str
    seconds: float
    choice: float
    person: int | None = None
    then_stops: bool = False


@dataclass(frozen=True)
class Plan:
    """The lanes, each in its order."""

    hub: Sequence[Event]
    slurm: Sequence[Event]
    people: Sequence[Sequence[Event]]

    @property
    def events(self) -> list[Event]:
        """All of them by number."""
        every = [*self.hub, *self.slurm, *(event for lane in self.people for event in lane)]
        return sorted(every, key=lambda event: event.number)


def plan(seed: int, number: int, people: int, without: frozenset[str] = frozenset()) -> Plan:
    """So many events, the same for the same seed; each kind but those `without` comes once before one comes again.

    People take turns, so that each has as many as the next, and each turn goes through all of them before anybody has
    another.
    """
    dice = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    lanes: Mapping[str, list[Event]] = {"hub": [], "slurm": []}
    theirs: list[list[Event]] = [[] for _ in range(people)]
    kinds = {kind: span for kind, span in {**HUB, **SLURM, **PERSON}.items() if kind not in without}
    deck: list[str] = []
    turns: list[int] = []
    for count in range(1, number + 1):
        if not deck:
            deck = sorted(kinds)
            dice.shuffle(deck)
        kind = deck.pop()
        seconds, choice = round(dice.uniform(*kinds[kind]), 1), dice.random()
        if kind in PERSON:
            if not turns:
                turns = list(range(people))
                dice.shuffle(turns)
            who, stops = turns.pop(), dice.random() * 100 < STOPS_PERCENT
            theirs[who].append(Event(count, kind, seconds, choice, who, stops))
        else:
            lanes["hub" if kind in HUB else "slurm"].append(Event(count, kind, seconds, choice))
    return Plan(lanes["hub"], lanes["slurm"], theirs)


def person_seconds(event: Event) -> float:
    """How long it keeps its person, about."""
    return event.seconds + LONG_MORE.get(event.kind, PERSON_MORE)


def minutes(planned: Plan, at_once: int) -> float:
    """How long they take, about: the hub's, Slurm's, or all people's, of whom `at_once` are busy until all is over."""

    def seconds(lane: Sequence[Event], more: float) -> float:
        return sum(event.seconds + more for event in lane)

    theirs = sum(person_seconds(event) for lane in planned.people for event in lane) / min(at_once, len(planned.people))
    return max(seconds(planned.hub, HUB_MORE), seconds(planned.slurm, SLURM_MORE), theirs) / 60
