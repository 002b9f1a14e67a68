"""`from aif import allocation`: plain numbers for code, words for people, and a sentence where there is nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from told_material import AS_OF, TODAY, as_told, balance, write_session

from aif import AifError, NoFigures, NotInASession, allocation, allocations
from aif.core.ledger.usage import PersonUse
from aif.widgets.figures import speech
from aif.widgets.kept import people

MOBILITY = as_told(
    balance(name="mobility01-nl", account="mobility01", limit=Fraction(20000), settled=Fraction(12288)), "pi"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path))
    write_session(tmp_path, MOBILITY, as_told(balance()))
    return tmp_path


def test_its_figures_are_plain_numbers_in_its_unit(folder: Path) -> None:
    here = allocation()
    assert (here.unit, here.limit, here.state, here.source) == ("gpu-hour", 500.0, "active", "slurm")
    assert (here.consumed, here.committed, here.left, here.free_to_plan) == (4.1548, 0.2857, 495.8452, 495.5595)
    assert (here.rate, here.days_left, here.as_of, here.compute_end) == (0.1429, 60, AS_OF, TODAY + timedelta(days=60))
    assert here.as_of.tzinfo is not None
    assert here.people[0].login == "marieke"
    assert here.days[-1] == (TODAY, 0.0)
    assert len(here.days) == 30


def test_the_one_that_pays_for_this_session_is_first(folder: Path) -> None:
    assert [one.name for one in allocations()] == ["inspect01", "mobility01-nl"]
    write_session(folder, MOBILITY, as_told(balance()), project="mobility01")
    assert [one.name for one in allocations()] == ["mobility01-nl", "inspect01"]
    assert allocation().name == "mobility01-nl"
    second = as_told(balance(name="inspect01-b"))
    write_session(folder, MOBILITY, as_told(balance()), second, allocation="inspect01-b")
    assert [one.name for one in allocations()] == ["inspect01-b", "inspect01", "mobility01-nl"]


def test_each_is_had_by_its_name_or_its_project(folder: Path) -> None:
    assert allocation("mobility01-nl").limit == allocation("mobility01").limit == 20000.0


def test_a_name_that_is_not_there_is_answered_with_those_that_are(folder: Path) -> None:
    with pytest.raises(NoFigures, match=r'no allocation "mobility".*"inspect01", "mobility01-nl"'):
        allocation("mobility")


def test_what_is_not_recorded_is_none_and_said_so(folder: Path) -> None:
    unknown = balance(limit=None, settled=None, compute_end=None)
    write_session(folder, as_told(unknown))
    here = allocation()
    figures = (here.limit, here.consumed, here.committed, here.left, here.free_to_plan, here.rate)
    assert (*figures, here.days_left, here.lasts_until) == (None,) * 8
    assert "not recorded here" in repr(here)
    assert "No limit is recorded here." in repr(here)
    bundle, _ = here._repr_mimebundle_()
    assert ">0<" not in bundle["text/html"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "Run this again in a minute"),
        ("{", "not complete"),
        ("[]", "not complete"),
        ('{"allocations": [{}]}', "not complete"),
        ('{"allocations": []}', "Ask who leads your project"),
        ('{"allocations": [], "not_read_yet": []}', "Ask who leads your project"),
        ('{"allocations": [], "not_read_yet": ["inspect01"]}', "has not read the figures"),
    ],
)
def test_a_file_that_says_nothing_is_answered_with_what_to_do(folder: Path, content: str | None, says: str) -> None:
    file = folder / "allocations.json"
    file.unlink() if content is None else file.write_text(content)
    with pytest.raises(NoFigures, match=says):
        allocation()


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "allocations.json").unlink()
    (folder / "allocations.json").mkdir()
    with pytest.raises(NoFigures, match=r"allocations\.json cannot be read"):
        allocation()


def test_outside_a_session_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIF_SESSION_DIR", raising=False)
    with pytest.raises(NotInASession, match=r"leave allocation\(\) out"):
        allocation()


def test_a_notebook_shows_an_error_of_ours_without_our_code() -> None:
    assert NoFigures("Nothing here. Run it again.")._render_traceback_() == ["NoFigures: Nothing here. Run it again."]
    assert issubclass(NoFigures, AifError)


def test_it_reads_in_plain_words(folder: Path) -> None:
    lines = repr(allocation()).splitlines()
    assert lines[0] == "Inspection pilot (inspect01): ● Active"
    assert lines[1] == "  495.8 GPU-hours left · 60 days left"
    assert lines[-1] == "  As of 1 April 2027, 09:02 · Slurm’s record"
    assert "  0.14 GPU-hours an hour now." in lines


def test_it_speaks_the_language_of_the_session(folder: Path) -> None:
    write_session(folder, as_told(balance(limit=Fraction(12500))), language="nl")
    text = repr(allocation())
    assert "12.495,8 GPU-uur over · 60 dagen over" in text
    assert "Stand van 1 april 2027, 09.02 uur · registratie van Slurm" in text


def test_the_people_add_up_to_what_is_used_for_a_member_and_for_who_leads() -> None:
    used = balance(unattributed=Fraction(1, 3), settled=Fraction(55, 420) + 4 + Fraction(1, 3))
    words = speech("en")
    assert list(people(as_told(used), words)) == [
        ("Marieke de Vries", "0.15", "0.29"),
        ("Others in the project", "4.33", "0"),
    ]
    assert list(people(as_told(used, "pi"), words)) == [
        ("Joost Visser", "4", "0"),
        ("Marieke de Vries", "0.15", "0.29"),
        ("Not by one person", "0.33", ""),
    ]


def test_the_kept_html_is_data_and_no_script(folder: Path) -> None:
    write_session(folder, as_told(balance(title="<script>x</script>", people=(PersonUse("<b>", Fraction(9)),)), "pi"))
    html = allocation()._repr_mimebundle_()[0]["text/html"]
    assert "<script" not in html
    assert "<b>" not in html
    assert 'role="img" aria-label="4.15 used, 0.29 committed, 495.6 free to plan, of 500 GPU-hours"' in html
    assert "Run the cell again" in html


def test_importing_aif_brings_no_widget_library_with_it() -> None:
    check = "import sys, aif; print([name for name in ('anywidget', 'ipywidgets', 'IPython') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_an_environment_without_anywidget_still_shows_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aif.widgets.allocation", None)
    bundle, _ = allocation()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}


def test_the_rest_body_is_there_whole(folder: Path) -> None:
    assert allocation("mobility01").told == MOBILITY == json.loads(json.dumps(MOBILITY))
    assert allocation("mobility01").lasts_until is None or isinstance(allocation("mobility01").lasts_until, date)
