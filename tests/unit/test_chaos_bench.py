"""The parts of `aif bench cluster`'s faults that need no Slurm: their order, and what the auditor makes of it all."""

from __future__ import annotations

import pytest

from aif_hub.bench.auditor import OUTLIVED_SECONDS, UNEXPLAINED_SECONDS, Auditor, Seen
from aif_hub.bench.cluster_chaos import listed
from aif_hub.bench.faults import KINDS, faults


def test_a_seed_repeats_its_faults_and_another_does_not() -> None:
    assert faults(7, 40) == faults(7, 40)
    assert faults(7, 40) != faults(8, 40)


@pytest.mark.parametrize("seed", range(5))
def test_every_kind_happens_before_one_happens_again_and_lasts_as_long_as_it_may(seed: int) -> None:
    found = faults(seed, 2 * len(KINDS))
    assert {one.kind for one in found[: len(KINDS)]} == {one.kind for one in found[len(KINDS) :]} == set(KINDS)
    for one in found:
        least, most = KINDS[one.kind]
        assert least <= one.seconds <= most
        assert 0 <= one.choice < 1
    assert len(faults(seed, 3)) == 3


def short(at: float, *, explained: bool = False, observed: int = 3, jobs: frozenset[str] = frozenset()) -> Seen:
    return Seen(at, 4, observed, explained, jobs)


def test_workers_that_miss_without_a_reason_count_once_for_each_time() -> None:
    auditor = Auditor()
    for at in (0.0, UNEXPLAINED_SECONDS, UNEXPLAINED_SECONDS + 1, UNEXPLAINED_SECONDS + 2):
        auditor.seen(short(at))
    assert auditor.figures()["unexplained_over_30s"] == 1
    auditor.seen(short(70, observed=4))
    auditor.seen(short(71))
    auditor.seen(short(72 + UNEXPLAINED_SECONDS))
    assert auditor.figures()["unexplained_over_30s"] == 2


def test_a_reason_or_a_kernel_that_could_show_nothing_begins_the_time_anew() -> None:
    auditor = Auditor()
    auditor.seen(short(0))
    auditor.seen(short(20, explained=True))
    auditor.seen(short(21))
    auditor.seen(short(50))
    auditor.paused()
    auditor.seen(short(60))
    auditor.seen(short(60 + UNEXPLAINED_SECONDS))
    assert auditor.figures()["unexplained_over_30s"] == 0


def test_a_job_may_outlive_its_kernel_by_a_minute_and_no_longer() -> None:
    auditor = Auditor()
    auditor.ended("x7", 100)
    auditor.jobs(100 + OUTLIVED_SECONDS, [("12_0", "x7"), ("12_1", "x7")])
    assert auditor.figures()["zombies_over_60s"] == 0
    auditor.jobs(101 + OUTLIVED_SECONDS, [("12_1", "x7")])
    auditor.jobs(102 + OUTLIVED_SECONDS, [("12_1", "x7")])
    assert auditor.zombies == {"12_1": "x7"}


def test_a_job_that_its_own_cluster_does_not_know_is_left_over_too() -> None:
    auditor = Auditor()
    auditor.seen(short(0, jobs=frozenset({"12_0"})))
    for at in (0.0, OUTLIVED_SECONDS, OUTLIVED_SECONDS + 1):
        auditor.jobs(at, [("12_0", "y1"), ("12_1", "y1")])
    assert list(auditor.zombies) == ["12_1"]


def test_one_that_was_on_its_way_is_not_left_over() -> None:
    auditor = Auditor()
    auditor.seen(short(0))
    auditor.jobs(0, [("12_0", "y1")])
    auditor.seen(short(5, jobs=frozenset({"12_0"})))
    auditor.jobs(6, [("12_0", "y1")])
    auditor.seen(short(90))
    auditor.jobs(OUTLIVED_SECONDS + 40, [("12_0", "y1")])
    assert auditor.figures()["zombies_over_60s"] == 0


def test_a_wrong_result_is_kept_with_its_words_and_a_right_one_with_its_beginning() -> None:
    auditor = Auditor()
    auditor.result(10.0, "")
    auditor.result(12.0, "squares 3: 1 for 2")
    assert (auditor.last_right, auditor.wrong) == (10.0, ["squares 3: 1 for 2"])
    assert auditor.figures() == {"wrong_results": 1, "zombies_over_60s": 0, "unexplained_over_30s": 0}


def test_each_job_is_listed_with_the_folder_of_its_cluster() -> None:
    out = "12_3   /home/a b/.aif/clusters/x7/logs/aif-worker-15.out\n13_0    /dev/null\n"
    assert listed(out) == [("12_3", "x7"), ("13_0", "")]
