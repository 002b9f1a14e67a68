"""A budget is used to 75, 90 and 100 %: told once to each whom it concerns, again after it was raised. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from aif.core.ledger.usage import WARNINGS, Balance
from aif.core.site import Site
from aif_hub.book import Session
from aif_hub.warnings.crossing import Line
from aif_hub.warnings.event import Kind, Notice

#: A share that sinks by less than this has not sunk: what a job used is settled a little above or below what it seemed.
SLACK = Fraction(1, 100)


def lines(balance: Balance, concerned: Iterable[str]) -> list[Line]:
    """The allocation's three lines; none where its use or its limit is not known. Only the last of several is told."""
    share, allocation = balance.used_share, balance.allocation
    if share is None:
        return []
    last = max((mark for mark in WARNINGS if share >= mark), default=None)
    return [
        Line(
            name := f"budget:{allocation.name}:{percent(mark)}",
            crossed=share >= mark,
            back=share < mark - SLACK,
            notices=tuple(_notice(balance, login, name, mark) for login in concerned) if mark == last else (),
            late=True,
        )
        for mark in WARNINGS
    ]


def concerned(balance: Balance, open_sessions: Iterable[Session], site: Site) -> list[str]:
    """The project's principal investigators, and the members who run something or have it waiting."""
    allocation = balance.allocation
    of_site = next((project.pi for project in site.projects if project.account == allocation.account), ())
    running = [person.login for person in balance.usage.people if person.running or person.committed]
    here = [
        session.login
        for session in open_sessions
        if session.request.account == allocation.account
        and (not allocation.qos or session.request.qos == allocation.qos)
    ]
    return list(dict.fromkeys([*of_site, *running, *here]))


def percent(mark: Fraction) -> int:
    """A share as it is said."""
    return int(mark * 100)


def _notice(balance: Balance, login: str, line: str, mark: Fraction) -> Notice:
    usage = balance.usage
    data = {
        "percent": percent(mark),
        "account": balance.allocation.account,
        "unit": balance.allocation.unit,
        "left": str(balance.left),
        "limit": str(usage.limit),
        "as_of": usage.as_of.isoformat(timespec="seconds"),
    }
    return Notice(login, line, Kind.BUDGET, allocation=balance.allocation.name, data=data)
