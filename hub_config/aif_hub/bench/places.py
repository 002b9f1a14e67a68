"""The places where a person sees what is left, read side by side: do they show the same figures at the same moment?"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient

from aif_hub import figures
from aif_hub.bench.visitor import Visitor
from aif_hub.demo.errors import DemoError

#: What is compared, by REST's names. A place shows some of them.
FIGURES = ("limit", "consumed", "committed", "left", "free_to_plan")
#: As many digits as are told anywhere.
DIGITS = Decimal("0.0001")
#: A reading may come between two places: then all of them are read again.
TRIES = 5


@dataclass(frozen=True)
class Person:
    """Somebody with a browser and a token, at one hub."""

    visitor: Visitor
    token: str

    async def rest(self, path: str) -> bytes:
        """What REST answers below its v1."""
        answer = await AsyncHTTPClient().fetch(
            f"{self.visitor.url}/hub/api/aif/v1/{path}",
            headers={"Authorization": f"token {self.token}"},
            raise_error=False,
            request_timeout=60,
        )
        if answer.code != 200:
            raise DemoError(f"{path} answered {self.visitor.login} with status {answer.code}.")
        return bytes(answer.body)

    async def page(self, path: str) -> str:
        """What the browser gets."""
        answer = await self.visitor.ask(path)
        if answer.code != 200:
            raise DemoError(f"{path} answered {self.visitor.login} with status {answer.code}.")
        return bytes(answer.body).decode("utf-8-sig")


@dataclass(frozen=True)
class Seen:
    """What one place shows of an allocation. A place with nothing but `said` has figures in words for people."""

    place: str
    as_of: datetime
    figures: Mapping[str, Decimal] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    by_the_minute: bool = False  # it says no more of `as_of`

    def at_the_time_of(self, other: Seen) -> bool:
        """Whether both are of the same reading, as far as this one says."""
        if self.by_the_minute:
            return self.as_of == other.as_of.replace(second=0)
        return self.as_of == other.as_of


@dataclass(frozen=True)
class Compared:
    """How many figures of places were held against REST's, and those that differ, each in words."""

    places: int
    disagreements: tuple[str, ...]


async def compare(person: Person, allocation: str, project: str) -> Compared:
    """All places of that person's, at one *as of*. Raises DemoError if no two readings in a row agree on that."""
    for _ in range(TRIES):
        seen = [
            await _list(person, allocation),
            await _one(person, allocation),
            await _usage(person, allocation),
            await _file_json(person, project),
            await _file_csv(person, project),
            await _home(person, allocation),
            await _budget_page(person, allocation, project),
            await _start_page(person, allocation, project),
            await _one(person, allocation),
        ]
        if all(one.at_the_time_of(seen[0]) for one in seen):
            return against(seen[0], seen[1:])
    raise DemoError(f"The places of {person.visitor.login} were never read between two readings of Slurm.")


def against(first: Seen, others: Sequence[Seen]) -> Compared:
    """Each place once; it disagrees when any of its figures is not that of `first`."""
    wrong = [
        f"{one.place}: {name} {value} and not {first.figures.get(name)}"
        for one in others
        for name, value in one.figures.items()
        if first.figures.get(name) != value
    ]
    wrong += [
        f"{one.place}: {name} {text} and not {figures.balance(Fraction(first.figures[name]))}"
        for one in others
        for name, text in one.said.items()
        if figures.balance(Fraction(first.figures[name])) != text
    ]
    return Compared(len(others), tuple(wrong))


def amounts(told: Mapping[str, Any]) -> dict[str, Decimal]:
    """The figures that a place shows, of REST's shape; what is not recorded is left out."""
    return {name: amount(told[name]) for name in FIGURES if told.get(name) is not None}


def amount(value: float | str) -> Decimal:
    """With the digits that are told."""
    return Decimal(str(value)).quantize(DIGITS)


def moment(text: str) -> datetime:
    """In the zone of this machine, to the second, as every place has it."""
    return datetime.fromisoformat(text).astimezone().replace(microsecond=0)


async def _list(person: Person, allocation: str) -> Seen:
    listed = json.loads(await person.rest("allocations"))["allocations"]
    return of_rest("REST, the list", next(one for one in listed if one["id"] == allocation))


async def _one(person: Person, allocation: str) -> Seen:
    return of_rest("REST, the allocation", json.loads(await person.rest(f"allocations/{allocation}")))


