"""Budgets for the gallery's hub: one in each state that pages show, of the demo's own projects and QOS."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any


def budgets(stated: Mapping[str, Mapping[str, Any]], today: date) -> str:
    """`[[allocation]]` tables: the demo's own, some of them used up, nearly used up, ended and suspended."""
    of = {name: dict(one) for name, one in stated.items()}
    of["mobtest01"]["carried_in"] = of["mobtest01"]["limit"]
    of["mobility01-national"]["carried_in"] = 235  # of 300, and 41 were played in
    ended = {"compute_end": today - timedelta(days=1), "data_end": today + timedelta(days=60)}
    next_year = {"name": "ops01-next", "title": "OPS-next", "suspended": True, "limit": 50}
    of["ops01-next"] = {**of["ops01"], **next_year}
    of["ops01"] |= ended | {"start": today - timedelta(days=300), "report_due": today + timedelta(days=90)}
    return "\n".join(_table(one) for one in of.values())


def _table(one: Mapping[str, Any]) -> str:
    return "[[allocation]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in one.items())


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_toml(inner)}' for key, inner in value.items())} }}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
