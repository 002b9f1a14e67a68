"""How far people are in the tutorials, in the hub's database: each person's own counts, and nothing else is taken."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hub_material import database
from hypothesis import given, settings
from hypothesis import strategies as st

from aif_hub.progress import MOST_EXERCISES, MOST_TUTORIALS, ProgressRecord, Standing, parse

NOW = datetime(2027, 4, 1, 14, 30, tzinfo=UTC)
ONE = {"name": "01_spreadsheet", "exercises": 4, "done": 2, "seen_at": "2027-04-01T16:30:00+02:00", "newer": False}


def body(*tutorials: Any) -> bytes:
    return json.dumps({"tutorials": tutorials}).encode()


@pytest.fixture
def record(tmp_path: Path) -> ProgressRecord:
    return ProgressRecord(database(tmp_path / "hub.sqlite"), lambda: NOW)


def test_a_report_is_kept_across_a_restart_and_the_next_one_takes_its_place(
    record: ProgressRecord, tmp_path: Path
) -> None:
    told = parse(body(ONE, {**ONE, "name": "02_data", "done": 4, "newer": True}))
    assert told["01_spreadsheet"] == Standing("01_spreadsheet", 4, 2, NOW)
    assert [one.state for one in told.values()] == ["working", "done"]
    record.tell("demo-a", told)
    again = ProgressRecord(database(tmp_path / "hub.sqlite"), lambda: NOW)
    assert record.of("demo-a") == again.of("demo-a") == told
    again.tell("demo-a", parse(body({**ONE, "done": 3})))
    assert {name: one.done for name, one in again.of("demo-a").items()} == {"01_spreadsheet": 3}
    again.tell("demo-a", {})
    assert ProgressRecord(database(tmp_path / "hub.sqlite"), lambda: NOW).of("demo-a") == {}


def test_a_persons_is_theirs_alone(record: ProgressRecord) -> None:
    record.tell("demo-a", parse(body(ONE)))
    record.tell("demo-b", parse(body({**ONE, "done": 0})))
    record.tell("demo-b", {})
    assert record.of("demo-a")["01_spreadsheet"].done == 2
    assert record.of("demo-b") == record.of("demo-c") == {}


def test_what_nobody_worked_on_for_two_years_is_forgotten(record: ProgressRecord, tmp_path: Path) -> None:
    record.tell("demo-a", parse(body(ONE, {**ONE, "name": "02_data", "seen_at": "2025-03-30T14:30:00Z"})))
    later = ProgressRecord(database(tmp_path / "hub.sqlite"), lambda: NOW + timedelta(days=1))
    assert set(later.of("demo-a")) == {"01_spreadsheet"}


@pytest.mark.parametrize(
    "sent",
    [
        *(b"", b"[]", b"null", b"{}", b"\xff", b'{"tutorials": {}}', b'{"tutorials": [1]}', b'{"tutorials": [[]]}'),
        json.dumps({"tutorials": [], "login": "demo-b"}).encode(),
        body(ONE, ONE),
        body(*({**ONE, "name": f"01_{at}"} for at in range(MOST_TUTORIALS + 1))),
        body({**ONE, "tries": 7}),
        body({key: ONE[key] for key in ONE if key != "newer"}),
        *(body({**ONE, "name": name}) for name in ("", "x", "01_", "01_A", "01_../x", "01_" + "a" * 61, 1, None)),
        *(body({**ONE, "done": done}) for done in (-1, 5, 2.0, True, "2", None)),
        body({**ONE, "exercises": MOST_EXERCISES + 1}),
        *(body({**ONE, "newer": newer}) for newer in (0, "no", None)),
        *(body({**ONE, "seen_at": at}) for at in ("", "today", "2027-04-01T16:30:00", 7, None, "2" * 41)),
        body({**ONE, "seen_at": "0001-01-01T00:00:00+14:00"}),
        b'{"tutorials": [' + b" " * 60_000 + b"]}",
    ],
    ids=lambda sent: str(sent)[:60],
)
def test_what_is_no_report_is_refused_in_words(sent: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(sent)


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.sampled_from([*ONE]), one),
        max_leaves=8,
    )
)
def test_whatever_is_taken_is_within_its_bounds(odd: Any) -> None:
    for key in ONE:
        try:
            told = parse(body({**ONE, key: odd}))
        except ValueError:
            continue
        (one,) = told.values()
        assert 0 <= one.done <= one.exercises <= MOST_EXERCISES
        assert one.seen_at.tzinfo is UTC
