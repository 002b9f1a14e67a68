"""Options of one's own stand beside the workbench's, and never in place of what keeps a cluster private."""

from __future__ import annotations

import pytest

from aif.scale.options import KEPT, merged
from aif.scale.plan import NotPlanned

OURS = {
    "walltime": "60",
    "job_extra_directives": ["--qos=a", "--gres=gpu:h100:1"],
    "worker_extra_args": ["--no-dashboard"],
    "scheduler_options": {"host": "127.0.1.1", "dashboard_address": "/a/socket"},
}


def test_directives_are_added_so_that_no_worker_loses_its_gpu() -> None:
    found = merged(OURS, {"job_extra_directives": ["--nice=5"], "worker_extra_args": ["--resources", "A=1"]})
    assert found["job_extra_directives"] == ["--qos=a", "--gres=gpu:h100:1", "--nice=5"]
    assert found["worker_extra_args"] == ["--no-dashboard", "--resources", "A=1"]


def test_the_rest_takes_the_place_of_ours() -> None:
    assert merged(OURS, {"walltime": "30"})["walltime"] == "30"
    assert merged(OURS, {"silence_logs": "info"})["silence_logs"] == "info"


def test_a_scheduler_stays_where_only_its_owner_gets() -> None:
    found = merged(OURS, {"scheduler_options": {"dashboard_address": ":8787", "idle_timeout": "1h"}})
    assert found["scheduler_options"] == {**OURS["scheduler_options"], "idle_timeout": "1h"}


@pytest.mark.parametrize("name", sorted(KEPT))
def test_what_keeps_it_private_is_refused_by_name(name: str) -> None:
    with pytest.raises(NotPlanned, match=f"{name}= was asked for"):
        merged(OURS, {name: None})


@pytest.mark.parametrize("directive", ["--job-name=mine", "-J mine", "--array=0-9"])
def test_what_finds_its_workers_again_is_refused_by_name(directive: str) -> None:
    with pytest.raises(NotPlanned, match=f"{directive} was asked for"):
        merged(OURS, {"job_extra_directives": ["--nice=5", directive]})
