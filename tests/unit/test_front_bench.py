"""The parts of `aif bench front` that need no hub: what slurmdbd was asked, and which sentences are missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aif_hub.bench import clicking, expecting, measure

STATS = """
Cluster 'demo' rollup statistics
Hour  last ran Tue Nov 24 11:00:00 2026 (1795518000)

Remote Procedure Call statistics by message type
	DBD_FINI                 ( 1401) count:92     ave_time:3023   total_time:278160
	DBD_STEP_START           ( 1442) count:40     ave_time:1572   total_time:62907
	DBD_GET_ASSOCS           ( 1410) count:12     ave_time:23471  total_time:281663
	DBD_GET_JOBS_COND        ( 1444) count:3      ave_time:1597   total_time:4792

Remote Procedure Call statistics by user
	root                     (     0) count:150    ave_time:3023   total_time:278160
"""


def test_only_what_somebody_asked_the_accounting_is_counted() -> None:
    assert measure.parse_accounting_calls(STATS) == 15


def test_every_page_has_an_address_and_everybodys_pages_need_no_session() -> None:
    assert {clicking.address(page, "demo-class01") for page in (*clicking.OFTEN, "sign-in")}
    assert set(clicking.OFTEN) - clicking.EVERYBODYS == {"waiting", "ended"}


def test_each_choice_is_another_so_that_slurm_is_asked_for_each() -> None:
    assert len(set(expecting.CHOICES)) == len(expecting.CHOICES) >= 20


def test_who_never_started_was_told_wrong_once_the_time_is_past() -> None:
    now = datetime.now(UTC)
    told = [
        expecting.Told(now, now, now + timedelta(seconds=119)),
        expecting.Told(now, now, now - timedelta(seconds=121)),
        expecting.Told(now, now - timedelta(seconds=121)),
        expecting.Told(now, now + timedelta(hours=1)),  # may still come true
    ]
    assert expecting.judged(told, now) == (3, 1)


def test_who_was_told_now_is_counted_apart_from_who_was_told_a_later_time() -> None:
    now = datetime.now(UTC)
    at_once, soon, later = (expecting.Told(now, now + timedelta(seconds=wait)) for wait in (0, 60, 61))
    assert list(expecting.by_kind([at_once, later, soon]).values()) == [[at_once, soon], [later]]
