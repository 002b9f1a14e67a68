"""What a person asks for: either a request made of the site's own facts, or a refusal in words. Never anything else."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from typing import Any

import pytest
from hub_material import PROJECTS, request, site
from hypothesis import given
from hypothesis import strategies as st

from aif.core.errors import RequestError
from aif.core.request import KEYS, JobRequest, Project

SITE = site()
TRUSTED = {
    *("slice", "Small GPU part", "cpu", "No GPU", "demo", "mig", "h100_1g.10gb", ""),
    *(value for project in PROJECTS for value in (project.account, project.qos)),
}
odd = st.one_of(
    st.text(max_size=60),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.binary(max_size=9),
    st.sampled_from(
        [
            *(
                "slice\n",
                "slice\x00",
                "{{ account }}",
                "$(id)",
                "`id`",
                "--uid=0",
                "ѕlice",
                "SLICE",
                " slice",
                "x" * 10240,
            ),
            *(
                "inspect01;id",
                "inspect01,root",
                "inspect01\n#SBATCH --uid=0",
                "٦٠",
                "60.0",
                "6e1",
                "+60",
                " 60",
                "0x3c",
            ),
            *("-5", "1" * 400, "ⅷ", "60\n", 1e309, -1, 0, 4, 2**63, True, 60.0),
        ]
    ),
)
nested = st.recursive(
    odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd, inner, max_size=3), max_leaves=6
)
key = st.sampled_from([*KEYS, *KEYS, "cmd", "options", "_xsrf", "prologue", "partition", "account"]) | st.text(
    max_size=9
)
right = st.sampled_from(["slice", "cpu", "inspect01", "trn0007", 60, "60", 5, 480])


def parsed(options: dict[str, Any]) -> JobRequest | RequestError:
    try:
        return JobRequest.parse(options, SITE, PROJECTS)
    except RequestError as error:
        return error


@given(st.dictionaries(key, nested | right, max_size=4))
def test_anything_is_a_request_of_the_sites_own_facts_or_a_refusal(options: dict[str, Any]) -> None:
    made = parsed(options)
    if isinstance(made, RequestError):
        assert made.asked
        assert made.allowed
        assert str(made).isprintable()
        assert len(str(made)) < 400
        return
    texts = [value for value in dataclasses.asdict(made).values() if isinstance(value, str)]
    assert set(texts) <= TRUSTED
    assert type(made.minutes) is int
    assert 5 <= made.minutes <= 720
    assert set(options) <= set(KEYS)


def test_nothing_asked_is_the_first_profile_its_default_length_and_the_first_project() -> None:
    made = request()
    assert (made.profile, made.minutes, made.account, made.qos) == ("slice", 120, "inspect01", "sme-inspect01")
    assert (made.memory_mb, made.gpu_weight, made.gpu_type) == (4096, Fraction(1, 7), "h100_1g.10gb")


@pytest.mark.parametrize(("asked", "minutes"), [(5, 5), ("5", 5), (480, 480), ("480", 480), ("000060", 60)])
def test_lengths_come_as_numbers_or_as_a_forms_text(asked: object, minutes: int) -> None:
    assert request(minutes=asked).minutes == minutes


@pytest.mark.parametrize("asked", [4, 481, "481", True, 60.0, "60.0", "٦٠", "", [], "-60", 10**30])
def test_a_length_that_the_profile_does_not_have_is_refused_with_what_it_has(asked: object) -> None:
    with pytest.raises(RequestError) as caught:
        request(minutes=asked)
    assert "from 5 minutes to 8 h" in caught.value.allowed
    assert "480" in caught.value.todo


def test_a_refusal_says_asked_allowed_and_what_to_do() -> None:
    with pytest.raises(RequestError) as caught:
        request(profile="whole\nnode")
    assert str(caught.value) == ("There is no size called “whole�node”. The sizes are slice, cpu. Choose one of these.")


def test_somebody_elses_project_is_refused() -> None:
    with pytest.raises(RequestError, match="You cannot use the project “ops01”"):
        request(project="ops01")


def test_without_a_project_there_is_nothing_to_ask_for() -> None:
    with pytest.raises(RequestError, match="not a member of a project yet"):
        JobRequest.parse({}, SITE, ())


@given(st.sampled_from(["slice", "cpu"]), st.integers(5, 480), st.sampled_from(["inspect01", "trn0007"]))
def test_a_request_survives_json(profile: str, minutes: int, project: str) -> None:
    made = request(profile=profile, minutes=minutes, project=project)
    assert JobRequest.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_the_launcher_gets_null_for_what_is_not_set() -> None:
    job = JobRequest.parse({"profile": "cpu"}, SITE, [Project("a", "A")]).launcher_job()
    assert (job["qos"], job["gpu_type"], job["reservation"], job["gpus"], job["nodes"]) == (None, None, None, 0, 1)
