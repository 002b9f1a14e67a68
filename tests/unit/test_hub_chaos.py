"""The parts of `aif bench chaos` that need no Slurm: its plan, and an auditor before made-up books."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest
from chaos_material import LATE, SESSION, WHO, books, counts, job, record

from aif_hub.bench.chaos import on_hub, on_sessions, on_slurm, on_starts
from aif_hub.bench.chaos.auditor import COUNTS, PATIENCE_SECONDS, Auditor
from aif_hub.bench.chaos.books import ENDED, RUNNING, WAITING, Record
from aif_hub.bench.chaos.plan import HUB, KINDS, PERSON, SLURM, plan
from aif_hub.bench.chaos.run import check_clock, main
from aif_hub.bench.chaos.stage import faketime
from aif_hub.demo.errors import DemoError

# -- the plan ----------------------------------------------------------------------------------------------------------


def test_a_seed_repeats_its_events_and_another_does_not() -> None:
    assert plan(7, 90, 5) == plan(7, 90, 5)
    assert plan(7, 90, 5) != plan(8, 90, 5)


@pytest.mark.parametrize("seed", range(4))
def test_every_kind_happens_before_one_happens_again_and_everybody_has_their_turn(seed: int) -> None:
    spans = {**HUB, **SLURM, **PERSON}
    found = plan(seed, 2 * len(spans), 4)
    kinds = [event.kind for event in found.events]
    assert set(kinds[: len(spans)]) == set(kinds[len(spans) :]) == set(spans)
    assert [event.number for event in found.events] == list(range(1, 2 * len(spans) + 1))
    for event in found.events:
        least, most = spans[event.kind]
        assert least <= event.seconds <= most
    lengths = {len(lane) for lane in found.people}
    assert max(lengths) - min(lengths) <= 1
    assert all(event.person == at for at, lane in enumerate(found.people) for event in lane)


def test_what_this_machine_cannot_do_is_left_out_and_as_many_events_are_left() -> None:
    found = plan(1, 60, 3, frozenset({"clock-step"}))
    assert len(found.events) == 60
    assert "clock-step" not in {event.kind for event in found.events}


def test_every_kind_of_the_plan_has_an_injection() -> None:
    assert set(HUB) == on_hub.KINDS
    assert set(SLURM) == on_slurm.KINDS
    assert set(PERSON) == on_starts.KINDS | on_sessions.KINDS


def test_the_clock_goes_wrong_by_the_library_of_this_machine_wherever_debian_has_it(tmp_path: Path) -> None:
    assert faketime(tmp_path) is None
    for name in ("aaa-linux-gnu", f"{platform.machine()}-linux-gnu"):
        library = tmp_path / name / "faketime/libfaketimeMT.so.1"
        library.parent.mkdir(parents=True)
        library.touch()
        assert faketime(tmp_path) == library


def test_without_that_library_the_bench_says_how_to_get_it_and_how_to_do_without_it(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"apt-get install libfaketime, or leave that out with --without clock-step\.$"):
        check_clock([], None)
    check_clock(["clock-step"], None)
    check_clock([], tmp_path)


@pytest.mark.parametrize(
    ("kinds", "words"), [(["nonsense"], "invalid choice: 'nonsense'"), (sorted(KINDS), "nothing is left")]
)
def test_a_kind_that_there_is_not_and_no_kind_at_all_are_refused(
    kinds: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([word for kind in kinds for word in ("--without", kind)])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_each_state_of_slurms_is_one_thing_and_a_word_that_nobody_knows_is_none() -> None:
    tables = [WAITING, RUNNING, ENDED]
    assert len(frozenset().union(*tables)) == sum(map(len, tables))
    for state, waits, runs, ended in (
        ("PENDING", True, False, False),
        ("COMPLETING", False, True, False),
        ("CANCELLED by 1003", False, False, True),
        ("NO_SUCH_STATE", False, False, False),
    ):
        one = job(state)
        assert (one.waits, one.runs, one.ended) == (waits, runs, ended)


# -- the auditor -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "state", "shown"),
    [
        ("submitted", "PENDING", "submitted"),
        ("submitted", "PENDING", "waiting"),
        ("submitted", "RUNNING", "starting"),
        ("ready", "RUNNING", "ready"),
        ("ready", "SUSPENDED", "paused"),
        ("submitted", "STOPPED", "paused"),
        ("ready", "SUSPENDED", "stopping"),
        ("ready", "RUNNING", "stopping"),
        ("ended", "COMPLETED", None),
    ],
)
def test_books_that_agree_are_never_counted(step: str, state: str, shown: str | None) -> None:
    auditor = Auditor()
    auditor.may_end(SESSION, "stopped")
    known = record(step, cause="stopped" if step == "ended" else "")
    servers = {} if state == "COMPLETED" else None
    for at in (0.0, LATE):
        auditor.seen(books(at, [known], [job(state)], shown, servers))
    assert counts(auditor) == {}
    assert auditor.agree(0.5, WHO)
    assert auditor.differing() == []


def test_a_record_that_is_gone_is_a_lost_session() -> None:
    auditor = Auditor()
    auditor.seen(books(0))
    auditor.seen(books(1, [], [], None, {}))
    auditor.seen(books(2, [], [], None, {}))
    assert counts(auditor) == {"lost": 1}


def test_a_session_that_nothing_ended_is_lost_and_one_that_was_stopped_is_not() -> None:
    ended = record("ended", cause="failed")
    auditor = Auditor()
    auditor.seen(books(0, [ended], [job("FAILED")], None, {}))
    assert counts(auditor) == {"lost": 1}
    auditor = Auditor()
    auditor.may_end(SESSION, "failed")
    auditor.seen(books(0, [ended], [job("FAILED")], None, {}))
    assert counts(auditor) == {}


def test_a_session_that_its_person_is_not_shown_is_lost_after_half_a_minute() -> None:
    auditor = Auditor()
    for at in (0.0, PATIENCE_SECONDS):
        auditor.seen(books(at, shown=None))
    assert counts(auditor) == {}
    auditor.seen(books(LATE, shown=None))
    assert counts(auditor) == {"lost": 1}


def test_a_session_without_a_job_is_lost_after_half_a_minute_in_which_nothing_held_up_its_submission() -> None:
    auditor = Auditor()
    written = [record("written", job=None)]
    for at in (0.0, 20.0):
        auditor.seen(books(at, written, [], "written", {}))
    with auditor.excused(WHO):
        auditor.seen(books(21, written, [], "written", {}))
        auditor.seen(books(200, written, [], "written", {}))
    with auditor.without_slurm("slurm-zero-bytes"):
        auditor.seen(books(201, written, [], "written", {}))
        auditor.seen(books(230, written, [], "unknown", {}))
    with auditor.without_hub("hub-killed"):
        auditor.seen(books(230.5, written, [], "written", {}))
    for at in (231.0, 241.0):
        auditor.seen(books(at, written, [], "written", {}))
    assert counts(auditor) == {}
    auditor.seen(books(242, written, [], "written", {}))
    assert counts(auditor) == {"lost": 1}


def test_a_session_that_is_neither_shown_nor_has_a_job_is_lost_by_each_for_itself() -> None:
    auditor = Auditor()
    written = [record("written", job=None)]
    for at in (0.0, 20.0):
        auditor.seen(books(at, written, [], None, {}))
    for at in (21.0, LATE):
        auditor.seen(books(at, shown=None))
    assert counts(auditor) == {"lost": 1}


def test_a_job_without_an_open_session_is_an_orphan_after_half_a_minute() -> None:
    auditor = Auditor()
    auditor.may_end(SESSION, "stopped")
    ended = [record("ended", cause="stopped")]
    for at in (0.0, PATIENCE_SECONDS):
        auditor.seen(books(at, ended, shown=None))
    assert counts(auditor) == {}
    auditor.seen(books(LATE, ended, shown=None))
    assert counts(auditor) == {"orphans": 1}


def test_a_process_that_outlives_its_job_is_an_orphan() -> None:
    auditor = Auditor()
    auditor.may_end(SESSION, "stopped")
    for at in (0.0, LATE):
        auditor.seen(books(at, [record("ended", cause="stopped")], [job("COMPLETED")], None))
    assert counts(auditor) == {"orphans": 1}


def test_a_second_job_of_a_session_is_a_double_even_when_the_first_has_gone() -> None:
    auditor = Auditor()
    auditor.seen(books(0))
    assert counts(auditor) == {}
    auditor.seen(books(1, jobs=[job(number=18)], servers={}))
    assert counts(auditor) == {"doubles": 1}


def test_a_second_open_session_of_a_server_is_a_double() -> None:
    auditor = Auditor()
    second = "1e" * 16
    auditor.seen(books(0, [record(), record(session=second, job=18)], [job(), job(number=18, session=second)]))
    assert counts(auditor) == {"doubles": 1}


def test_a_job_that_was_cancelled_by_nobodys_wish_is_counted_and_one_that_was_is_not() -> None:
    auditor = Auditor()
    auditor.seen(books(0, jobs=[job("CANCELLED by 0")], servers={}))
    assert counts(auditor) == {"healthy_cancelled": 1}
    auditor = Auditor()
    auditor.may_end(SESSION, "cancelled")
    auditor.seen(books(0, jobs=[job("CANCELLED")], servers={}))
    assert counts(auditor) == {}


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("PENDING", "ready"),
        ("PENDING", "starting"),
        ("RUNNING", "waiting"),
        ("RUNNING", "unknown"),
        ("RUNNING", "paused"),
        ("SUSPENDED", "ready"),
        ("SUSPENDED", "silent"),
        ("PENDING", "silent"),
        ("FAILED", "ready"),
    ],
)
def test_what_is_shown_and_is_not_so_counts_after_half_a_minute(state: str, shown: str) -> None:
    auditor = Auditor()
    servers = {} if state not in ("RUNNING", "SUSPENDED") else None
    for at in (0.0, PATIENCE_SECONDS):
        auditor.seen(books(at, jobs=[job(state)], shown=shown, servers=servers))
    assert counts(auditor) == {}
    assert not auditor.agree(-1, WHO)
    auditor.seen(books(LATE, jobs=[job(state)], shown=shown, servers=servers))
    assert counts(auditor) == {"untrue_over_30s": 1}


def test_each_time_that_something_untrue_is_shown_counts_once() -> None:
    auditor = Auditor()
    for at in (0.0, LATE, LATE + 1):
        auditor.seen(books(at, shown="waiting"))
    auditor.seen(books(50))
    for at in (60.0, 60 + LATE):
        auditor.seen(books(at, shown="waiting"))
    assert counts(auditor) == {"untrue_over_30s": 2}


def test_a_cause_of_an_end_that_is_not_the_true_one_counts_at_once() -> None:
    auditor = Auditor()
    auditor.may_end(SESSION, "time limit")
    auditor.seen(books(0, [record("ended", cause="finished")], [job("TIMEOUT")], None, {}))
    assert counts(auditor) == {"untrue_over_30s": 1}


def test_unknown_is_true_while_slurm_cannot_be_reached_and_for_half_a_minute_after() -> None:
    auditor = Auditor()
    with auditor.without_slurm("slurmctld-away"):
        for at in (0.0, 100.0):
            auditor.seen(books(at, jobs=None, shown="unknown"))
            auditor.seen(books(at + 1, shown="unknown"))
    for at in (102.0, 102 + PATIENCE_SECONDS):
        auditor.seen(books(at, shown="unknown"))
    assert counts(auditor) == {}
    auditor.seen(books(102 + LATE, shown="unknown"))
    assert counts(auditor) == {"untrue_over_30s": 1}


def test_everybody_agrees_when_each_has_agreed_since() -> None:
    auditor, other = Auditor(), Record("2d" * 16, "demo-class02", "", "ended", None, "never started")
    auditor.may_end(other.session, "never started")
    auditor.seen(books(5, [record(), other]))
    assert auditor.agree(4)
    auditor.seen(books(6, [record(), other], shown="waiting"))
    assert not auditor.agree(5)
    assert auditor.agree(5, "demo-class02")


def test_every_count_is_printed_by_its_name() -> None:
    assert tuple(Auditor().counts()) == COUNTS
