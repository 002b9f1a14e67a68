"""The text of a new site file: the example's own comments, with this site's facts in place of the example's.

A key that the example has and we were told nothing of stays as a comment, so that a new site file shows all that can be
said and says only what is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from fractions import Fraction

from aif.core.ledger.allocation import Allocation
from aif.core.site import Profile, ProjectName
from aif.core.text import Text
from aif_hub.operate.proposal import Proposed

Value = str | int | float | bool | Sequence[str] | Mapping[str, str]
#: Key → value by table: ``{"": {"name": …}, "hub": {…}, "cluster": {…}}``.
Facts = Mapping[str, Mapping[str, Value]]

_TABLE = re.compile(r"\[{1,2}([A-Za-z_.]+)\]{1,2}\s*(#.*)?")
_KEY = re.compile(r"(?P<key>[A-Za-z_]+)(?P<language>\.[a-z]+)?\s*=")
_COMMENT = re.compile(r"""^(?:[^#"']|"(?:[^"\\]|\\.)*"|'[^']*')*?(?P<comment>#.*)$""")
_DAYS = ("start", "compute_end", "data_end", "report_due")
_COLUMN = 54  # where the example's comments stand


def site_text(
    example: str,
    facts: Facts,
    proposed: Sequence[Proposed],
    projects: Sequence[ProjectName],
    allocations: Sequence[Allocation] = (),
) -> str:
    """A whole site file."""
    head = _filled(example, facts)
    sizes = "\n".join(_profile(one) for one in proposed)
    payers = "\n".join(project(one) for one in projects)
    return (
        f"{head}\n\n"
        "# What a person may choose, in the order of the cards. `gpu_weight` says how many whole GPUs one of it\n"
        f"# counts for. Titles and texts are for people who do not know Slurm.\n\n{sizes}\n"
        "# Names in plain words for Slurm accounts; an account that is not listed shows its Slurm name.\n\n"
        f"{payers}\n{_allocations(example, allocations)}"
    )


def project(one: ProjectName) -> str:
    """A [[project]] table with what is known of it."""
    keys = ("account", "title", *(key for key in ("kind", "pi") if getattr(one, key)))
    return "\n".join(["[[project]]", *(f"{key} = {toml(getattr(one, key))}" for key in keys), ""])


def allocation(one: Allocation) -> str:
    """An [[allocation]] table with what is not as it is without saying."""
    said = [(field.name, getattr(one, field.name)) for field in fields(Allocation) if field.name != "periods"]
    plain = vars(Allocation(name="", account=""))
    lines = [f"{key} = {toml(value)}" for key, value in said if value != plain[key] or key == "unit"]
    return "\n".join(["[[allocation]]", *lines, ""])


def toml(value: Value | Fraction | date) -> str:
    """A value as TOML writes it; JSON's strings and lists are TOML's too."""
    if isinstance(value, Text):
        return value.toml
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return str(value) if value.denominator == 1 else json.dumps(str(value))
    if isinstance(value, Mapping):
        inside = ", ".join(f"{json.dumps(key)} = {json.dumps(text)}" for key, text in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _filled(example: str, facts: Facts) -> str:
    """The example without its [[profile]], [[project]] and [[allocation]] tables, its known keys with our values."""
    lines: list[str] = []
    known, left_out, mine = facts.get("", {}), False, True
    said: set[str] = set()
    for line in example.splitlines():
        heading, key = _TABLE.fullmatch(line), _KEY.match(line.removeprefix("# "))
        if key and line.startswith("# ") and key["key"] not in known:
            key = None  # the example only mentions it
        if heading:
            known, said = facts.get(heading[1], {}), set()
            mine, left_out = bool(known), heading[1] in ("profile", "project", "allocation")
            while left_out and lines and lines[-1].startswith("#"):
                lines.pop()  # what the example says of them is said again where ours are written
            if not left_out:
                lines.append(line if mine else f"# {line}")
        elif left_out:
            continue
        elif key and key["key"] in known:
            mine = True
            if key["key"] not in said:  # the example may say a text in each language on a line of its own
                lines.append(_set(line.removeprefix("# "), key["key"], known[key["key"]]))
            said.add(key["key"])
        elif key:
            mine = False
            lines.append(f"# {line}")
        elif not line.strip() or line.startswith("#"):
            lines.append(line)
        elif not mine:
            lines.append(f"# {line}")  # the rest of a value over several lines; of a key that was set it is dropped
    return "\n".join(lines).rstrip()


def _allocations(example: str, known: Sequence[Allocation]) -> str:
    """The example's last table as comments, below what is known; its days stand under each, for the site to fill in."""
    above, heading, below = example.rpartition("[[allocation]]")
    said = above.rstrip("\n").rpartition("\n\n")[2]
    shown = [f"# {line.removeprefix('# ')}".rstrip() for line in f"{heading}{below}".splitlines()]
    days = [line for line in shown if line.removeprefix("# ").partition(" = ")[0] in _DAYS]
    if not known:
        return "\n".join([said, *shown, ""])
    tables = ["\n".join([allocation(one).rstrip("\n"), *days, ""]) for one in known]
    return "\n".join([said, "", *tables, "# All that can be said of one:", "#", *shown, ""])


def _set(line: str, key: str, value: Value) -> str:
    comment = _COMMENT.match(line)
    assigned = f"{key} = {toml(value)}"
    return f"{assigned:<{_COLUMN - 1}} {comment['comment']}" if comment else assigned


def _profile(one: Proposed) -> str:
    profile: Profile = one.profile
    keys = ("name", "title", "text", "cluster", "partition", "cpus", "memory_gb")
    keys += ("gpus", "gpu_type", "gpu_weight", "gpu_memory_gb") if profile.gpus else ()
    keys += ("hours_default", "hours_max")
    lines = [line for key in keys for line in _assigned(key, getattr(profile, key))]
    return "\n".join([f"# {one.why}", "[[profile]]", *lines, ""])


def _assigned(key: str, value: Value | Fraction) -> list[str]:
    """One line, or one for each language of a text that would make a long line."""
    if isinstance(value, Text) and value.others and len(value.toml) > 80:
        return [f"{key}.{language} = {toml(said)}" for language, said in {"en": str(value), **value.others}.items()]
    return [f"{key} = {toml(value)}"]
