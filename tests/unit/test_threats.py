"""The line a threat with which the tests of security end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from threats import THREATS

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


@pytest.fixture
def lines(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    monkeypatch.setattr(sys, "path", [str(TESTS), *sys.path])
    pytester.makeconftest((TESTS / "threat_plugin.py").read_text())
    pytester.makepyfile(MARKED)
    shown = pytester.runpytest_inprocess("-p", "no:cacheprovider").outlines
    return {line.split()[0]: line.split() for line in shown if line.startswith("T")}


def test_each_threat_has_a_line_with_its_attempts_and_what_got_through(lines: dict[str, list[str]]) -> None:
    ends = {threat: " ".join(words[-5:]) for threat, words in lines.items()}
    assert ends["T4"] == "4 tried 0 got through"
    assert ends["T9"] == "2 tried 1 got through"
    assert ends["T12"] == "1 tried 0 got through"
    assert ends["T13"] == "1 tried 1 got through"
    assert ends["T18"] == "not tried in this run"
    assert len(lines) == 18


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
