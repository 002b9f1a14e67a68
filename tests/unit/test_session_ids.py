"""The look by which lost jobs are found, and the ids by which they are known for ours."""

from __future__ import annotations

from datetime import UTC, datetime

from hub_material import LOGIN, UID
from hypothesis import given
from hypothesis import strategies as st

from aif.core.tags import parse_tagged, tagged
from aif_hub.session_ids import SessionIds

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
IDS = SessionIds(lambda: b"of this hub", "10.0.0.1:8081")


def test_a_comment_passes_for_no_row() -> None:
    lost = IDS.new(LOGIN)
    row = f"8|{UID}|RUNNING|mig01|mig|inspect01|2:00:00|N/A|1|2|{lost}"
    found = parse_tagged(f"x|7|{UID}|RUNNING|mig01|mig|inspect01|2:00:00|N/A|1|2|mine\n{row}\ny|{row}", "x")
    assert [(one.job_id, one.comment) for one in found] == [(7, "mine")]
    assert tagged("aif").argv != tagged("aif").argv, "no row's first word can be known beforehand"


@given(st.text(max_size=200))
def test_no_text_breaks_the_look(text: str) -> None:
    parse_tagged(f"x|{text}\n{text}", "x")


@given(st.text("0123456789abcdef", min_size=32, max_size=32))
def test_no_id_is_ours_that_we_did_not_make(text: str) -> None:
    assert not IDS.is_ours(text, LOGIN)
    assert IDS.is_ours(IDS.new(LOGIN), LOGIN)
