"""TOML tables as frozen values: each key known, each value of its type, each mistake named with its full key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from ipaddress import ip_address
from typing import Any, TypeVar

from aif.core.errors import SiteError
from aif.core.names import ALLOWED, is_name
from aif.core.text import Text
from aif.core.units import parse_weight

T = TypeVar("T")


def entries_of(top: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The ``[[key]]`` tables, taken out of `top`."""
    entries = top.pop(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SiteError(key, f"must be written as [[{key}]] tables")
    return entries


def build(kind: type[T], entry: Mapping[str, Any], where: str) -> T:
    """`kind` made from a TOML table: unknown and missing keys and wrong types are named with their full key."""
    if not isinstance(entry, dict):
        raise SiteError(where, f"must be written as a [{where}] table")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # only our dataclasses come here
    at = f"{where}." if where else ""
    for key in entry:
        if key not in known:
            raise SiteError(f"{at}{key}", f"is not a key here; known are {', '.join(known)}")
    values: dict[str, Any] = {}
    for name, field in known.items():
        if name not in entry:
            if field.default is field.default_factory:  # both MISSING: no default
                raise SiteError(f"{at}{name}", "is missing")
            continue
        values[name] = _convert(entry[name], str(field.type), f"{at}{name}")
    return kind(**values)


def _convert(value: Any, wanted: str, key: str) -> Any:
    """`value` as the annotated type; TOML lists become tuples, weights fractions."""
    if wanted in ("Fraction", "Fraction | None"):
        try:
            return parse_weight(value)
        except (ValueError, ZeroDivisionError) as error:
            raise SiteError(key, f'must be a number or a fraction such as "1/7", got {value!r}') from error
    if wanted == "tuple[str, ...]":
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise SiteError(key, f"must be a list of texts, got {value!r}")
        return tuple(value)
    if wanted == "tuple[Text, ...]":
        if not isinstance(value, list):
            raise SiteError(key, f"must be a list of texts, got {value!r}")
        return tuple(Text.parse(text, f"{key}[{at}]") for at, text in enumerate(value))
    if wanted == "int" and (type(value) is not int or value < 0):
        raise SiteError(key, f"must be a whole number of 0 or more, got {value!r}")
    if wanted in ("date", "date | None"):
        if not isinstance(value, date) or isinstance(value, datetime):
            raise SiteError(key, f"must be a day such as 2026-11-24, without quotes, got {value!r}")
        return value
    if wanted == "bool" and not isinstance(value, bool):
        raise SiteError(key, f"must be true or false, got {value!r}")
    if wanted == "Text":
        return Text.parse(value, key)
    if wanted == "Mapping[str, str] | None":
        return _addresses(value, key)
    if wanted == "float" and (type(value) not in (int, float) or not 0 < value < float("inf")):
        raise SiteError(key, f"must be a number above 0, got {value!r}")
    if wanted == "SlurmName" and not (isinstance(value, str) and is_name(value)):
        raise SiteError(key, f"must be {ALLOWED}, got {value!r}")
    if wanted == "str" and not isinstance(value, str):
        raise SiteError(key, f"must be a text, got {value!r}")
    return value


def _addresses(value: Any, key: str) -> dict[str, str]:
    """Node name → IP address, as written."""
    if not isinstance(value, dict):
        raise SiteError(key, f'must be a table such as {{ gpu01 = "10.0.0.1" }}, got {value!r}')
    for node, address in value.items():
        try:
            ip_address(address if isinstance(address, str) else "")
        except ValueError as error:
            raise SiteError(f"{key}.{node}", f"must be an IP address, got {address!r}") from error
    return value
