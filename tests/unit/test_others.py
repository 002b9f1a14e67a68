"""Other ways for a session that waits long: which are offered, in which order, and what each says."""

from __future__ import annotations

from dataclasses import replace

import hub_material as material
import pytest
from test_waiting_pages import ASKED, LOOK, NOW, SITE, rendered, text

from aif_hub.views_others import Free, others
from aif_hub.views_waiting import waiting

FULL = {
    **material.SLICE,
    "name": "full",
    "title": "Whole GPU",
    "gpu_type": "h100",
    "gpu_weight": 1,
    "hours_default": 1,
    "hours_max": 1,
}
FOUR = {**FULL, "name": "four", "title": "Four GPUs", "gpus": 4, "hours_max": 8}
WIDE = material.site(profile=[FOUR, FULL, material.SLICE, material.CPU])
REQUEST = material.request(profile="slice", minutes=120)


@pytest.mark.parametrize(
    ("free", "order"),
    [
        ({("demo", "h100"): (1, 8)}, ["full", "cpu", "four"]),
        ({("demo", "h100"): (8, 8)}, ["full", "four", "cpu"]),
        ({("demo", "h100"): (0, 8)}, ["cpu", "full", "four"]),
        ({}, ["cpu", "full", "four"]),
    ],
    ids=["one free", "all free", "none free", "not known"],
)
def test_what_begins_soonest_stands_first(free: Free, order: list[str]) -> None:
    assert [one.profile for one in others(REQUEST, WIDE, free)] == order


def test_more_of_the_gpus_that_it_waits_for_are_not_offered_while_they_are_taken() -> None:
    request = material.site(profile=[FULL]).profile("full")
    assert request is not None
    waits = replace(REQUEST, profile="full", gpu_type="h100", gpu_weight=request.gpu_weight)
    assert [one.profile for one in others(waits, WIDE, {("demo", "h100"): (0, 8)})] == ["cpu", "slice"]
    assert [one.profile for one in others(waits, WIDE, {("demo", "h100"): (4, 8)})] == ["four", "cpu", "slice"]


def test_each_has_a_sentence_with_room_length_and_price() -> None:
    full, cpu, four = others(REQUEST, WIDE, {("demo", "h100"): (2, 8)})
    assert full.said.startswith("Free now. Takes 1 h at most, and costs at most 1 GPU-hour.")
    assert "shorter than you asked" in full.said
    assert four.said == "Not free just now either. Takes 2 h at most, and costs at most 8 GPU-hours."
    assert cpu.said.startswith("Needs no GPU")
    assert [one.good for one in (full, cpu, four)] == [True, True, False]


def test_what_is_not_known_is_not_promised() -> None:
    said = {one.profile: one.said for one in others(REQUEST, WIDE, {})}
    assert said["four"].startswith("Slurm has not said")


def test_the_page_offers_each_as_one_button() -> None:
    page = replace(waiting(ASKED, LOOK, NOW, SITE), others=others(REQUEST, WIDE, {("demo", "h100"): (2, 8)}))
    html = rendered("spawn_pending.html", {}, page=page)
    assert html.count('action="/hub/aif/switch"') == 3
    assert 'name="profile" value="full"' in html
    assert 'aria-label="Switch to Whole GPU"' in html
    assert "you keep your place" in text(html)
