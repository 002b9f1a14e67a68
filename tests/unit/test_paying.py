"""What pays for a start and whether it can; the refusal's words and its ways out; what refuses nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from budget_material import CPU, FOUR, GPU, INSPECT, MOBILITY, NOW, PILOT, REGULAR, SLICE, VISSER, balance, funds
from hub_material import site

from aif.core.errors import RequestError
from aif.core.ledger.usage import Balance
from aif.core.request import JobRequest
from aif.core.site import Site
from aif_hub.book import Session
from aif_hub.choice import choice
from aif_hub.estimates import Estimate, Record
from aif_hub.funds import Funds
from aif_hub.paying import Payment, freed, payment, payments, price_of
from aif_hub.people import Person
from aif_hub.views_payers import payers
from aif_hub.ways_out import check, ways, ways_out

NATIONAL = replace(
    REGULAR, name="mobility-nwo", qos="nwo-mobility01", limit=Fraction(100), compute_end=date(2027, 12, 31)
)
TWO = replace(MOBILITY, all_qos=("research-mobility01", "nwo-mobility01"))
ALLOCATIONS = [
    {"name": "inspect01", "account": "inspect01", "compute_end": date(2027, 5, 31)},
    {
        "name": "mobility-eurohpc",
        "account": "mobility01",
        "qos": "research-mobility01",
        "compute_end": date(2028, 2, 28),
    },
    {"name": "mobility-nwo", "account": "mobility01", "qos": "nwo-mobility01", "compute_end": date(2027, 12, 31)},
]


@pytest.fixture
def here() -> Site:
    projects = [
        {"account": "inspect01", "title": "Inspection pilot"},
        {"account": "mobility01", "title": "Mobility flows"},
    ]
    return site(profile=[SLICE, GPU, FOUR, CPU], project=projects, allocation=ALLOCATIONS)


def of_marieke(*balances: Balance, pi: tuple[Person, ...] = ()) -> Funds:
    return funds(*balances, project=INSPECT, pi=pi)


def of_bakker(regular: Balance, national: Balance) -> Funds:
    return replace(funds(national, regular, project=TWO), allocations=(REGULAR, NATIONAL))


def paid(here: Site, of: Funds, **options: Any) -> Payment:
    return payment(options, here, [of.project], [of], NOW)


def refused(one: Payment, here: Site, now: datetime = NOW) -> str:
    with pytest.raises(RequestError) as caught:
        check(one, here, now)
    assert caught.value.code == "budget"
    return str(caught.value)


# One budget -----------------------------------------------------------------------------------------------------------


def test_marieke_reads_before_and_after(here: Site) -> None:
    """Journey A, step 5: at most 0.29 GPU-hours; left after: at least 499.71."""
    one = paid(here, of_marieke(balance(PILOT)), profile="slice", minutes=120)
    said = choice(one, Estimate(NOW, NOW), Record(), {}, {}, here, NOW)
    assert str(said.sentence.striptags()) == (
        "Can start now. Ends at 11:02 at the latest and costs at most 0.29 GPU-hours; at least 499.71 will be left."
    )
    assert said.budget == "Left now: 500 GPU-hours, as counted at 09:02."
    assert '<data value="499.7143">' in said.sentence


def test_the_two_promises_of_a_sentence_are_rounded_so_that_both_are_kept(here: Site) -> None:
    one = paid(here, of_marieke(balance(PILOT)), profile="slice", minutes=60)
    said = choice(one, Estimate(NOW, NOW), Record(), {}, {}, here, NOW)
    assert "costs at most 0.15 GPU-hours; at least 499.85 will be left." in str(said.sentence.striptags())


def test_what_is_committed_is_not_free_to_plan(here: Site) -> None:
    one = paid(
        here, of_marieke(balance(PILOT, settled=Fraction(100), committed=Fraction(40))), profile="gpu", minutes=60
    )
    said = choice(one, None, Record(), {}, {}, here, NOW)
    assert said.budget == "Left now: 400 GPU-hours, of which 360 are free to plan, as counted at 09:02."
    assert one.after == 359


def test_the_last_hour_that_is_free_can_be_started_and_a_minute_more_cannot(here: Site) -> None:
    of = of_marieke(balance(PILOT, settled=Fraction(499)))
    check(paid(here, of, profile="gpu", minutes=60), here, NOW)
    assert "This could cost 1.02 GPU-hours" in refused(paid(here, of, profile="gpu", minutes=61), here)


def test_a_start_beyond_what_is_free_is_refused_with_three_ways_out(here: Site) -> None:
    of = of_marieke(balance(PILOT, settled=Fraction(488)), pi=(VISSER,))
    one = paid(here, of, profile="gpu4", minutes=480)
    assert refused(one, here) == (
        "This could cost 32 GPU-hours, and Inspection pilot has 12 GPU-hours free to plan. "
        "Choose at most 3 h, choose “One GPU”, or ask Prof. Hanna Visser for more."
    )
    shorter, smaller, ask = ways(ways_out(one, (), here, NOW), one.request.options, here, NOW)
    assert (shorter.label, parse_qs(urlsplit(shorter.href).query)["minutes"]) == ("Choose 3 h", ["180"])
    assert parse_qs(urlsplit(smaller.href).query) == {
        "profile": ["gpu"],
        "minutes": ["480"],
        "project": ["inspect01"],
        "allocation": ["inspect01"],
    }
    assert (smaller.label, ask.label) == ("Choose “One GPU”", "Write to Prof. Hanna Visser")
    assert ask.href.startswith("mailto:?subject=Budget%20of%20Inspection%20pilot&body=")
    assert "“Four GPUs” for 8 h on Inspection pilot. It costs at most 32 GPU-hours" in unquote(ask.href)


def test_each_way_out_can_be_started(here: Site) -> None:
    for used in (488, 499, Fraction(4999, 10), 500):
        of = of_marieke(balance(PILOT, settled=Fraction(used)))
        one = paid(here, of, profile="gpu4", minutes=480)
        for way in ways(ways_out(one, (), here, NOW), one.request.options, here, NOW):
            if way.href.startswith("?"):
                options = {name: values[0] for name, values in parse_qs(way.href[1:]).items()}
                check(payment(options, here, [INSPECT], [of], NOW), here, NOW)


def test_with_nothing_left_what_costs_nothing_can_still_be_started(here: Site) -> None:
    of = of_marieke(balance(PILOT, settled=Fraction(500)))
    check(paid(here, of, profile="cpu"), here, NOW)
    said = refused(paid(here, of, profile="slice"), here)
    assert "Inspection pilot has nothing free to plan. Choose “No GPU”, or ask support@example.org for more." in said


def test_a_mail_goes_to_the_leader_where_the_site_keeps_an_address(here: Site) -> None:
    of = of_marieke(balance(PILOT, settled=Fraction(500)), pi=(replace(VISSER, mail="visser@example.org"),))
    one = paid(here, of, profile="slice")
    assert ways(ways_out(one, (), here, NOW), {}, here, NOW)[-1].href.startswith("mailto:visser@example.org?subject=")


@pytest.mark.parametrize(
    "unknown",
    [
        {"trouble": "sacct failed", "settled": Fraction(500)},
        {"settled": None},
        {"limit": None, "settled": Fraction(9999)},
    ],
    ids=["source-away", "not-recorded", "no-limit"],
)
def test_what_is_not_known_refuses_nobody(here: Site, unknown: dict[str, Any]) -> None:
    one = paid(here, of_marieke(balance(PILOT, **unknown)), profile="gpu4", minutes=480)
    check(one, here, NOW)
    assert one.after is None
    check(replace(one, balance=None), here, NOW)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"suspended": True}, "The operators have suspended it"),
        ({"start": date(2027, 4, 2)}, "It begins on 2 April 2027."),
        ({"compute_end": date(2027, 3, 31)}, "Its last day was 31 March 2027"),
    ],
)
def test_a_closed_budget_starts_nothing_even_where_its_use_is_not_known(
    here: Site, changed: dict[str, Any], said: str
) -> None:
    closed = replace(PILOT, **changed)
    here = replace(here, allocations=(closed,))
    of = replace(of_marieke(balance(closed)), balances={})
    assert said in refused(paid(here, of, profile="cpu"), here)
    (way,) = ways(ways_out(paid(here, of, profile="cpu"), (), here, NOW), {}, here, NOW)
    assert way.href.startswith("mailto:support@example.org?")


def test_other_units_count_nodes_and_cores(here: Site) -> None:
    four = JobRequest.parse({"profile": "gpu4", "minutes": 60}, here, [INSPECT])
    assert [price_of(four, unit) for unit in ("gpu-hour", "node-hour", "core-hour", "billing-hour")] == [4, 1, 2, None]


def test_a_session_that_ended_since_the_count_is_not_in_the_way_of_the_next(here: Site) -> None:
    request = JobRequest.parse({"profile": "gpu4", "minutes": 480, "project": "inspect01"}, here, [INSPECT])
    waited = Session("0" * 32, "m", "", "demo", request, "ended", NOW - timedelta(minutes=9))
    of = of_marieke(balance(PILOT, settled=Fraction(460), committed=Fraction(32)))
    options = {"profile": "gpu4", "minutes": 300}
    stopped = replace(waited, ended_at=NOW + timedelta(seconds=20))
    check(payment(options, here, [INSPECT], [of], NOW, [stopped]), here, NOW)
    for other in (
        replace(waited, step="waiting"),
        replace(waited, ended_at=NOW - timedelta(minutes=1)),
        replace(stopped, written_at=NOW + timedelta(seconds=5)),
        replace(stopped, request=replace(request, account="mobility01")),
    ):
        assert "8 GPU-hours free" in refused(payment(options, here, [INSPECT], [of], NOW, [other]), here)


def test_what_a_session_used_before_the_count_is_not_freed(here: Site) -> None:
    request = JobRequest.parse({"profile": "gpu4", "minutes": 60, "project": "inspect01"}, here, [INSPECT])
    asked, ended = NOW - timedelta(minutes=46), NOW + timedelta(seconds=9)
    ran = Session("0" * 32, "m", "", "demo", request, "ended", asked, started_at=asked, ended_at=ended)
    counted = balance(PILOT, settled=Fraction(499), committed=Fraction(1))
    started = replace(ran, started_at=NOW - timedelta(minutes=45))
    assert freed(counted, [started]) == 1
    assert freed(balance(PILOT, committed=Fraction(9)), [started]) == 1, "the quarter of an hour that it had left"


# Two budgets of one project -------------------------------------------------------------------------------------------


def test_what_ends_first_pays_if_it_can(here: Site) -> None:
    of = of_bakker(balance(REGULAR), balance(NATIONAL))
    assert paid(here, of, profile="gpu", minutes=240).request.allocation == "mobility-nwo"
    full = of_bakker(balance(REGULAR), balance(NATIONAL, settled=Fraction(97)))
    one = paid(here, full, profile="gpu", minutes=240)
    assert (one.request.allocation, one.request.qos) == ("mobility-eurohpc", "research-mobility01")


def test_who_says_which_gets_that_one(here: Site) -> None:
    of = of_bakker(balance(REGULAR), balance(NATIONAL))
    one = paid(here, of, profile="gpu", minutes=240, allocation="mobility-eurohpc")
    assert (one.allocation.name, one.request.account, one.request.qos) == (
        "mobility-eurohpc",
        "mobility01",
        "research-mobility01",
    )
    assert one.request.options["allocation"] == "mobility-eurohpc"
    assert JobRequest.from_json(one.request.to_json()) == one.request


def test_an_allocation_alone_names_its_project(here: Site) -> None:
    request = JobRequest.parse({"allocation": "mobility-nwo"}, here, [INSPECT, TWO])
    assert (request.account, request.qos) == ("mobility01", "nwo-mobility01")


@pytest.mark.parametrize(
    "options",
    [
        {"allocation": "somebody-elses"},
        {"allocation": ["mobility-nwo"]},
        {"allocation": "mobility-nwo", "project": "inspect01"},
    ],
)
def test_somebody_elses_allocation_is_refused(here: Site, options: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match="You cannot use the allocation"):
        JobRequest.parse(options, here, [INSPECT, TWO])


def test_an_allocation_whose_qos_the_person_lacks_is_not_offered(here: Site) -> None:
    without = replace(MOBILITY, all_qos=("research-mobility01",))
    with pytest.raises(RequestError, match="Yours: mobility-eurohpc"):
        JobRequest.parse({"allocation": "mobility-nwo"}, here, [without])


def test_the_other_budget_is_a_way_out(here: Site) -> None:
    of = of_bakker(balance(REGULAR), balance(NATIONAL, settled=Fraction(97)))
    one = paid(here, of, profile="gpu4", minutes=60, allocation="mobility-nwo")
    others = [other for other in payments(one.request, [of], here) if other.allocation != one.allocation]
    found = ways(ways_out(one, others, here, NOW), one.request.options, here, NOW)
    assert [way.label for way in found[:3]] == ["Choose 45 min", "Choose “One GPU”", "Let mobility-eurohpc pay"]
    assert "allocation=mobility-eurohpc" in found[2].href


def test_with_two_budgets_the_page_asks_which_pays(here: Site) -> None:
    of = of_bakker(balance(REGULAR), balance(NATIONAL, settled=Fraction(97)))
    asked = payers([of_marieke(balance(PILOT)), of], here, "mobility01", "mobility-nwo")
    assert asked.field == "allocation"
    assert [(one.value, one.title, one.chosen) for one in asked.choices] == [
        ("inspect01", "Inspection pilot", False),
        ("mobility-nwo", "Mobility flows: mobility-nwo", True),
        ("mobility-eurohpc", "Mobility flows: mobility-eurohpc", False),
    ]
    assert asked.choices[1].left == "3 GPU-hours free to plan, until 31 December 2027"
    assert asked.choices[1].state is not None
    assert asked.choices[1].state.word == "Nearly used up"


def test_with_one_each_it_asks_for_the_project_as_before(here: Site) -> None:
    one_each = replace(here, allocations=here.allocations[:2])
    asked = payers([of_marieke(balance(PILOT)), funds(balance(REGULAR), project=MOBILITY)], one_each, "inspect01", "")
    assert (asked.field, [one.value for one in asked.choices]) == ("project", ["inspect01", "mobility01"])
    assert asked.choices[0].left == "500 GPU-hours free to plan, until 31 May 2027"


def test_a_day_later_the_one_that_ended_pays_no_more(here: Site) -> None:
    of = of_bakker(balance(REGULAR), balance(NATIONAL))
    after = datetime.fromisoformat("2028-01-01T09:00:00+01:00")
    gone = replace(of, balances={name: replace(one, today=after.date()) for name, one in of.balances.items()})
    one = payment({"profile": "gpu"}, here, [TWO], [gone], after + timedelta(0))
    assert one.allocation.name == "mobility-eurohpc"
