"""Journeys A and B where they meet a budget: before a start, at its refusal, which one pays, and the receipt."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from processes import until
from visiting import Visitor, stop_all

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]


def told(page: Page) -> dict[str, dict[str, Any]]:
    """The same allocations over REST, by name."""
    answer = page.context.request.get("/hub/api/aif/v1/allocations", headers={"Referer": page.url})
    return {one["id"]: one for one in answer.json()["allocations"]}


def card(page: Page, account: str) -> Locator:
    return page.locator(f'.project[data-project="{account}"]')


def charged(instance: dict[str, Any], short: str) -> str:
    """The QOS by which Slurm charges the person's job, once it has it."""
    conf = str(Path(instance["prefix"]) / "etc/slurm/slurm.conf")
    asked = ["squeue", "--noheader", f"--user={instance['instance']}-{short}", "--format=%q"]
    env = {**os.environ, "SLURM_CONF": conf}
    return until(
        lambda: subprocess.run(asked, check=True, capture_output=True, text=True, timeout=30, env=env).stdout.strip(),
        "Slurm has the job",
        30,
    )


def value(figure: Locator) -> float:
    return float(figure.get_attribute("value") or "nan")


def home_with_figures(page: Page, account: str) -> Locator:
    """The project's card, once the hub has read what is left."""
    for _ in range(30):
        page.goto("/hub/home")
        if card(page, account).locator(".budget__left").count():
            return card(page, account)
        page.wait_for_timeout(1000)
    pytest.fail("the hub has not read the budget within half a minute", pytrace=False)


def test_home_shows_hours_and_days_alike_with_their_time_and_no_jargon(visit: Visitor) -> None:
    """Journey A, step 3."""
    page = visit("marieke")
    project = home_with_figures(page, "inspect01")
    left, days = project.locator(".budget__left data"), project.locator(".budget__days data")
    expect(left).to_have_text(re.compile(r"^\d{3}\.\d$"))
    expect(project).to_contain_text(re.compile(r"GPU-hours left"))
    expect(project.locator(".budget__asof")).to_contain_text(re.compile(r"as of \d\d:\d\d"))
    sizes = [one.evaluate("(it) => getComputedStyle(it).fontSize") for one in (left, days)]
    assert sizes[0] == sizes[1]
    expect(project).to_contain_text(re.compile(r"about 3,\d{3} hours on “Small GPU part”"))
    shown = told(page)["inspect01"]
    parts = {
        part: value(project.locator(".legend data").nth(at)) for at, part in enumerate(("used", "committed", "free"))
    }
    assert parts["used"] + parts["committed"] + parts["free"] == pytest.approx(shown["limit"], abs=1e-3)
    text = project.inner_text().lower()
    assert not re.search(r"partition|qos|slurm", text)


def test_the_start_page_says_what_will_be_left_and_the_same_as_home(visit: Visitor) -> None:
    """Journey A, step 5: 1/7 GPU for two hours, at most 0.29 GPU-hours."""
    page = visit("marieke")
    home_with_figures(page, "inspect01")
    page.goto("/hub/spawn?profile=slice&minutes=120")
    sentence = page.locator("#sentence")
    expect(sentence).to_contain_text(re.compile(r"costs at most 0\.29 GPU-hours; at least \d+(\.\d+)? will be left"))
    after = value(sentence.locator("data"))
    assert after == pytest.approx(told(page)["inspect01"]["free_to_plan"] - 2 / 7, abs=1e-3)
    page.goto("/hub/spawn?profile=slice&minutes=120")
    expect(page.locator(".start__budget")).to_contain_text(re.compile(r"Left now: \d{3}(\.\d+)? GPU-hours"))


@pytest.mark.parametrize("script", [True, False])
def test_with_two_budgets_the_page_asks_which_pays_and_that_one_is_charged(
    visit: Visitor, no_room: Any, instance: dict[str, Any], script: bool
) -> None:
    """Journey B, step 2."""
    page = visit("bakker", java_script_enabled=script)
    home_with_figures(page, "mobility01")
    mine = [one for one in told(page).values() if one["project"] == "mobility01"]
    first, second = (one["id"] for one in sorted(mine, key=lambda one: one["compute_end"]))
    page.goto("/hub/spawn?profile=slice&minutes=60&project=mobility01")
    expect(page.get_by_role("group", name="Which budget pays?")).to_be_visible()
    assert page.locator("input[name=allocation]:checked").get_attribute("value") == first, "the one that ends first"
    page.check(f"input[value={second}]")
    if script:
        expect(page.locator("#link")).to_have_attribute("href", re.compile(rf"allocation={second}($|&)"))
    page.click("#start")
    page.wait_for_url("**/spawn-pending/**")
    assert charged(instance, "bakker") == f"research-{second}"
    stop_all(page)
    page.goto("/hub/home")
    again = page.locator("form:has(button:text('Start again'))").first
    assert again.locator("input[name=allocation]").get_attribute("value") == second


