"""What a cluster's workers are, as Slurm says it: ended ones are found, what they used is counted, a loop is broken."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from aif.core.clusters import label
from aif.core.errors import SlurmError, SlurmUnreachable
from aif.core.site import Cluster
from aif.core.slurm import Call
from aif.core.states import Phase
from aif.core.workers import WorkerJob, own, parse_own
from aif.scale import watchdog
from aif.scale.plan import NotPlanned
from aif.scale.reasons import why
from aif.scale.tally import MOST_USELESS, Tally
from aif.widgets.figures import speech

ENGLISH = speech("en")
NOW = datetime(2027, 4, 1, 14, 0, tzinfo=UTC)
RUNS = WorkerJob("12_0", "RUNNING", "gpu01", NOW, timedelta(minutes=30))
WAITS = WorkerJob("12_1", "PENDING", reason="Priority")
QUEUE = """\
12_0|RUNNING|gpu01|1806588000|30:00|None
12_1|PENDING|n/a|N/A|0:00|Priority
12_2|PENDING|n/a|1806591600|0:00|Nodes required for job are DOWN, DRAINED | or reserved
12_[3-5]|PENDING|n/a|N/A|0:00|Priority
slurm_load_jobs error: Invalid job id
"""


def test_a_look_has_a_row_a_worker_and_leaves_out_what_does_not_fit() -> None:
    found = parse_own(QUEUE)
    assert list(found) == ["12_0", "12_1", "12_2"]
    assert (found["12_0"].phase, found["12_0"].node, found["12_0"].ran) == (
        Phase.RUNNING,
        "gpu01",
        timedelta(minutes=30),
    )
    assert (why(found["12_0"], ENGLISH), why(found["12_1"], ENGLISH)) == ("", "others are ahead (Priority)")
    assert why(found["12_2"], ENGLISH) == (
        "the computers of this size are switched off or being repaired "
        "(Nodes required for job are DOWN, DRAINED | or reserved)"
    )
    assert found["12_2"].starts is not None
    assert own({"9", "12"}).argv[5:7] == ("-j", "12,9")


def test_what_ended_is_told_and_what_it_used_stays_counted() -> None:
    tally = Tally(Fraction(1, 7))
    assert tally.take({"12_0": RUNS, "12_1": WAITS}, ["12_0", "12_1"], NOW) == []
    ended = replace(RUNS, state="NODE_FAIL", ran=timedelta(minutes=42))
    assert tally.take({"12_0": ended, "12_1": WAITS}, ["12_0", "12_1"], NOW) == ["12_0"]
    assert tally.take({}, ["12_1"], NOW) == [], "one look that does not show it proves nothing"
    assert tally.take({}, ["12_1"], NOW) == ["12_1"]
    assert tally.spent == Fraction(1, 10)
    assert tally.trouble is None


def test_what_ran_since_the_last_look_is_counted_once_when_nobody_looks_any_more() -> None:
    tally = Tally(Fraction(1))
    tally.take({"12_0": RUNS, "12_1": WAITS}, ["12_0", "12_1"], NOW)
    for _ in range(2):
        tally.close(NOW + timedelta(minutes=6))
    assert tally.spent == Fraction(36, 60)


def test_a_budget_is_over_when_it_is_spent() -> None:
    tally = Tally(Fraction(1), Fraction(1, 2))
    tally.take({"12_0": replace(RUNS, ran=timedelta(minutes=29))}, ["12_0"], NOW)
    assert not tally.over
    tally.take({"12_0": RUNS}, ["12_0"], NOW)
    assert tally.over
    assert str(tally.trouble) == "The budget of 0.5 GPU-hours is spent."
    with pytest.raises(NotPlanned, match=r"0\.5 GPU-hours is spent.*budget of its own"):
        tally.again()


def test_a_spent_budget_is_said_in_its_own_unit() -> None:
    tally = Tally(Fraction(2), Fraction(1), unit="core-hour")
    tally.take({"12_0": RUNS}, ["12_0"], NOW)
    assert str(tally.trouble) == "The budget of 1 core-hours is spent."


def test_workers_that_end_at_once_are_not_started_for_ever() -> None:
    tally, told = Tally(Fraction(1)), []
    for number in range(MOST_USELESS):
        failed = WorkerJob(f"{number}_0", "FAILED", ran=timedelta(seconds=2))
        tally.take({failed.job_id: failed}, [failed.job_id], NOW)
        told.append(bool(tally.trouble))
    assert told == [False] * (MOST_USELESS - 1) + [True]
    assert "FAILED" in str(tally.trouble)
    tally.again()
    assert tally.trouble is None, "who asks anew is given as many tries again"
    tally.take({"9_0": replace(failed, job_id="9_0")}, ["9_0"], NOW)
    assert tally.trouble is None


@pytest.mark.parametrize("state", ["CANCELLED", "CANCELLED by 0", "PREEMPTED", "NODE_FAIL"])
def test_one_that_was_cancelled_or_lost_with_its_node_says_nothing_of_the_next(state: str) -> None:
    tally = Tally(Fraction(1))
    for number in range(MOST_USELESS):
        one = WorkerJob(f"{number}_0", state)
        assert tally.take({one.job_id: one}, [one.job_id], NOW) == [one.job_id]
    assert tally.trouble is None


def test_the_longest_wait_is_from_the_first_look_to_the_start() -> None:
    tally = Tally(Fraction(1))
    tally.take({"12_1": WAITS}, ["12_1"], NOW)
    tally.take({"12_1": replace(RUNS, job_id="12_1", starts=NOW + timedelta(seconds=90))}, ["12_1"], NOW)
    assert tally.longest_wait == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("heard", "arrays", "word"),
    [
        ("12\n13\n", ["12", "13"], ""),
        ("12\nclosed\n", ["12"], watchdog.CLOSED),
        ("12\nleaving\n", ["12"], watchdog.LEAVING),
        ("x\n", [], ""),
    ],
)
def test_the_watchdog_keeps_what_it_is_told(heard: str, arrays: list[str], word: str) -> None:
    kept: list[str] = []
    assert watchdog.listen(io.StringIO(heard), kept) == word
    assert kept == arrays


LISTED, PAGE = "ARRAY_JOB_ID|COMMENT\n", "<html>(2 Bad Gateway\n"
AWAY = SlurmUnreachable("scancel", 1, "Unable to contact slurm controller")


def test_the_watchdog_cancels_until_slurm_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "_PAUSES", (0.0,) * 5)
    cluster, calls = Cluster("demo", "/etc/slurm.conf"), []
    answers: list[str | SlurmError] = [
        *(AWAY, PAGE, f"{LISTED}14|aif-x7/2\n15|aif-x8/1\n", AWAY, f"{LISTED}14|aif-x7/2\n", PAGE),
        *(f"{LISTED}14|aif-x7/2\n", ""),
    ]

    def run(call: Call[Any], where: Cluster) -> Any:
        calls.append((call.argv, where))
        answer = answers.pop(0)
        if isinstance(answer, SlurmError):
            raise answer
        return call.parse(answer)

    monkeypatch.setattr(watchdog, "run", run)
    watchdog.cancel(["12", "13"], "aif-x7", cluster)
    assert answers == []
    assert [argv for argv, _ in calls if argv[0] == "scancel"] == [("scancel", "-Q", "12", "13", "14")] * 3


def test_the_watchdog_asks_for_nothing_to_be_cancelled_where_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def run(call: Call[Any], _where: Cluster) -> Any:
        calls.append(call.argv[0])
        return call.parse(LISTED)

    monkeypatch.setattr(watchdog, "run", run)
    watchdog.cancel([], "aif-x7", Cluster("demo", "/etc/slurm.conf"))
    assert calls == ["squeue"]


def test_a_cluster_is_named_in_slurm_as_its_folder_is() -> None:
    assert label("/home/a/.aif/clusters/x7_q") == "aif-x7_q"


def test_a_folder_goes_although_something_is_written_into_it_meanwhile(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "x7"
    folder.mkdir()
    (folder / "key").touch()
    tries: list[str] = []

    def rmtree(path: str, *, ignore_errors: bool) -> None:
        tries.append(path)
        (folder / "key").unlink(missing_ok=True)
        if len(tries) == 2:  # the first time an answer has come into it
            folder.rmdir()

    monkeypatch.setattr(watchdog.shutil, "rmtree", rmtree)
    monkeypatch.setattr(watchdog.time, "sleep", lambda _seconds: None)
    watchdog.clear(str(folder))
    assert len(tries) == 2
    assert not folder.exists()
