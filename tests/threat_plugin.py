"""Each test that is marked `threat("T4")` counts its attempts; the run ends with a line a threat.

With `--every-threat`, as `./aif test security` asks, what was not tried fails the run: it is not shown to hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from threats import PROPERTY, THREATS, Attempts, table


def pytest_addoption(parser: pytest.Parser) -> None:
    """Asked for where all tests of threats are."""
    said = "fail if a threat was not tried or a test of one was skipped, unless -k or -m leaves some out"
    parser.addoption("--every-threat", action="store_true", help=said)


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
    """A marked test without attempts of its own counts as one; one with them as none until it has them."""
    if mark := item.get_closest_marker("threat"):
        cases = int("attempts" not in getattr(item, "fixturenames", ()))
        item.user_properties.append((PROPERTY, (str(mark.args[0]), [cases], [])))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The status is the run's own: of several processes, that of the one which has all reports."""
    if session.exitstatus == pytest.ExitCode.OK and _gaps(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line a threat, after whatever else was tested."""
    rows = list(_rows(terminalreporter.stats))
    if rows:
        terminalreporter.section("threats")
        for line in (*table(rows), *_gaps(terminalreporter.config)):
            terminalreporter.write_line(line)


def _gaps(config: pytest.Config) -> list[str]:
    """What was left out of a run that was to try every threat."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")  # none in a process that runs a part
    chosen = config.option
    if reporter is None or not chosen.every_threat or chosen.keyword or chosen.markexpr or chosen.collectonly:
        return []
    tried = {threat for threat, cases, _, _ in _rows(reporter.stats) if cases}
    gaps = [f"{threat} was not tried, so it is not shown to hold." for threat in THREATS if threat not in tried]
    for report in (*reporter.stats.get("skipped", ()), *reporter.stats.get("xfailed", ())):
        # Whose tests were in a file that was skipped as a whole, nobody knows.
        if isinstance(report, pytest.CollectReport) or any(name == PROPERTY for name, _ in report.user_properties):
            gaps.append(f"{report.nodeid} was left out, and its threat is not shown to hold.")
    return gaps


def _rows(stats: dict[str, list[Any]]) -> Iterator[tuple[str, int, int, bool]]:
    """Each test once: a test that passed and whose fixtures then failed has failed."""
    tests: dict[str, tuple[str, int, int, bool]] = {}
    for outcome in ("passed", "failed", "error"):
        for report in stats.get(outcome, ()):
            properties = getattr(report, "user_properties", ())  # a file that cannot be read has a report, too
            for threat, (cases,), got in (told for name, told in properties if name == PROPERTY):
                tests[report.nodeid] = (threat, cases, len(got), report.passed)
    yield from tests.values()
