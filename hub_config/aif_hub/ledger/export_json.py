"""The usage export as JSON: the allocation as the REST API tells it, totals, and one job a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from aif_hub.ledger import told
from aif_hub.ledger.digits import number
from aif_hub.ledger.export import Export, Line
from aif_hub.ledger.uses import Use


def row(cluster: str) -> Callable[[Use, str], bytes]:
    """How a job of `cluster` is written; each but the first has a comma before it, which `document` takes away."""

    def written(use: Use, name: str) -> bytes:
        return b",\n" + json.dumps(job(use, name, cluster), separators=(",", ":")).encode()

    return written


def job(use: Use, name: str, cluster: str) -> dict[str, Any]:
    """One job. `amount` is what it used in the days asked for, in the allocation's unit."""
    one = use.job
    gpus, kind = gpus_of(use)
    return {
        "job": one.job_id,
        "cluster": cluster,
        "login": one.login,
        "name": name,
        "session": use.session or None,
        "size": use.size or None,
        "state": one.state,
        "start": told.moment(one.start),
        "end": told.moment(one.end) if use.ended else None,
        "elapsed_seconds": one.elapsed_seconds,
        "gpus": gpus,
        "gpu_type": kind or None,
        "amount": number(use.amount),
    }


def document(made: Export, allocation: dict[str, Any]) -> Iterator[bytes]:
    """The whole, piece by piece. `allocation` is what `told.allocation` gave the same viewer."""
    head = {
        "as_of": allocation["as_of"],
        "source": allocation["source"],
        "trouble": allocation["trouble"],
        "unit": allocation["unit"],
        "allocation": allocation,
        "from": told.day(made.days.first),
        "until": told.day(made.days.last),
        "total": None if made.amount is None else number(made.amount),
        "unattributed": number(made.unattributed) if made.role != "member" else None,
        "not_itemised": number(made.not_itemised) if made.role != "member" else None,
        "people": [_line(line) for line in made.people],
        "weeks": [
            {
                "week": week.monday.isoformat(),
                "total": number(week.amount),
                "people": [_line(line) for line in week.people],
            }
            for week in made.weeks
        ],
    }
    yield json.dumps(head).encode()[:-1] + b', "jobs": ['
    first = True
    for piece in made.jobs():
        yield piece[1:] if first else piece
        first = False
    yield b"\n]}\n"


def gpus_of(use: Use) -> tuple[int, str]:
    """How many GPUs the job had, and of which types; Slurm counts a typed one once more without its type."""
    prefix = "gres/gpu:"
    typed = {name.removeprefix(prefix): count for name, count in use.job.tres.items() if name.startswith(prefix)}
    return max(use.job.tres.get("gres/gpu", 0), sum(typed.values())), " + ".join(sorted(typed))


def _line(line: Line) -> dict[str, Any]:
    return {"login": line.login, "name": line.name, "amount": number(line.amount)}
