"""The line a threat with which the tests of security end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from threats import THREATS

from aif_hub.demo.cli import AREAS

TESTS = Path(__file__).parents[1]

pytest_plugins = ["pytester"]

MARKED = """
import pytest
from threats import THREATS

@pytest.mark.threat("T4")
def test_holds(attempts):
    attempts.tried(3)
    attempts.check(True, "root")

@pytest.mark.threat("T9")
def test_does_not_hold(attempts):
    attempts.check(True, "the token")
    attempts.check(False, "the key")

@pytest.mark.threat("T12")
def test_counts_as_one():
    pass

@pytest.mark.threat("T13")
def test_breaks():
    raise RuntimeError
"""


#: A test of each threat; what comes behind it is left out in a way of its own.
EVERY = """
import pytest
from threats import THREATS

@pytest.mark.parametrize("one", [pytest.param(one, marks=pytest.mark.threat(one)) for one in THREATS if one != "T18"])
def test_holds(one):
    pass

@pytest.mark.threat("T18")
def test_the_last(attempts):
    attempts.tried()
"""
LEFT_OUT = {
    "nothing": "",
    "by a mark": "@pytest.mark.skip\n@pytest.mark.threat('T9')\ndef test_more(): pass",
    "by a mark, with attempts": "@pytest.mark.skip\n@pytest.mark.threat('T9')\ndef test_more(attempts): pass",
    "in the test": "@pytest.mark.threat('T9')\ndef test_more(attempts): attempts.tried(); pytest.skip('no browser')",
    "as it is known to fail": "@pytest.mark.xfail\n@pytest.mark.threat('T9')\ndef test_more(): assert False",
    "a threat without a case": "del test_the_last\n@pytest.mark.threat('T18')\ndef test_more(attempts): pass",
    "a threat without a test": "del test_the_last",
    "something else": "@pytest.mark.skip\ndef test_more(): pass",
}


@pytest.fixture
def tried(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for tests of threats."""
    monkeypatch.setattr(sys, "path", [str(TESTS), *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    pytester.makeconftest((TESTS / "threat_plugin.py").read_text())
    return pytester


@pytest.fixture
def lines(tried: pytest.Pytester) -> dict[str, list[str]]:
    tried.makepyfile(MARKED)
    shown = tried.runpytest_inprocess("-p", "no:cacheprovider").outlines
    return {line.split()[0]: line.split() for line in shown if line.startswith("T")}


def test_each_threat_has_a_line_with_its_attempts_and_what_got_through(lines: dict[str, list[str]]) -> None:
    ends = {threat: " ".join(words[-5:]) for threat, words in lines.items()}
    assert ends["T4"] == "4 tried 0 got through"
    assert ends["T9"] == "2 tried 1 got through"
    assert ends["T12"] == "1 tried 0 got through"
    assert ends["T13"] == "1 tried 1 got through"
    assert ends["T18"] == "not tried in this run"
    assert len(lines) == 18


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_a_run_of_every_threat_fails_where_something_of_one_is_left_out(tried: pytest.Pytester, left_out: str) -> None:
    whole = left_out in ("nothing", "something else")
    tried.makepyfile(f"{EVERY}\n{LEFT_OUT[left_out]}\n")
    ran = tried.runpytest_inprocess("-p", "no:cacheprovider", "--every-threat")
    assert ran.ret == (pytest.ExitCode.OK if whole else pytest.ExitCode.TESTS_FAILED)
    assert ("not shown to hold" in ran.stdout.str()) == (not whole)


def test_it_fails_where_a_whole_file_is_left_out(tried: pytest.Pytester) -> None:
    tried.makepyfile(test_every=EVERY, test_more="import pytest\npytest.skip('no', allow_module_level=True)")
    ran = tried.runpytest_inprocess("-p", "no:cacheprovider", "--every-threat")
    assert ran.ret == pytest.ExitCode.TESTS_FAILED
    ran.stdout.fnmatch_lines("test_more.py was left out, *")


@pytest.mark.parametrize("words", [[], ["--every-threat", "-k", "holds"], ["--every-threat", "-m", "not slow"]])
def test_a_run_of_some_tests_does_not(tried: pytest.Pytester, words: list[str]) -> None:
    tried.makepyfile(f"{EVERY}\n{LEFT_OUT['in the test']}\n{LEFT_OUT['a threat without a test']}\n")
    ran = tried.runpytest_inprocess("-p", "no:cacheprovider", *words)
    assert ran.ret == 0
    assert "not shown to hold" not in ran.stdout.str()


@pytest.mark.parametrize(("left_out", "status"), [("nothing", 0), ("in the test", 1)])
def test_so_it_is_where_the_tests_are_parted_over_processes(
    tried: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, left_out: str, status: int
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # three processes are quick without what they do not need
    tried.makepyfile(f"{EVERY}\n{LEFT_OUT[left_out]}\n")
    ran = tried.runpytest_subprocess("-p", "xdist.plugin", "-n", "2", "-p", "no:cacheprovider", "--every-threat")
    assert ran.ret == status


def test_the_word_security_asks_for_every_threat_and_for_every_file_that_tries_one() -> None:
    *places, every = AREAS["security"]
    assert every == "--every-threat"
    marked = [path for path in TESTS.rglob("test_*.py") if "pytest.mark.threat(" in path.read_text()]
    asked = [TESTS.parent / place for place in (*places, "tests/unit/test_threats.py")]
    assert [path for path in marked if not any(path.is_relative_to(place) for place in asked)] == []


def test_the_security_page_has_a_row_for_each_threat() -> None:
    page = (TESTS.parent / "hub_config/docs/operators/security.md").read_text()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line[:3] == "| T" and line[3].isdigit()
    ]
    assert {row[0]: row[1] for row in cells} == THREATS
    assert all(len(row) == 5 and row[2] for row in cells), "each says what is guaranteed"


def test_each_threat_has_a_test_that_is_named_after_it() -> None:
    for threat in THREATS:
        (file,) = (TESTS / "security").glob(f"test_t{int(threat[1:]):02}_*.py")
        assert f'pytest.mark.threat("{threat}")' in file.read_text(), f"{file.name} is marked as something else"
