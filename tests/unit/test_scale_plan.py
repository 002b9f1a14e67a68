"""What a cluster may be: of the session's own kind, never longer than the session, and refused with a way out."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from scale_material import facts, in_cores, place

from aif.core.errors import AifError
from aif.refusals import said_in
from aif.scale import place as places
from aif.scale.plan import NotPlanned, plan
from aif.session import NotInASession


def test_eight_gpus_for_an_hour_are_eight_workers_and_eight_gpu_hours() -> None:
    made = plan(place(), gpus=8, hours=1)
    assert (made.workers, made.size.name, made.size.partition) == (8, "gpu", "gpu")
    assert made.most == 8


@pytest.mark.parametrize(
    ("here", "asked", "size"),
    [
        (("slice", "h100_1g.10gb"), {"gpus": 2}, "slice"),
        (("gpu4", "h100"), {"gpus": 2}, "gpu"),
        (("cpu", ""), {"gpus": 2}, "slice"),  # the site's first with a GPU
        (("cpu", ""), {"workers": 2}, "cpu"),
        (("gpu", "h100"), {"workers": 2}, "gpu"),
        (("cpu", ""), {"gpus": 2, "size": "gpu"}, "gpu"),
    ],
)
def test_workers_are_of_the_sessions_own_kind_where_nothing_is_said(
    here: tuple[str, str], asked: dict[str, Any], size: str
) -> None:
    assert plan(place(*here), **asked).size.name == size


def test_no_worker_outlives_its_session() -> None:
    assert timedelta(minutes=89) < plan(place(), gpus=1, hours=2).time <= timedelta(minutes=90)
    assert plan(place(), gpus=1, hours=1).time == timedelta(hours=1)
    assert plan(place(ends_at=None), gpus=1).time == timedelta(hours=8), "the size's own limit"


def test_seven_slices_cost_one_gpu() -> None:
    assert plan(place("slice", "h100_1g.10gb"), gpus=7, hours=1).most == 1


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            {"gpus": 8, "hours": 1, "free": 7.5},
            ("8.00 GPU-hours", "7.50 are free", "7 of them for 1 h or all for 56 min"),
        ),
        ({"gpus": 8, "hours": 1, "free": 0.01}, ("0.01 are free", "who leads the project")),
        ({"gpus": 2, "size": "gpu8"}, ("“gpu8”", "slice, gpu, cpu")),
        ({"gpus": 2, "size": "cpu"}, ("has no GPU", "workers=")),
        ({"gpus": 2, "workers": 3}, ("both", "Leave one of them out")),
        ({"gpus": -1}, ("-1", "from 0 to 1000")),
        ({"gpus": 2.5}, ("2.5", "whole number")),
        ({"gpus": 2, "hours": 0.01}, ("0.01", "5 min to 8 h")),
        ({"gpus": 2, "hours": 99}, ("99", "8 h")),
        ({"gpus": 2, "hours": "two"}, ("'two'", "hours=2")),
        ({"gpus": 2, "hours": float("nan")}, ("nan", "hours=2")),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(asked: dict[str, Any], says: tuple[str, ...]) -> None:
    with pytest.raises(NotPlanned) as refusal:
        plan(place(), **asked)
    for words in says:
        assert words in str(refusal.value)


def test_what_is_free_to_the_last_hour_may_be_used() -> None:
    assert plan(place(), gpus=8, hours=1, free=8.0).most == Fraction(8)


def test_a_budget_of_its_own_is_the_most_it_costs() -> None:
    made = plan(place(), gpus=8, hours=1, free=4.0, budget=Fraction(4))
    assert made.most == 4
    assert plan(place(), gpus=8, hours=1, budget=Fraction(16)).most == 8


def test_a_cluster_is_priced_and_refused_in_the_unit_of_the_budget() -> None:
    """Workers of two cores each, whatever GPUs they have."""
    assert [one.price for one in in_cores().sizes] == [2, 2, 2]
    assert plan(in_cores(), workers=4, hours=1, size="cpu").most == 8
    with pytest.raises(NotPlanned) as refusal:
        plan(in_cores(), workers=4, hours=1, size="cpu", free=4.0)
    assert str(refusal.value).startswith("4 × No GPU for 1 h costs up to 8.00 core-hours. 4.00 are free to plan.")
    assert "kost hooguit 8 kernuur. Er is 4 vrij te plannen." in said_in(refusal.value, "nl")


def test_a_session_about_to_end_starts_no_workers() -> None:
    with pytest.raises(NotPlanned, match="Start the next session first"):
        plan(place(minutes=3), gpus=1)


def test_a_session_knows_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "public.json").write_text(json.dumps(facts()))
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path))
    here = places.place()
    assert (here.account, here.qos, here.cluster.slurm_conf) == ("mobility01", "mobility01", "/etc/slurm/slurm.conf")
    assert [one.price for one in here.sizes] == [Fraction(1, 7), 1, 0]


def test_a_session_from_before_clusters_says_what_to_do() -> None:
    older = facts()
    del older["scale"]
    with pytest.raises(NotInASession, match=r"older workbench.*Start a session"):
        places.parse(older)


@pytest.mark.parametrize("held", [None, "", "{}", json.dumps({**facts(), "scale": {}})])
def test_elsewhere_it_says_so(held: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path))
    if held is not None:
        (tmp_path / "public.json").write_text(held)
    with pytest.raises(NotInASession, match=r"gpu_cluster\(\)") as refusal:
        places.place()
    assert isinstance(refusal.value, AifError)
