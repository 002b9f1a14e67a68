"""What Slurm prints, read: captured from 22.05, and as 26.11 writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aif.core.errors import SlurmError
from aif.core.jobs import history, look, node_addresses, parse_history, parse_look
from aif.core.states import EndCause, Phase

RECORDS = Path(__file__).parent / "records"
line = st.lists(st.text(max_size=12) | st.sampled_from(["1", "12", "RUNNING", "²", "٣", "9" * 40]), max_size=8)
lines = st.lists(line.map("|".join), max_size=5).map("\n".join)


def test_the_queue_of_22_05_is_read() -> None:
    seen = parse_look((RECORDS / "squeue-22.05.txt").read_text())
    assert {job_id: job.phase for job_id, job in seen.items()} == {
        915: Phase.WAITING,
        916: Phase.WAITING,
        917: Phase.WAITING,
        918: Phase.RUNNING,
        919: Phase.ENDED,
        920: Phase.WAITING,
        921: Phase.WAITING,
        922: Phase.RUNNING,
    }
    running, waiting, failed = seen[918], seen[916], seen[919]
    assert (running.uid, running.node, running.reason) == (1049, "gpu02", "")
    assert running.left == timedelta(minutes=4, seconds=58)
    assert running.starts == datetime(2026, 11, 22, 14, 33, 28, tzinfo=UTC)
    assert (waiting.node, waiting.reason) == ("", "BeginTime")
    assert seen[915].starts is None
    assert seen[921].left == timedelta(days=1)
    assert (failed.end_cause, failed.reason) == (EndCause.FAILED, "NonZeroExitCode")


def test_the_queue_of_26_11_is_read() -> None:
    seen = parse_look((RECORDS / "squeue-26.11.txt").read_text())
    phases = [seen[job_id].phase.value for job_id in range(101, 111)]
    assert phases == [
        *("waiting", "waiting", "waiting", "running", "running", "ended", "waiting", "waiting", "waiting", "unknown")
    ]
    assert seen[109].reason == "ReqNodeNotAvail, UnavailableNodes:gpu[01-03]"
    assert (seen[109].left, seen[105].left, seen[102].left) == (None, None, timedelta.max)
    assert seen[106].end_cause is EndCause.OUT_OF_MEMORY


def test_the_accounting_of_22_05_is_read() -> None:
    known = parse_history((RECORDS / "sacct-22.05.txt").read_text())
    assert {job_id: job.end_cause.value for job_id, job in known.items() if job.phase is Phase.ENDED} == {
        1: "finished",
        19: "out of memory",
        72: "cancelled",
        75: "cancelled",
        86: "cancelled",
        187: "failed",
        384: "cancelled",
        386: "cancelled",
    }
    assert known[87].phase is Phase.RUNNING
    assert (known[87].ended, known[72].node, known[86].node) == (None, "", "mig01")
    assert 999999 not in known


def test_the_accounting_of_26_11_is_read() -> None:
    known = parse_history((RECORDS / "sacct-26.11.txt").read_text())
    assert [known[job_id].end_cause.value for job_id in (101, 104, 105, 106)] == [
        *("cancelled", "time limit", "node failed", "preempted")
    ]
    assert (known[101].starts, known[107].phase) == (None, Phase.WAITING)


def test_node_addresses_are_read_once_a_node() -> None:
    answer = node_addresses().parse((RECORDS / "sinfo-addresses-22.05.txt").read_text())
    assert answer == {f"{node}": f"127.200.1.{n}" for n, node in enumerate(("gpu01", "gpu02", "gpu03", "mig01"), 1)}


@pytest.mark.parametrize("parse", [parse_look, parse_history])
@given(text=st.text(max_size=200) | lines)
def test_no_text_breaks_the_look_and_what_does_not_fit_is_left_out(parse, text: str) -> None:  # type: ignore[no-untyped-def]
    try:
        found = parse(text)
    except SlurmError:
        found = {}
        assert text.strip()
    for job_id, job in found.items():
        assert job_id == job.job_id > 0 or job_id == 0
        assert isinstance(job.phase, Phase)


@pytest.mark.parametrize("parse", [parse_look, parse_history])
def test_an_answer_without_a_job_in_it_says_nothing_and_an_empty_one_says_that_there_are_none(parse) -> None:  # type: ignore[no-untyped-def]
    assert parse("") == parse("\n") == {}
    with pytest.raises(SlurmError, match="could not be read"):
        parse("<html>502 Bad Gateway\n12|x|RUNNING\n")


def test_the_commands_print_nothing_that_a_person_can_set() -> None:
    printed = " ".join((*look("aif").argv, *history([1]).argv))
    assert not {"%j", "%k", "%Z", "%o", "Comment", "JobName", "WorkDir"} & set(printed.replace("|", " ").split())


def test_many_ids_are_one_query() -> None:
    assert history([3, 1, 2]).argv[:5] == ("sacct", "-X", "-P", "-j", "1,2,3")
