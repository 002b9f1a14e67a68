"""A project's own page: each of its budgets in full, its days, who used what, and the use of the last thirty days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance, PersonUse
from aif.core.site import Site
from aif_hub import words
from aif_hub.funds import Funds
from aif_hub.paths import Paths
from aif_hub.speech import _
from aif_hub.views_budget import Budget, Figure, budgets

#: Bars are at least so high, so that a day with little use differs from one with none; of 100.
LEAST_BAR = 3


@dataclass(frozen=True)
class Row:
    """An amount with its name, and what it is in other words."""

    label: str
    figure: Figure
    term: str = ""
    total: bool = False  # of the rows above it


@dataclass(frozen=True)
class PersonRow:
    """What one person used; `share` of all that people used, from 0 to 100."""

    name: str
    login: str
    used: Figure
    running: Figure
    committed: Figure
    share: float
    own: bool


@dataclass(frozen=True)
class Bar:
    """A day's use; `height` from 0 to 100."""

    day: str
    figure: Figure
    height: float


@dataclass(frozen=True)
class Account:
    """One budget in full."""

    budget: Budget
    unit: str
    rows: tuple[Row, ...]
    dates: tuple[tuple[str, str], ...]
    people: tuple[PersonRow, ...]
    bars: tuple[Bar, ...]
    nobody: bool  # whether it is worth saying that nobody is in it
    most: str  # of a day
    rate: str


@dataclass(frozen=True)
class ProjectPage:
    """The page; `sees_all` of who sees each person's use."""

    title: str
    account: str
    accounts: tuple[Account, ...]
    leaders: tuple[str, ...]
    sees_all: bool
    csv_url: str
    json_url: str


def project_page(
    funds: Funds, role: str, login: str, name_of: Callable[[str], str], now: datetime, site: Site, paths: Paths
) -> ProjectPage:
    """The page for the person behind `login`, who is a ``member``, ``pi`` or ``operator`` of the project."""
    account, sees_all = funds.project.account, role in ("pi", "operator")
    title = site.project_title(account)
    named = next((one for one in site.projects if one.account == account), None)
    return ProjectPage(
        title=title,
        account=account if account != title else "",
        accounts=tuple(
            _account(shown, one, funds.balances.get(one.name), login, name_of, sees_all=sees_all)
            for shown, one in zip(budgets(funds, now, site), funds.allocations, strict=True)
        ),
        leaders=tuple(name_of(one) for one in named.pi) if named else (),
        sees_all=sees_all,
        csv_url=paths.project(account, "usage.csv"),
        json_url=paths.project(account, "usage.json"),
    )


# Below: the parts ---------------------------------------------------------------------------------------------------


def _account(
    shown: Budget,
    one: Allocation,
    balance: Balance | None,
    login: str,
    name_of: Callable[[str], str],
    *,
    sees_all: bool,
) -> Account:
    people = [person for person in balance.usage.people if sees_all or person.login == login] if balance else []
    days = balance.usage.days if balance else ()
    most = max((used for _day, used in days), default=Fraction())
    return Account(
        budget=shown,
        unit=words.in_unit("", one.unit).strip(),
        rows=_rows(balance, sees_all=sees_all) if balance else (),
        dates=_dates(one),
        people=_people(people, login, name_of),
        bars=tuple(_bar(day, used, most) for day, used in days),
        nobody=not people and balance is not None and (not sees_all or balance.consumed == 0),
        most=words.cost(most, one.unit) if most else "",
        rate=words.cost(balance.usage.rate, one.unit) if balance and balance.usage.rate else "",
    )


def _rows(balance: Balance, *, sees_all: bool) -> tuple[Row, ...]:
    """From the limit down to what is free; what is not known has no row."""
    usage = balance.usage
    amounts = (
        (_("Limit"), usage.limit, _("What was granted for this period.")),
        (_("Used by what has ended"), usage.settled, _("settled")),
        (_("Used until now by what runs"), usage.running, _("running")),
        (_("Used in all"), balance.consumed, _("consumed = settled + running")),
        (
            _("Of what is used, nobody's own"),
            usage.unattributed if sees_all and usage.unattributed else None,
            _("Reserved time that nobody used, and what was used before this record begins."),
        ),
        (_("Left"), balance.left, _("left = limit − consumed")),
        (_("Committed to what runs or waits"), usage.committed, _("What it may still use at most.")),
        (_("Free to plan"), balance.free_to_plan, _("free to plan = limit − consumed − committed")),
    )
    return tuple(
        Row(label, _figure(value), term, total=" = " in term) for label, value, term in amounts if value is not None
    )


def _dates(one: Allocation) -> tuple[tuple[str, str], ...]:
    days = (
        (_("First day"), one.start),
        (_("Last day for sessions and jobs"), one.compute_end),
        (_("Data can be read until"), one.data_end),
        (_("Final Report due"), one.report_due),
    )
    return tuple((label, words.day(day)) for label, day in days if day)


def _people(people: list[PersonUse], login: str, name_of: Callable[[str], str]) -> tuple[PersonRow, ...]:
    """Who used most in front."""
    whole = sum((person.consumed for person in people), Fraction())
    rows = [
        PersonRow(
            name=name_of(person.login),
            login=person.login,
            used=_figure(person.consumed),
            running=_figure(person.running),
            committed=_figure(person.committed),
            share=round(float(person.consumed / whole * 100), 1) if whole else 0.0,
            own=person.login == login,
        )
        for person in sorted(people, key=lambda one: (-one.consumed, one.login))
    ]
    return tuple(rows)


def _bar(day: date, used: Fraction, most: Fraction) -> Bar:
    height = round(float(used / most * 100), 1) if most else 0.0
    return Bar(words.day(day), _figure(used), max(height, LEAST_BAR) if used else 0.0)


def _figure(value: Fraction) -> Figure:
    return Figure.of(value, words.amount(value))