def of_rest(place: str, told: Mapping[str, Any]) -> Seen:
    """An allocation in REST's shape, wherever it is shown."""
    return Seen(place, moment(told["as_of"]), amounts(told))


async def _usage(person: Person, allocation: str) -> Seen:
    told = json.loads(await person.rest(f"allocations/{allocation}/usage"))
    return of_export("REST, the usage", told)


async def _file_json(person: Person, project: str) -> Seen:
    return of_export("the export, JSON", json.loads(await person.page(f"/hub/aif/project/{project}/usage.json")))


def of_export(place: str, told: Mapping[str, Any]) -> Seen:
    """Its facts, and the total of its own parts in place of `consumed`: what its rows add up to."""
    found = amounts(told["allocation"])
    if told["unattributed"] is not None:  # to whom all of it is shown
        rows = sum((Decimal(str(job["amount"])) for job in told["jobs"]), Decimal())
        total = rows + Decimal(str(told["unattributed"])) + Decimal(str(told["not_itemised"]))
        found["consumed"] = amount(str(total))
    else:
        found["consumed"] = amount(told["total"])
    return Seen(place, moment(told["as_of"]), found)


async def _file_csv(person: Person, project: str) -> Seen:
    return of_csv(await person.page(f"/hub/aif/project/{project}/usage.csv"))


def of_csv(text: str) -> Seen:
    """The facts on top of the export; of a project with several allocations those of the first."""
    rows = list(csv.reader(io.StringIO(text)))
    facts = {row[0].partition(" (")[0]: row[1] for row in rows[: rows.index([])]}
    names = {"Granted": "limit", "Used": "consumed", "Left": "left", "Free to plan": "free_to_plan"}
    return Seen(
        "the export, CSV",
        moment(facts["As of"]),
        {key: amount(facts[name]) for name, key in names.items() if facts[name] != "not recorded"},
    )


async def _home(person: Person, allocation: str) -> Seen:
    return of_page("Home", await person.page("/hub/home"), allocation)


async def _budget_page(person: Person, allocation: str, project: str) -> Seen:
    return of_page("the project's page", await person.page(f"/hub/aif/project/{project}"), allocation)


def of_page(place: str, text: str, allocation: str) -> Seen:
    """A budget as pages draw it: its large figure, and the parts of its meter."""
    part = text.partition(f'data-allocation="{allocation}"')[2].partition("data-allocation=")[0]
    left, as_of = _LEFT.search(part), _TIME.search(part)
    if left is None or as_of is None:
        raise DemoError(f"{place} does not show what is left of {allocation}, or not as of when.")
    values = {"left": left[1]} | {_PARTS[kind]: value for kind, value in _PART.findall(part)}
    return Seen(place, moment(as_of[1]), {name: amount(value) for name, value in values.items()})


async def _start_page(person: Person, allocation: str, project: str) -> Seen:
    """For this project and allocation."""
    chosen = urlencode({"project": project, "allocation": allocation})
    # For one more session: the plain page leads to a session that is open.
    return of_start_page(await person.page(f"/hub/spawn/{person.visitor.login}/another?{chosen}"))


def of_start_page(text: str) -> Seen:
    """The sentence under the choice."""
    found = _SENTENCE.search(html.unescape(text))
    if found is None:
        raise DemoError("The start page does not say what is left.")
    today, clock = datetime.now().astimezone(), found["clock"]
    as_of = today.replace(hour=int(clock[:2]), minute=int(clock[3:]), second=0, microsecond=0)
    names = {"left": "left", "free": "free_to_plan"}
    said = {names[name]: text for name, text in found.groupdict().items() if name in names and text}
    return Seen("the start page", as_of, said=said, by_the_minute=True)


#: REST's name for each part of the meter.
_PARTS = {"consumed": "consumed", "committed": "committed", "free": "free_to_plan"}
_TIME = re.compile(r'<time datetime="([^"]+)"')
_LEFT = re.compile(r'class="budget__left"[^>]*><data[^>]* value="([^"]+)"')
_PART = re.compile(r'meter__part--(\w+)" aria-hidden="true"></span>[^<]*</dt><dd><data[^>]* value="([^"]+)"')
_SENTENCE = re.compile(
    r"Left now: (?P<left>[\d.,]+) [\w-]+(?: hours)?(?:, of which (?P<free>[\d.,]+) are free to plan)?"
    r", as counted at (?P<clock>\d\d:\d\d)"
)
