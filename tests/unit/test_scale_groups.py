"""Groups of workers: which is whose, what they are called, and which go first."""

from __future__ import annotations

import pytest
from scale_material import place

from aif.scale.groups import Group, Groups, to_go
from aif.scale.plan import NotPlanned, plan

WORKERS = ["aif-x7-0", "aif-x7-1", "aif-x7-cpu-0", "aif-x7-cpu-1"]


@pytest.fixture
def groups() -> Groups:
    made = Groups("aif-x7")
    made.add(Group("cpu", plan(place(), workers=2, size="cpu"), {}))
    return made


def test_each_worker_is_in_one_group(groups: Groups) -> None:
    assert groups.members("cpu", WORKERS) == WORKERS[2:]
    assert groups.members("", WORKERS) == WORKERS[:2]
    assert groups.new_name("cpu", WORKERS) == "aif-x7-cpu-2"


@pytest.mark.parametrize("name", ["", "CPU", "cpu-2", "1st", "c" * 17, "cpu 2"])
def test_a_name_that_could_be_taken_for_something_else_is_refused(groups: Groups, name: str) -> None:
    with pytest.raises(NotPlanned, match="Its name is a lower-case letter"):
        groups.add(Group(name, plan(place(), workers=1, size="cpu"), {}))


def test_a_group_is_added_once_and_an_unknown_one_is_named_with_what_there_is(groups: Groups) -> None:
    with pytest.raises(NotPlanned, match="has one already"):
        groups.add(Group("cpu", plan(place(), workers=1, size="cpu"), {}))
    with pytest.raises(NotPlanned, match="groups are 'cpu'"):
        groups.get("gpu")
    groups.drop("cpu")
    assert "cpu" not in groups
    assert not groups


def test_those_that_wait_go_first_and_nobody_goes_to_grow() -> None:
    assert to_go(WORKERS[2:], {"aif-x7-cpu-1"}, 1) == ["aif-x7-cpu-0"]
    assert to_go(WORKERS[2:], set(WORKERS), 1) == ["aif-x7-cpu-1"]
    assert to_go(WORKERS[2:], set(WORKERS), 5) == []
