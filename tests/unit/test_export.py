"""The usage export: the parts add up to the figure that everybody sees, and nobody reads what is not theirs to read."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hub_material as material
import pytest
from export_material import AS_OF, GRANT, JOBS, START, WHOLE, Bench, job
from hypothesis import given, settings

from aif.core.ledger.job import JobRecord
from aif_hub import spreadsheet
from aif_hub.ledger import export as export_module
from aif_hub.ledger import export_csv, export_json, told
from aif_hub.ledger.api import told_to
from aif_hub.ledger.export import export
from aif_hub.ledger.uses import Days
from aif_hub.ledger.viewer import Viewer

MEMBER, PI, OPERATOR = Viewer("ann", False), Viewer("cleo", False), Viewer("olga", True)
RUNNING = job(900, 3600, "bob", state="RUNNING", end=None, left_seconds=7200, start=AS_OF - timedelta(hours=1))
HISTORY = [job(1, 25200), job(2, 3601, "bob"), job(3, 7200, "cleo", tres=WHOLE), job(4, 60, tres={"cpu": 1, "node": 1})]


async def as_json(bench: Bench, viewer: Viewer, days: Days = Days()) -> Any:  # noqa: B008  # frozen
    made = await export(bench, viewer, bench.balance, days, export_json.row("demo"))
    return json.loads(b"".join(export_json.document(made, told_to(bench, viewer, made.balance))))


async def as_rows(bench: Bench, viewer: Viewer) -> tuple[bytes, list[list[str]]]:
    made = await export(bench, viewer, bench.balance, Days(), export_csv.row("demo"))
    text = b"".join(export_csv.document(made, told_to(bench, viewer, made.balance)))
    return text, list(csv.reader(io.StringIO(text.decode())))


async def test_the_jobs_add_up_to_what_home_and_rest_show(tmp_path: Path) -> None:
    told_as = await as_json(Bench(tmp_path, HISTORY, [RUNNING]), PI)
    assert {one["job"] for one in told_as["jobs"]} == {1, 2, 3, 900}, "a job without a GPU costs nothing of this grant"
    total = sum(Decimal(str(one["amount"])) for one in told_as["jobs"]) + Decimal(str(told_as["unattributed"]))
    assert round(total, told.DIGITS) == round(Decimal(str(told_as["allocation"]["consumed"])), told.DIGITS)
    assert total == pytest.approx(Decimal(str(told_as["total"])), abs=Decimal("1e-10"))
    assert told_as["not_itemised"] == 0
    assert told_as["as_of"] == told_as["allocation"]["as_of"]


@given(JOBS)
@settings(max_examples=10, deadline=None)
async def test_for_any_history_people_weeks_and_jobs_each_add_up_to_the_total(jobs: list[JobRecord]) -> None:
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), jobs[: len(jobs) // 2], [*jobs, RUNNING])
        told_as = await as_json(bench, OPERATOR)
        exact = bench.balance.consumed
    for parts in (
        [*(one["amount"] for one in told_as["jobs"]), told_as["unattributed"]],
        [*(one["amount"] for one in told_as["people"]), told_as["unattributed"]],
        [*(one["total"] for one in told_as["weeks"]), told_as["unattributed"]],
        [told_as["total"]],
    ):
        assert abs(sum(map(Fraction, parts), Fraction()) - exact) < Fraction(1, 10**9)
    for week in told_as["weeks"]:
        assert sum(one["amount"] for one in week["people"]) == pytest.approx(week["total"], abs=1e-9)


async def test_a_member_gets_their_own_jobs_and_the_projects_totals(tmp_path: Path) -> None:
    bench = Bench(tmp_path, HISTORY, [RUNNING])
    whole, own = await as_json(bench, PI), await as_json(bench, MEMBER)
    assert {one["login"] for one in own["jobs"]} == {"ann"}
    assert [one["login"] for one in own["people"]] == ["ann"]
    assert {line["login"] for week in own["weeks"] for line in week["people"]} == {"ann"}
    assert own["total"] == whole["total"]
    assert [week["total"] for week in own["weeks"]] == [week["total"] for week in whole["weeks"]]
    assert (own["unattributed"], own["not_itemised"]) == (None, None)
    assert not {"bob", "cleo"} & set(json.dumps(own).replace('"', " ").split())
    text, _rows = await as_rows(bench, MEMBER)
    assert b"bob" not in text
    assert b"cleo" not in text


async def test_days_choose_what_counts_and_a_job_across_midnight_counts_on_both(tmp_path: Path) -> None:
    night = job(1, 4 * 3600, start=START.replace(hour=22), tres=WHOLE)
    bench = Bench(tmp_path, [night])
    evening = START.replace(hour=22).astimezone().date()
    parts = [(await as_json(bench, PI, Days(day, day)))["total"] for day in (evening, evening + timedelta(days=1))]
    assert sum(parts) == pytest.approx(8)
    assert (await as_json(bench, PI, Days(date(2026, 10, 1), None)))["total"] == pytest.approx(8)
    assert (await as_json(bench, PI, Days(None, date(2026, 10, 1))))["jobs"] == []


async def test_a_session_of_ours_is_named_with_its_size(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [job(41, 3600), job(42, 3600, "bob")])
    written = bench.sessions.book.write("ann", "", replace(material.request(), account="inspect01"))
    bench.sessions.book.update(written.session, job_id=41)
    told_as = {one["job"]: (one["session"], one["size"]) for one in (await as_json(bench, PI))["jobs"]}
    assert told_as == {41: (written.session, "slice"), 42: (None, None)}


async def test_what_a_snapshot_has_and_no_job_accounts_for_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path, HISTORY, [RUNNING])
    bench.source._counted.clear()  # as after a restart, while Slurm is away: the queue is not known
    told_as = await as_json(bench, PI)
    assert told_as["not_itemised"] == pytest.approx(1 / 7)
    assert told_as["total"] == pytest.approx(float(bench.balance.consumed))


async def test_the_csv_opens_in_a_spreadsheet_as_what_it_is(tmp_path: Path) -> None:
    _text, rows = await as_rows(Bench(tmp_path, HISTORY, [RUNNING]), PI)
    facts = {row[0]: row[1] for row in rows[: rows.index([])]}
    assert (facts["Project"], facts["Reference"]) == ("Inspection pilot", GRANT.reference)
    assert (facts["First day"], facts["Last day to compute"]) == ("2026-10-01", "2027-01-31")
    jobs = next(at for at, row in enumerate(rows) if row[:2] == ["Job", "Cluster"])
    assert rows[jobs][-1] == "Used (GPU-hours)"
    table = [dict(zip(rows[jobs], row, strict=True)) for row in rows[jobs + 1 :]]
    assert sum(Decimal(row["Used (GPU-hours)"]) for row in table) + Decimal(1) / 3 == pytest.approx(
        Decimal(facts["Used (GPU-hours)"]), abs=Decimal("0.0001")
    )
    assert {row["Name"] for row in table} == {"Ann Ørsted", "'=HYPERLINK(0)", 'Cleo, van de "Hoek"'}
    assert [row["End (ISO 8601)"] for row in table if row["Job"] == "900"] == ["not yet"]


@pytest.mark.parametrize("active", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula_and_a_number_stays_one(active: str) -> None:
    [[text, amount]] = csv.reader(io.StringIO(spreadsheet.rows([[active, spreadsheet.Amount("-0.25")]]).decode()))
    assert text.startswith("'")
    assert amount == "-0.25"


async def test_many_jobs_go_to_a_file_and_not_through_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_module, "IN_MEMORY", 10_000)
    monkeypatch.setattr(export_module, "CHUNK", 5_000)
    many = [job(number, 3600 + number, start=START + timedelta(minutes=number)) for number in range(300)]
    bench = Bench(tmp_path, many)
    made = await export(bench, PI, bench.balance, Days(), export_json.row("demo"))
    assert made.rows._rolled  # type: ignore[attr-defined]
    pieces = list(export_json.document(made, told_to(bench, PI, made.balance)))
    assert max(map(len, pieces)) <= 10_000
    assert len(json.loads(b"".join(pieces))["jobs"]) == len(many)
