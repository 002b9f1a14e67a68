"""The usage export as CSV for spreadsheets: facts, totals by person, totals by week, jobs; an empty row between.

The same in every language, as a report's annex has to be. UTF-8 with a byte order mark, without which spreadsheets take
names for another encoding; commas; a decimal point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aif.core.units import UNIT_WORDS
from aif_hub.ledger import told
from aif_hub.ledger.digits import decimal
from aif_hub.ledger.export import Export
from aif_hub.ledger.export_json import gpus_of
from aif_hub.ledger.uses import Use
from aif_hub.spreadsheet import Amount, rows


def row(cluster: str) -> Callable[[Use, str], bytes]:
    """How a job of `cluster` is written."""

    def written(use: Use, name: str) -> bytes:
        one, (gpus, kind) = use.job, gpus_of(use)
        end = told.moment(one.end) if use.ended else "not yet"
        return rows(
            [
                [
                    *(one.job_id, cluster, one.login, name, use.size, one.state, told.moment(one.start), end),
                    *(one.elapsed_seconds, gpus, kind, Amount(decimal(use.amount))),
                ]
            ]
        )

    return written


def document(made: Export, allocation: dict[str, Any]) -> Iterator[bytes]:
    """The whole, piece by piece. `allocation` is what `told.allocation` gave the same viewer."""
    unit = UNIT_WORDS[made.balance.allocation.unit]
    yield rows(_facts(made, allocation, unit))
    yield rows([[], ["Person (login)", "Name", f"Used ({unit})"]])
    yield rows([one.login, one.name, Amount(decimal(one.amount))] for one in made.people)
    if made.role != "member":
        yield rows([["", "not of one person", Amount(decimal(made.unattributed))]])
    if made.amount is not None:
        yield rows([["", "everybody", Amount(decimal(made.amount))]])
    yield rows([[], ["Week that begins on", "Person (login)", "Name", f"Used ({unit})"]])
    for week in made.weeks:
        day = week.monday.isoformat()
        yield rows([day, one.login, one.name, Amount(decimal(one.amount))] for one in week.people)
        yield rows([[day, "", "everybody", Amount(decimal(week.amount))]])
    person = ("Person (login)", "Name", "Size", "State", "Start (ISO 8601)", "End (ISO 8601)")
    yield rows([[], ["Job", "Cluster", *person, "Ran (seconds)", "GPUs", "GPU type", f"Used ({unit})"]])
    yield from made.jobs()


def _facts(made: Export, told_as: dict[str, Any], unit: str) -> Iterable[list[Any]]:
    """What a report asks for first; amounts as every page shows them."""
    yield ["Project", told_as["title"]]
    yield ["Account", told_as["project"]]
    yield ["Allocation", told_as["id"]]
    for name, key in (
        ("Reference", "reference"),
        ("Share", "share"),
        ("Access mode", "mode"),
        ("First day", "start"),
        ("Last day to compute", "compute_end"),
        ("Last day of the data", "data_end"),
        ("Report due", "report_due"),
    ):
        if told_as[key]:
            yield [name, told_as[key]]
    for name, key in (
        ("Granted", "limit"),
        ("Used", "consumed"),
        ("of which by jobs that still run", "running"),
        ("Left", "left"),
        ("Free to plan", "free_to_plan"),
    ):
        value = told_as[key]
        yield [f"{name} ({unit})", "not recorded" if value is None else Amount(f"{value:.{told.DIGITS}f}")]
    if made.role != "member" and made.not_itemised:
        yield [f"Used, of which no job is on record ({unit})", Amount(decimal(made.not_itemised))]
    yield ["As of", told_as["as_of"]]
    yield ["Source", told_as["source"]]
    if told_as["trouble"]:
        yield ["These figures are old, because", told_as["trouble"]]
    first, last = told.day(made.days.first) or "the beginning", told.day(made.days.last) or "now"
    yield ["Jobs below from", first, "until", last]
    yield ["Jobs below of", "everybody in the project" if made.role != "member" else "you alone"]