def test_a_start_that_the_budget_cannot_pay_is_refused_before_it_is_made_and_offers_what_fits(visit: Visitor) -> None:
    page = visit("bakker", java_script_enabled=False)
    home_with_figures(page, "mobtest01")
    free = told(page)["mobtest01"]["free_to_plan"]
    assert free < 48, "four GPUs for twelve hours are too much for it"
    asked = "/hub/spawn?profile=gpu4&minutes=720&project=mobtest01"
    page.goto(asked)
    expect(page.locator("#sentence")).to_contain_text("This could cost 48 GPU-hours, and Mobility test has")
    page.click("#start")
    expect(page.get_by_role("alert")).to_contain_text("This could cost 48 GPU-hours")
    expect(page.locator("#minutes")).to_have_attribute("aria-invalid", "true")
    ways = page.locator(".ways a")
    expect(ways).to_have_text([re.compile(r"^Choose \d+ h"), "Choose “One GPU”", "Write to Prof. Hanna Visser"])
    mail = urlsplit(ways.nth(2).get_attribute("href") or "")
    assert (mail.scheme, parse_qs(mail.query)["subject"]) == ("mailto", ["Budget of Mobility test"])
    ways.first.click()
    expect(page.locator("#sentence")).to_contain_text("will be left")
    page.goto("/hub/home")
    expect(page.locator(".session")).to_have_count(0)


def test_rest_refuses_it_in_the_same_words(visit: Visitor, instance: dict[str, Any]) -> None:
    page = visit("bakker")
    home_with_figures(page, "mobtest01")
    xsrf = next(one["value"] for one in page.context.cookies(page.url) if one["name"] == "_xsrf")
    answer = page.context.request.post(
        f"/hub/api/users/{instance['instance']}-bakker/server?_xsrf={xsrf}",
        data={"profile": "gpu4", "minutes": 720, "project": "mobtest01"},
        headers={"Referer": page.url},
    )
    assert answer.status == 400
    assert "This could cost 48 GPU-hours, and Mobility test has" in answer.json()["message"]


def test_who_leads_a_project_sees_use_by_person_and_a_member_their_own(visit: Visitor) -> None:
    """Journey B, steps 1 and 13."""
    page = visit("visser")
    home_with_figures(page, "mobility01").get_by_role("link", name="Mobility flows").click()
    expect(page.get_by_role("heading", name="Mobility flows", level=1)).to_be_visible()
    regular = page.locator('.account[data-allocation="mobility01"]')
    expect(regular).to_contain_text("By person")
    shown = told(page)["mobility01"]
    people = {
        row.get_attribute("data-login"): value(row.locator("data").first)
        for row in regular.locator("tr[data-login]").all()
    }
    assert people == {one["login"]: one["consumed"] for one in shown["people"]}
    rows = {
        row.locator("dt").inner_text(): value(row.locator("data"))
        for row in regular.locator(".sum > div:has(data)").all()
    }
    assert rows["Used in all"] == shown["consumed"]
    assert rows["Free to plan"] == shown["free_to_plan"]
    assert sum(people.values()) + shown["unattributed"] == pytest.approx(shown["consumed"], abs=1e-3)
    member = visit("bakker")
    home_with_figures(member, "mobility01")
    member.goto("/hub/aif/project/mobility01")
    expect(member.locator('.account[data-allocation="mobility01"]')).not_to_contain_text("By person")
    assert {row.get_attribute("data-login") for row in member.locator("tr[data-login]").all()} <= {
        next(one["login"] for one in shown["people"] if one["login"].endswith("-bakker"))
    }


def test_somebody_elses_project_is_not_there(visit: Visitor) -> None:
    page = visit("marieke")
    answer = page.goto("/hub/aif/project/mobility01")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("body")).to_contain_text("There is no such project, or you are not in it.")


def test_a_receipt_has_what_was_used_what_is_left_and_until_when_files_are_kept(visit: Visitor) -> None:
    """Journey A, step 12."""
    page = visit("marieke")
    page.goto("/hub/spawn?profile=slice&minutes=30")
    page.click("#start")
    page.wait_for_url("**/lab**", timeout=90_000)
    stop_all(page)
    page.goto("/hub/home")
    page.locator(".past__row > summary").first.click()
    page.locator(".past__row[open] .buttons a").first.click()
    receipt = page.locator(".receipt")
    expect(receipt).to_contain_text("Stopped by you")
    expect(receipt).to_contain_text(re.compile(r"Left of the budget\s*\d{3}(\.\d+)? GPU-hours of Inspection pilot"))
    expect(receipt).to_contain_text("Files kept until")
    address = f"{page.url}?as=json"
    for _ in range(100):  # the ledger reads once a minute what has ended
        facts = page.context.request.get(address).json()
        told(page)
        if facts["settled"]:
            break
        page.wait_for_timeout(1000)
    assert facts["settled"]
    expected = 1 / 7 * facts["seconds_ran"] / 3600
    assert facts["gpu_hours"] == pytest.approx(expected, abs=1e-6)
    mine = told(page)["inspect01"]
    assert mine["people"][0]["settled"] + 1e-4 >= round(facts["gpu_hours"], 4)
    assert facts["left"] == pytest.approx(mine["limit"] - mine["consumed"], abs=1e-3)
