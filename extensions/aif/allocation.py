"""What a project may still use, as plain numbers for code, and as a live drawing where a notebook shows it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from aif.core.sentence import Sentence
from aif.refusals import Refusal
from aif.session import NotInASession, session, spoken

FILE = "allocations.json"


class NoFigures(Refusal):
    """This session has no figures of the allocation that was asked for, or none yet."""


@dataclass(frozen=True)
class PersonUse:
    """One person's part, in the allocation's unit."""

    login: str
    name: str
    consumed: float
    committed: float


@dataclass(frozen=True)
class Allocation:
    """An allocation as it was at `as_of`. None is what is not recorded, and no limit.

    Amounts are in `unit`: ``gpu-hour`` (of whole GPUs), ``node-hour``, ``core-hour`` or ``billing-hour``. `project` is
    the account that pays; `state` is ``active``, ``low``, ``full_commit`` (running and waiting work may use all of it),
    ``exhausted``, ``pending``, ``suspended``, ``compute_ended`` or ``data_removed``; `source` says whose figures they
    are: ``slurm``, ``file`` or ``waldur``.

    The figures stay as they are: ask `allocation()` again for newer ones. What a notebook shows goes on by itself.
    """

    name: str
    title: str
    project: str
    unit: str
    state: str
    source: str
    as_of: datetime  # when all of it was true, with the site's time zone
    limit: float | None
    consumed: float | None  # what ended jobs used, and running ones until `as_of`
    committed: float | None  # what running and waiting jobs may still use at most
    left: float | None  # limit − consumed
    free_to_plan: float | None  # limit − consumed − committed: what a new start may cost at most
    rate: float | None  # what is used in an hour now
    days_left: int | None  # until the last day on which jobs may run
    compute_end: date | None  # that day
    lasts_until: date | None  # the day it is used up at the mean of the last ones; None with too few of them
    people: tuple[PersonUse, ...]  # everybody for who leads the project, else only oneself
    days: tuple[tuple[date, float], ...]  # what was used on each of the last days, oldest first
    told: Mapping[str, Any] = field(repr=False, compare=False)  # all that the workbench's REST API says of it

    def __repr__(self) -> str:
        from aif.widgets import kept

        return kept.text(self.told, spoken())

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Live where widgets are, and readable where they are not: a saved notebook, an export, a terminal."""
        from aif.widgets import kept

        static = {"text/plain": repr(self), "text/html": kept.html(self.told, spoken())}
        try:
            from aif.widgets.allocation import shown
        except ImportError:  # an environment of one's own, without anywidget
            return static, {}
        live, metadata = shown(self.told, _folder() / FILE, spoken())
        return {**live, **static}, metadata


def allocations() -> list[Allocation]:
    """Every allocation that this person's projects may use, the one that pays for this session first.

    Raises NoFigures while they are not there yet, NotInASession elsewhere.
    """
    folder = _folder()
    file = folder / FILE
    try:
        answer = json.loads(file.read_text(encoding="utf-8"))
        found = [_allocation(each) for each in answer["allocations"]]
        unread = bool(answer.get("not_read_yet"))
    except FileNotFoundError as fault:
        raise NoFigures(
            Sentence("The figures of your allocations have not reached this session yet."),
            Sentence("They come once a minute, when the hub can be reached."),
            Sentence("Run this again in a minute."),
        ) from fault
    except OSError as fault:
        raise NoFigures(
            Sentence("{file} cannot be read ({fault}).", file=file, fault=fault.strerror),
            Sentence("It is written anew within a minute."),
        ) from fault
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise NoFigures(
            Sentence("{file} is not complete ({fault}).", file=file, fault=f"{type(fault).__name__}: {fault}"),
            Sentence("It is written anew within a minute."),
        ) from fault
    if unread and not found:
        raise NoFigures(
            Sentence("The hub has not read the figures of your allocations yet."),
            Sentence("They come as soon as Slurm's accounting has answered it."),
            Sentence("Run this again in a minute."),
        )
    return sorted(found, key=_place)


def allocation(name: str | None = None) -> Allocation:
    """The allocation that pays for this session, or the one called `name`.

    >>> from aif import allocation
    >>> allocation().free_to_plan  # doctest: +SKIP
    499.71

    Raises NoFigures where there is none, NotInASession outside a session; both say what to do.
    """
    known = allocations()
    if not known:
        raise NoFigures(
            Sentence("No allocation is recorded for your projects."),
            Sentence("Ask who leads your project, or the contact on Home."),
        )
    if name is None:
        return known[0]
    for one in known:
        if name in (one.name, one.project):
            return one
    there = ", ".join(f'"{one.name}"' for one in known)
    raise NoFigures(
        Sentence('There is no allocation "{name}" among yours.', name=name),
        Sentence("These are: {there}; allocation() is the first.", there=there),
    )


def _folder() -> Path:
    folder = os.environ.get("AIF_SESSION_DIR")
    if not folder:
        raise NotInASession("AIF_SESSION_DIR is not set", "allocation()")
    return Path(folder)


def _place(one: Allocation) -> tuple[bool, bool]:
    """First what this session says it is paid from, then others of its project; the rest as the hub has them."""
    try:
        here = session()
    except NotInASession:
        return False, False
    return one.name != here.allocation, one.project != here.project


def _allocation(told: dict[str, Any]) -> Allocation:
    return Allocation(
        name=str(told["id"]),
        title=str(told["title"]),
        project=str(told["project"]),
        unit=str(told["unit"]),
        state=str(told["state"]),
        source=str(told["source"]),
        as_of=datetime.fromisoformat(told["as_of"]),
        limit=_amount(told["limit"]),
        consumed=_amount(told["consumed"]),
        committed=_amount(told["committed"]),
        left=_amount(told["left"]),
        free_to_plan=_amount(told["free_to_plan"]),
        rate=_amount(told["rate"]),
        days_left=None if told["days_left"] is None else int(told["days_left"]),
        compute_end=_day(told["compute_end"]),
        lasts_until=_day(told["lasts_until"]),
        people=tuple(
            PersonUse(str(one["login"]), str(one["name"]), float(one["consumed"]), float(one["committed"]))
            for one in told["people"]
        ),
        days=tuple((date.fromisoformat(one["day"]), float(one["used"])) for one in told["days"]),
        told=told,
    )


def _amount(value: Any) -> float | None:
    return None if value is None else float(value)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
