"""One allocation as lines of text: what there is, what is used, what is left, by whom, until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

UNITS = {
    "gpu-hour": "GPU-hours",
    "node-hour": "Node-hours",
    "core-hour": "Core-hours",
    "billing-hour": "Billing units",
}
SHARES = {"eurohpc": "EuroHPC share", "national": "national share", "host": "host's share"}
STATES = {
    "pending": "not begun",
    "active": "active",
    "low": "nearly used up",
    "full_commit": "all that is left is promised to sessions that run or wait",
    "exhausted": "used up",
    "suspended": "suspended",
    "compute_ended": "ended; files can still be read",
    "data_removed": "ended; files are removed",
}
SOURCES = {"slurm": "Slurm", "file": "the site's file", "waldur": "the site's portal"}
UNKNOWN = "not recorded here"
#: The figures in the order of the columns, each with its heading.
COLUMNS = (
    ("limit", "Limit"),
    ("consumed", "Used"),
    ("left", "Left"),
    ("committed", "Promised"),
    ("free_to_plan", "Free"),
)


def lines(one: dict[str, Any]) -> Iterator[str]:
    """The lines for an allocation as the REST API tells it; its digits are shown as they are."""
    yield f'Project: {one["project"]}   Title: "{one["title"]}"'
    grant = [one["reference"], one["mode"], SHARES.get(one["share"], "")]
    if any(grant):
        yield "Grant: " + ", ".join(filter(None, grant))
    yield _days(one)
    yield ""
    unit = UNITS.get(one["unit"], one["unit"])
    cells = [_column(one, name, heading) for name, heading in COLUMNS]
    wide = [max(map(len, cell)) for cell in cells]
    first = max(len(unit), 13)
    for row, head in enumerate((" " * first, f"{unit:<{first}}")):
        yield head + "".join(f"  {cell[row]:>{width}}" for cell, width in zip(cells, wide, strict=True))
    yield from _people(one)
    yield _source(one)


def amount(value: float | None) -> str:
    """The number with thousands apart and no zeros at its end.

    >>> amount(499.87), amount(12300.0), amount(None)
    ('499.87', '12,300', 'not recorded here')
    """
    return UNKNOWN if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")


def _column(one: dict[str, Any], name: str, heading: str) -> tuple[str, str]:
    if one["limit"] is None and name in ("limit", "left", "free_to_plan") and one["consumed"] is not None:
        return heading, "no limit"
    return heading, amount(one[name])


def _days(one: dict[str, Any]) -> str:
    parts = [
        f"Start: {one['start']}" if one["start"] else "",
        f"End: {one['compute_end']}" if one["compute_end"] else "",
    ]
    if one["days_left"] is not None:
        parts[1] += f" ({one['days_left']} {'day' if one['days_left'] == 1 else 'days'} left)"
    return "   ".join([*filter(None, parts), f"Status: {STATES.get(one['state'], one['state'])}"])


def _people(one: dict[str, Any]) -> Iterator[str]:
    rows = [
        (
            person["login"] if person["name"] in ("", person["login"]) else f"{person['name']} ({person['login']})",
            person,
        )
        for person in one["people"]
    ]
    if one["unattributed"]:
        rows.append(("nobody: reserved, or before this record", {"consumed": one["unattributed"]}))
    if not rows:
        return
    yield ""
    yield "Used by" if one["role"] in ("pi", "operator") else "Used by you"
    width = max(len(name) for name, _ in rows)
    figures = [amount(person["consumed"]) for _, person in rows]
    for (name, _), figure in zip(rows, figures, strict=True):
        yield f"  {name:<{width}}  {figure:>{max(map(len, figures))}}"


def _source(one: dict[str, Any]) -> str:
    moment = datetime.fromisoformat(one["as_of"]).astimezone()
    line = f"As of {moment:%Y-%m-%d %H:%M}, from {SOURCES.get(one['source'], one['source'])}."
    return f"\n{line} These are the last figures known: {one['trouble']}" if one["trouble"] else f"\n{line}"
