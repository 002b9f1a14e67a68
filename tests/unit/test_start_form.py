"""What the form of the start page has for each size, length and project."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from test_views import site as site

from aif.core.request import Project
from aif.core.site import Site
from aif_hub.calendar import Cap
from aif_hub.paths import Paths
from aif_hub.views_start import start_form

NOW = datetime.fromisoformat("2027-04-01T14:30:00+02:00")
PATHS = Paths("/hub/", "/", "demo-marieke")
PROJECTS = [Project("mobility01", "Mobility flows"), Project("mobtest01", "Mobility test")]


# Start -------------------------------------------------------------------------------------------------------------

FREE = {("demo", "h100_1g.10gb"): (9, 49), ("demo", "h100"): (3, 12)}


def test_a_size_shows_what_is_free_and_its_price(site: Site) -> None:
    form = start_form(site, PROJECTS, FREE, NOW, {}, NOW)
    small, four, none = form.profiles
    assert (small.free, small.free_tone, small.price) == ("9 of 49 parts free", "good", "0.14 GPU-hours per hour")
    assert (four.free, four.free_tone, four.memory) == ("3 of 12 GPUs free", "warn", "4 × 80 GB of GPU memory")
    assert (none.free, none.price) == ("", "Costs no GPU-hours")


def test_lengths_carry_their_end_on_the_clock(site: Site) -> None:
    form = start_form(site, PROJECTS, FREE, NOW, {}, NOW)
    chosen = next(length for length in form.lengths if length.chosen)
    assert (chosen.minutes, chosen.text, chosen.until.text) == (120, "2 h", "16:30")
    assert (form.profile, form.minutes, form.account) == ("slice", 120, "mobility01")


def test_a_refused_choice_stays_visible(site: Site) -> None:
    wished = {"profile": "four", "minutes": "600", "project": "mobtest01"}
    form = start_form(site, PROJECTS, FREE, NOW, wished, NOW)
    assert [one.name for one in form.profiles if one.chosen] == ["four"]
    assert [one.minutes for one in form.lengths if one.chosen] == [600]
    assert [one.account for one in form.projects if one.chosen] == ["mobtest01"]


@pytest.mark.parametrize("minutes", ["", "0", "-5", "1e9", "99999999999", "two", "１２０", None])
def test_a_wild_length_falls_back_to_the_default(site: Site, minutes: str | None) -> None:
    wished = {"profile": "<script>", "minutes": minutes or "", "project": "x"}
    form = start_form(site, PROJECTS, {}, None, wished, NOW)
    assert [one.minutes for one in form.lengths if one.chosen] == [120]
    assert form.as_of is None


def test_without_a_project_the_form_says_so_by_having_none(site: Site) -> None:
    assert start_form(site, [], FREE, NOW, {}, NOW).projects == ()


def test_lengths_go_as_far_as_the_calendar_and_say_why(site: Site) -> None:
    caps = {"slice": Cap(55, "Maintenance begins at 15:30, so at most 55 min.")}
    form = start_form(site, PROJECTS, FREE, NOW, {}, NOW, caps)
    small = form.profiles[0]
    assert (small.most_minutes, small.most) == (55, "55 min")
    assert small.why == "Maintenance begins at 15:30, so at most 55 min."
    assert form.minutes == 55
    assert 55 in [length.minutes for length in form.lengths]


def test_a_size_for_days_has_each_of_them_to_choose(site: Site) -> None:
    days = replace(site, profiles=(replace(site.profiles[0], hours_max=120.0),))
    form = start_form(days, PROJECTS, FREE, NOW, {}, NOW)
    assert [one.text for one in form.lengths[-5:]] == ["1 d", "2 d", "3 d", "4 d", "5 d"]
