"""Balances as the REST API, the exports and terminals tell them: plain numbers, rounded once and the same for all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from aif.core.ledger.usage import Balance, PersonUse

#: Digits after the point of an amount: a slice's second is 0.00004 GPU-hours.
DIGITS = 4


def allocation(balance: Balance, role: str, login: str, title: str, name_of: Callable[[str], str]) -> dict[str, Any]:
    """One allocation for `login`, who is a ``member``, ``pi`` or ``operator`` of it.

    A member gets the project's totals and their own line; the others every member's. Amounts are in `unit` and null
    where they are not recorded or there is no limit; shares are from 0 to 1. `limit_at`, `enforced` and `decays` say
    how Slurm keeps the limit (`SlurmBinding`), `since` from which day on use counts where that is not `start`.
    """
    one, usage = balance.allocation, balance.usage
    known = usage.settled is not None
    sees_all = role in ("pi", "operator")
    people = [person for person in usage.people if sees_all or person.login == login]
    return {
        "id": one.name,
        "project": one.account,
        "title": title,
        "role": role,
        "reference": one.reference,
        "share": one.share,
        "mode": one.mode,
        "unit": one.unit,
        "state": balance.state,
        "source": usage.source,
        "as_of": moment(usage.as_of),
        "trouble": balance.trouble,
        "limit": amount(usage.limit),
        "settled": amount(usage.settled),
        "running": amount(usage.running if known else None),
        "consumed": amount(balance.consumed),
        "committed": amount(usage.committed if known else None),
        "left": amount(balance.left),
        "free_to_plan": amount(balance.free_to_plan),
        "rate": amount(usage.rate if known else None),
        "limit_at": usage.limit_at,
        "enforced": usage.enforced,
        "decays": usage.decays,
        "since": day(usage.since),
        "used_share": amount(balance.used_share),
        "time_share": amount(one.time_share(balance.today)),
        "pace": amount(balance.pace),
        "lasts_until": day(balance.lasts_until),
        "start": day(one.start),
        "compute_end": day(one.compute_end),
        "data_end": day(one.data_end),
        "report_due": day(one.report_due),
        "days_left": one.days_left(balance.today),
        "people": [_person(person, name_of) for person in people],
        "unattributed": amount(usage.unattributed) if sees_all and known else None,
        "days": [{"day": at.isoformat(), "used": amount(used)} for at, used in usage.days],
    }


def amount(value: Fraction | None) -> float | None:
    """Rounded for people and programs alike."""
    return None if value is None else round(float(value), DIGITS)


def moment(value: datetime | None) -> str | None:
    """ISO 8601 with the site's offset, to the second."""
    return None if value is None else value.astimezone().isoformat(timespec="seconds")


def day(value: date | None) -> str | None:
    """ISO 8601."""
    return None if value is None else value.isoformat()


def _person(person: PersonUse, name_of: Callable[[str], str]) -> dict[str, Any]:
    return {
        "login": person.login,
        "name": name_of(person.login),
        "settled": amount(person.settled),
        "running": amount(person.running),
        "consumed": amount(person.consumed),
        "committed": amount(person.committed),
    }
