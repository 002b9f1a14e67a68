"""The sentences for one choice, what would be sooner, and the same choice in Slurm's terms."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from budget_material import balance
from hub_material import CPU, PROJECTS, SLICE, request, site
from launcher_material import Desk

from aif.core.ledger.allocation import Allocation
from aif.core.request import JobRequest
from aif.core.site import Site
from aif_hub.calendar import Cap
from aif_hub.choice import Choice, choice
from aif_hub.estimates import Estimate, Honesty, Record
from aif_hub.expert import SESSION, expert
from aif_hub.funds import Funds
from aif_hub.paying import Payment
from aif_hub.speech import speak

NOW = datetime(2027, 4, 1, 12, 0, tzinfo=UTC)
GPU = {**SLICE, "name": "gpu", "title": "One GPU", "partition": "gpu", "gpu_type": "h100", "gpu_weight": "1"}
FREE = {("demo", "h100_1g.10gb"): (9, 49), ("demo", "h100"): (0, 12)}
GOOD = Record(now=Honesty(tried=10, close=9), later=Honesty(tried=12, close=5))


@pytest.fixture
def here() -> Site:
    return site(profile=[SLICE, GPU, CPU])


def expected(minutes: float | None) -> Estimate:
    return Estimate(None if minutes is None else NOW + timedelta(minutes=minutes), NOW)


def said(here: Site, one: JobRequest, estimate: Estimate | None, record: Record = GOOD, **caps: Cap) -> Choice:
    return choice(unknown(one), estimate, record, FREE, caps, here, NOW)


def unknown(one: JobRequest) -> Payment:
    """The request on a budget that nobody has read yet."""
    project, allocation = PROJECTS[0], Allocation("inspect01", one.account)
    return Payment(one, Funds(project, (allocation,), {}), allocation, None)


def text(found: Choice) -> str:
    return re.sub(r"<[^>]+>", "", found.sentence).strip()


def whole_gpu(here: Site, minutes: int = 120) -> JobRequest:
    return JobRequest.parse({"profile": "gpu", "minutes": minutes}, here, PROJECTS)


def test_now(here: Site) -> None:
    found = said(here, request(minutes=120), expected(0.5))
    assert text(found) == "Can start now. Ends at 14:00 at the latest and costs at most 0.29 GPU-hours."
    assert found.record == "Of the last 10 such expectations, 9 were right within 2 minutes."
    assert found.instead is None


def test_later_and_what_is_sooner(here: Site) -> None:
    found = said(here, whole_gpu(here), expected(90))
    assert text(found) == (
        "Slurm expects a place from 13:30 on (about 1 h 30 min). "
        "Ends at 15:30 at the latest and costs at most 2 GPU-hours."
    )
    assert found.record == "Of the last 12 such expectations, 5 were right within 2 minutes."
    assert found.instead is not None
    assert found.instead.text == (
        "There is a place now for “Small GPU part”. It runs for 2 h at most and costs at most 0.29 GPU-hours."
    )
    assert found.instead.options == {"profile": "slice", "minutes": "120", "project": "inspect01"}


def test_no_estimate_is_said_and_its_record_is_not(here: Site) -> None:
    found = said(here, whole_gpu(here), expected(None))
    assert text(found).startswith("Slurm cannot say when this will start.")
    assert text(found).endswith("It runs for 2 h at most and costs at most 2 GPU-hours.")
    assert found.record == ""
    assert found.instead is not None


def test_without_an_answer_what_is_free_is_all_that_is_said(here: Site) -> None:
    assert text(said(here, whole_gpu(here), None)).startswith("It waits until there is a place.")
    assert text(said(here, request(minutes=60), None)).startswith("There is a place now. Ends at 13:00")
    free = said(here, request(profile="cpu", minutes=60), None)
    assert text(free) == "It runs for 1 h at most and costs no GPU-hours."


def test_while_slurm_is_asked_nothing_is_said_to_have_a_place(here: Site) -> None:
    def meanwhile(one: JobRequest) -> str:
        return text(choice(unknown(one), None, GOOD, FREE, {}, here, NOW, asking=True))

    free = meanwhile(request(minutes=60))
    assert free == "It runs for 1 h at most and costs at most 0.15 GPU-hours."
    assert meanwhile(whole_gpu(here)).startswith("It waits until there is a place. It runs for 2 h at most")


def test_too_few_estimates_claim_nothing(here: Site) -> None:
    few = Record(now=Honesty(tried=4, close=4), later=Honesty(tried=50, close=50))
    assert said(here, request(), expected(0), few).record == ""


def test_what_is_offered_instead_fits_before_maintenance(here: Site) -> None:
    short = Cap(60, "Maintenance")
    found = said(here, whole_gpu(here), expected(90), slice=short).instead
    assert found is not None
    assert found.options["profile"] == "cpu"
    assert said(here, whole_gpu(here), expected(90), slice=short, cpu=short).instead is None
    assert said(here, whole_gpu(here), expected(90), slice=short, cpu=Cap(0, "Closed")).instead is None


@pytest.mark.parametrize("estimate", [expected(90), expected(None), None])
def test_with_all_gpus_taken_the_size_that_needs_none_is_offered(here: Site, estimate: Estimate | None) -> None:
    taken = {("demo", "h100_1g.10gb"): (0, 49), ("demo", "h100"): (0, 12)}
    for asked in ("gpu", "slice"):
        one = JobRequest.parse({"profile": asked, "minutes": 120}, here, PROJECTS)
        found = choice(unknown(one), estimate, GOOD, taken, {}, here, NOW).instead
        assert found is not None
        assert found.text == (
            "“No GPU” needs no GPU, so it usually starts at once. It runs for 2 h at most and costs no GPU-hours."
        )
        assert found.options == {"profile": "cpu", "minutes": "120", "project": "inspect01"}


def test_who_needs_no_gpu_or_can_start_now_is_offered_nothing_else(here: Site) -> None:
    taken = {("demo", "h100_1g.10gb"): (0, 49), ("demo", "h100"): (0, 12)}
    without = request(profile="cpu", minutes=60)
    assert choice(unknown(without), expected(90), GOOD, taken, {}, here, NOW).instead is None
    assert choice(unknown(whole_gpu(here)), expected(0), GOOD, taken, {}, here, NOW).instead is None


def test_what_is_offered_instead_is_as_long_as_its_size_allows() -> None:
    short = site(profile=[GPU, {**CPU, "hours_default": 1, "hours_max": 1}])
    cap = {"cpu": Cap(60)}  # as it is without maintenance
    found = choice(unknown(whole_gpu(short)), expected(90), GOOD, {}, cap, short, NOW).instead
    assert found is not None
    assert (found.options["profile"], found.options["minutes"]) == ("cpu", "60")


@pytest.mark.parametrize(("left", "offered"), [(4, "cpu"), (3, None)])
def test_what_is_offered_instead_can_be_paid(here: Site, left: int, offered: str | None) -> None:
    """Where a core-hour is the unit, the size without a GPU may cost more than the one with it."""
    small = site(profile=[{**GPU, "cpus": 1}, CPU])
    one = whole_gpu(small)
    of = Allocation("inspect01", "inspect01", unit="core-hour", limit=Fraction(left))
    paid = Payment(one, Funds(PROJECTS[0], (of,), {}), of, balance(of, NOW))
    found = choice(paid, expected(90), GOOD, {}, {}, small, NOW).instead
    assert (found and found.options["profile"]) == offered
    if found:
        assert found.text.endswith("It runs for 2 h at most and costs at most 4 core-hours.")


@pytest.mark.parametrize(
    ("unit", "slice_", "none"),
    [
        ("gpu-hour", "costs at most 0.29 GPU-hours", " and costs no GPU-hours"),
        ("core-hour", "costs at most 4 core-hours", " and costs at most 4 core-hours"),
        ("node-hour", "costs at most 2 node-hours", " and costs at most 2 node-hours"),
        ("billing-hour", "costs at most 0.29 GPU-hours", "; what it costs, Slurm works out"),
    ],
)
def test_what_is_offered_instead_has_its_price_in_the_unit_of_what_pays(
    here: Site, unit: str, slice_: str, none: str
) -> None:
    one, of = whole_gpu(here), Allocation("inspect01", "inspect01", unit=unit)
    paid = Payment(one, Funds(PROJECTS[0], (of,), {}), of, None)
    free = choice(paid, expected(90), GOOD, FREE, {}, here, NOW)
    taken = choice(paid, expected(90), GOOD, {}, {}, here, NOW)
    assert free.instead is not None
    assert taken.instead is not None
    assert free.instead.text.endswith(f"It runs for 2 h at most and {slice_}.")
    assert taken.instead.text.endswith(f"It runs for 2 h at most{none}.")


def test_clock_times_can_be_said_in_the_readers_zone(here: Site) -> None:
    assert '<time datetime="2027-04-01T14:00:00+00:00">14:00</time>' in said(here, request(minutes=120), None).sentence


def test_in_dutch(here: Site) -> None:
    async def play() -> str:
        speak("nl")
        return text(said(here, request(minutes=120), expected(0)))

    assert asyncio.run(play()) == "Kan nu starten. Loopt tot uiterlijk 14.00 uur en kost hooguit 0,29 GPU-uur."


def test_an_expert_sees_what_the_launcher_submits(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    session = "0" * 31 + "1"
    one = request(minutes=120)
    desk.submit(session, job=one.launcher_job())
    argv = desk.calls("sbatch").split("---\n")[0].splitlines()
    script = (desk.record / "sbatch.stdin").read_text()

    program = tmp_path / "site" / "libexec" / "aif-launch"
    settings = tmp_path / "site" / "etc" / "launcher.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(desk.settings))
    shown = expert(one, str(desk.home), site(launcher=["sudo", "-n", str(program)], session={"server": "lab"})).command
    command, _here, rest = shown.replace(SESSION, session).partition(" << 'END'\n")
    assert command.split() == ["sbatch", *argv]
    assert rest == script + "END\n"


def test_settings_that_cannot_be_read_leave_the_terms() -> None:
    shown = expert(request(), "/home/demo-a", site())
    assert shown.command == ""
    assert ("GRES", "gpu:h100_1g.10gb:1") in shown.terms


def test_the_price_of_a_choice_is_exact() -> None:
    four = site(profile=[{**GPU, "name": "four", "gpus": 4}])
    one = JobRequest.parse({"minutes": 45}, four, PROJECTS)
    assert text(said(four, one, None)).endswith("costs at most 3 GPU-hours.")
