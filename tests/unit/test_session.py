"""`from aif import session`: right facts inside a session, a sentence that helps outside."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aif import AifError, NotInASession, session

FACTS = {
    "profile": "slice", "title": "Small GPU part", "project": "inspect01", "gpus": 1, "gpu_type": "h100_1g.10gb",
    "minutes": 120, "cluster": "demo", "session": "0" * 32, "node": "mig01", "address": "127.18.1.4", "job_id": 4711,
    "gpus_visible": "0",
}  # fmt: skip


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path))
    now = datetime.now(UTC)
    times = {"started_at": now.isoformat(), "ends_at": (now + timedelta(hours=2, seconds=30)).isoformat()}

    def write(**changes: object) -> None:
        (tmp_path / "public.json").write_text(json.dumps({**FACTS, **times, **changes}))

    write()
    return write


def test_a_session_knows_its_size_place_and_end(facts):
    here = session()
    assert (here.profile, here.project, here.node, here.gpus, here.job_id) == ("slice", "inspect01", "mig01", 1, 4711)
    assert here.ends_at is not None
    assert here.ends_at.tzinfo is not None
    assert timedelta(hours=2) <= here.time_left <= timedelta(hours=2, minutes=1)


def test_it_cannot_be_changed(facts):
    with pytest.raises(AttributeError):
        session().gpus = 8


def test_it_reads_in_plain_words(facts):
    text = repr(session())
    assert text.splitlines()[0] == "Small GPU part"
    assert "1 × h100_1g.10gb" in text
    assert "mig01, job 4711" in text
    assert "2 h (until " in text


def test_time_left_is_never_negative(facts):
    facts(ends_at=(datetime.now(UTC) - timedelta(minutes=1)).isoformat())
    assert session().time_left == timedelta(0)
    assert "none, ended at" in repr(session())


def test_an_unknown_end_is_said_and_not_guessed(facts):
    facts(ends_at=None, job_id=None)
    assert session().time_left is None
    assert repr(session()).count("not recorded here") == 2


def test_a_session_without_gpus_says_none(facts):
    facts(gpus=0, gpu_type=None)
    assert "none" in repr(session())


def test_the_html_has_row_headers_a_caption_and_escapes(facts):
    facts(title="<script>alert(1)</script>")
    html = session()._repr_html_()
    assert "<script" not in html
    assert "<caption" in html
    assert html.count('scope="row"') == 4


def test_outside_a_session_the_error_says_what_to_do(monkeypatch):
    monkeypatch.delenv("AIF_SESSION_DIR", raising=False)
    with pytest.raises(NotInASession, match="Start a session there"):
        session()
    assert issubclass(NotInASession, AifError)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"ends_at": "2026-01-01T00:00:00"}'])
def test_a_broken_file_is_a_sentence_too(facts, tmp_path, content):
    (tmp_path / "public.json").write_text(content)
    with pytest.raises(NotInASession, match="is not complete"):
        session()


def test_a_time_without_a_zone_is_refused(facts):
    facts(started_at="2026-01-01T00:00:00")
    with pytest.raises(NotInASession, match="no time zone"):
        session()


def test_a_missing_file_is_named(facts, tmp_path):
    (tmp_path / "public.json").unlink()
    with pytest.raises(NotInASession, match=r"public\.json cannot be read"):
        session()
