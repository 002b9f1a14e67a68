"""Each test that is marked `threat("T4")` counts its attempts; the run ends with a line a threat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from threats import PROPERTY, THREATS, Attempts, table


@pytest.fixture
def attempts(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Iterator[Attempts]:
    """The attempts of a test that is marked with its threat; what an attacker got fails it at the end."""
    attempts = Attempts(_threat(request.node))
    record_property(PROPERTY, attempts.told)
    yield attempts
    threat, _, got = attempts.told
    assert got == [], f"{threat}: {THREATS[threat]}"


def _threat(item: pytest.Item) -> str:
    mark = item.get_closest_marker("threat")
    if mark is None:
        pytest.fail("Say which threat this is: @pytest.mark.threat('T4')", pytrace=False)
    return str(mark.args[0])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A marked test without attempts of its own counts as one."""
    mark = item.get_closest_marker("threat")
    if mark and "attempts" not in getattr(item, "fixturenames", ()):
        item.user_properties.append((PROPERTY, (str(mark.args[0]), [1], [])))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line a threat, after whatever else was tested."""
    rows = list(_rows(terminalreporter.stats))
    if rows:
        terminalreporter.section("threats")
        for line in table(rows):
            terminalreporter.write_line(line)


def _rows(stats: dict[str, list[Any]]) -> Iterator[tuple[str, int, int, bool]]:
    """Each test once: a test that passed and whose fixtures then failed has failed."""
    tests: dict[str, tuple[str, int, int, bool]] = {}
    for outcome in ("passed", "failed", "error"):
        for report in stats.get(outcome, ()):
            properties = getattr(report, "user_properties", ())  # a file that cannot be read has a report, too
            for threat, (cases,), got in (told for name, told in properties if name == PROPERTY):
                tests[report.nodeid] = (threat, cases, len(got), report.passed)
    yield from tests.values()
