"""The OpenAPI description of our REST addresses, as Markdown: each address, its parameters and answers, each field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = "hub_config/aif_hub/ledger/openapi.json"
#: The parts of answers that have a table of their own, in this order.
SHOWN = ("Allocations", "Allocation", "Person", "Usage", "Job", "Line", "Session", "Refusal")


def markdown(source: Path) -> str:
    """The whole description."""
    data = json.loads((source / FILE).read_text(encoding="utf-8"))
    parts = [data["info"]["description"], *_operations(data)]
    for name in SHOWN:
        parts += [f"### {name}", *_fields(data, name)]
    return "\n\n".join(parts) + "\n"


def _operations(data: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in data["paths"].items():
        for method, operation in methods.items():
            yield f"### `{method.upper()} {data['servers'][0]['url']}{path}`"
            yield f"{operation['summary']}. {operation['description']}"
            parameters = [_found(data, one) for one in operation.get("parameters", ())]
            if parameters:
                yield _table(
                    ("parameter", "in", "says"), ((f"`{one['name']}`", one["in"], _said(one)) for one in parameters)
                )
            answers = ((code, _found(data, one)) for code, one in operation["responses"].items())
            yield _table(("status", "says"), ((code, f"{one['description']}{_kind(one)}") for code, one in answers))


def _fields(data: Mapping[str, Any], name: str) -> Iterator[str]:
    schema = data["components"]["schemas"][name]
    yield _table(
        ("field", "kind", "says"),
        ((f"`{key}`", _type(data, one), _meaning(data, one)) for key, one in schema["properties"].items()),
    )


def _found(data: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part itself, or what its ``$ref`` names with its own words over it."""
    if "$ref" not in part:
        return part
    found = data
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return {**found, **part}


def _type(data: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    reference = schema.get("$ref", "").rpartition("/")[2]
    if reference in SHOWN:
        return f"[{reference}](#{reference.lower()})"
    schema = _found(data, schema)
    if "enum" in schema:
        return ", ".join(f"`{value}`" if value else "empty" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(data, schema['items'])}"
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " or ".join(schema.get("format", kind) if kind == "string" else kind for kind in kinds)


def _meaning(data: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    return str(schema.get("description") or _found(data, schema).get("description", ""))


def _said(parameter: Mapping[str, Any]) -> str:
    return str(parameter["description"])


def _kind(answer: Mapping[str, Any]) -> str:
    schemas = [one["schema"].get("$ref", "").rpartition("/")[2] for one in answer.get("content", {}).values()]
    named = [f"[{one}](#{one.lower()})" for one in schemas if one in SHOWN]
    return f" {', '.join(named)}" if named else ""


def _table(heads: tuple[str, ...], rows: Any) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)
