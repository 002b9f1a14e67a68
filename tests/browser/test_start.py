"""The start page answers before it asks: when, until when, for how much, and why not longer; in either language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from visiting import Slurm, Visitor

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]


#: Of the node with the small parts, in five hours.
MAINTENANCE = (
    *("reservationname=aif-test", "starttime=now+5hours", "duration=60", "nodes=mig01", "users=root"),
    "flags=MAINT,IGNORE_JOBS",
)


@pytest.fixture
def maintenance(slurm: Slurm) -> Iterator[None]:
    """It is planned."""
    slurm("scontrol", "create", "reservation", *MAINTENANCE)
    yield
    slurm("scontrol", "delete", "reservationname=aif-test")


def test_what_is_free_can_start_now(visit: Visitor) -> None:
    page = visit("visser")
    page.goto("/hub/spawn?profile=slice&minutes=120")
    sentence = page.locator("#sentence")
    expect(sentence).to_contain_text("Can start now.")
    expect(sentence).to_contain_text(re.compile(r"Ends at \d\d:\d\d.* at the latest and costs at most 0.29 GPU-hours"))
    expect(page.locator("#instead")).to_have_count(0)


def test_who_listens_hears_of_a_choice_and_not_of_every_minute(visit: Visitor) -> None:
    page = visit("visser")
    page.clock.install()
    page.goto("/hub/spawn?profile=slice&minutes=120")
    expect(page.locator("#sentence")).to_contain_text("Can start now.")
    ends = page.locator("#sentence time")
    ends.evaluate("(time) => (time.dateTime = '2020-01-01T12:00:00Z')")  # as if much time had passed
    page.clock.fast_forward(61_000)
    expect(ends).not_to_have_attribute("datetime", re.compile("^2020"))
    expect(page.locator("#choice")).to_have_attribute("aria-live", "off")
    page.check("input[value=cpu]")
    expect(page.locator("#sentence")).to_contain_text("costs no GPU-hours")
    expect(page.locator("#choice")).to_have_attribute("aria-live", "polite")


def test_a_button_stays_where_it_is_while_it_is_pressed(visit: Visitor) -> None:
    """What the hub says meanwhile is shown after the click, which would have been lost had the button moved away."""
    page = visit("visser")
    page.goto("/hub/spawn?profile=slice&minutes=120")
    expect(page.locator("#sentence")).to_contain_text("Can start now.")

    def longer(route: Route) -> None:
        said = route.fetch().json()
        route.fulfill(json={**said, "choice": f"{'<p>Another line.</p>' * 20}{said['choice']}", "settled": True})

    page.route("**/hub/aif/estimate**", longer)
    button = page.locator("#link")  # as near below as the one that starts
    button.hover()
    page.mouse.down()
    with page.expect_event("requestfinished", lambda request: "/aif/estimate" in request.url):
        page.locator("input[value=cpu]").evaluate(
            "(size) => { size.checked = true; size.dispatchEvent(new Event('change', { bubbles: true })); }"
        )
    page.evaluate("() => new Promise((done) => setTimeout(done))")  # the page's own turn with the answer
    expect(page.get_by_text("Another line.")).to_have_count(0)
    page.mouse.up()
    expect(page.get_by_text("Another line.")).to_have_count(20)
    expect(button).to_have_text("The link to this choice is copied")


@pytest.mark.slow
def test_what_is_full_says_so_and_offers_what_has_a_place(visit: Visitor, slurm: Slurm) -> None:
    nodes = "gpu01,gpu02,gpu03"
    slurm("scontrol", "update", f"nodename={nodes}", "state=drain", "reason=a test of aif")
    try:
        page = visit("visser")
        page.goto("/hub/spawn?profile=gpu&minutes=60&next=%2Fhub%2Ftoken")
        expect(page.locator("#sentence")).to_contain_text("Slurm cannot say when this will start.")
        expect(page.locator("#choice")).to_contain_text("There is a place now for “Small GPU part”.", timeout=30_000)
        page.click("#instead")
        expect(page.locator("input[value=slice]")).to_be_checked()
        expect(page.locator("#minutes")).to_have_value("60")
        expect(page).to_have_url(re.compile("next=%2Fhub%2Ftoken"))
    finally:
        slurm("scontrol", "update", f"nodename={nodes}", "state=resume")


@pytest.mark.parametrize("prefix", ["", "opt-"])
def test_a_link_fills_the_form_and_starts_nothing(visit: Visitor, prefix: str) -> None:
    page = visit("bakker", java_script_enabled=False)
    page.goto(f"/hub/spawn?{prefix}profile=gpu4&{prefix}minutes=45&{prefix}project=mobtest01&{prefix}evil=1")
    expect(page.locator("input[value=gpu4]")).to_be_checked()
    expect(page.locator("input[value=mobtest01]")).to_be_checked()
    expect(page.locator("#minutes")).to_have_value("45")
    expect(page.locator("#sentence")).to_contain_text("costs at most 3 GPU-hours")
    page.goto("/hub/home")
    expect(page.locator(".session")).to_have_count(0)


def test_without_javascript_a_button_answers_for_another_choice(visit: Visitor) -> None:
    page = visit("visser", java_script_enabled=False)
    page.goto("/hub/spawn?next=%2Fhub%2Ftoken")
    page.check("input[value=cpu]")
    page.select_option("#minutes", "60")
    page.get_by_role("button", name="Show when it can start").click()
    expect(page.locator("input[value=cpu]")).to_be_checked()
    expect(page.locator("#sentence")).to_contain_text("costs no GPU-hours")
    expect(page).to_have_url(re.compile("next=%2Fhub%2Ftoken"))  # where it leads on to stays


def test_it_all_is_said_in_dutch(visit: Visitor) -> None:
    page = visit("visser", locale="nl-NL")
    page.goto("/hub/spawn?profile=slice&minutes=120")
    expect(page.get_by_role("heading", name="Een sessie starten")).to_be_visible()
    expect(page.locator("#sentence")).to_contain_text("Kan nu starten. Loopt tot uiterlijk")
    expect(page.locator("#sentence")).to_contain_text("en kost hooguit 0,29 GPU-uur")
    expect(page.get_by_role("slider", name="Hoe lang?")).to_be_visible()
    expect(page.locator(".size__fact.figure").first).to_contain_text("0,14 GPU-uur per uur, tot")


@pytest.mark.slow
def test_an_expert_sees_the_very_script_that_runs(visit: Visitor, slurm: Slurm) -> None:
    page = visit("class41")
    page.goto("/hub/spawn?profile=slice&minutes=60")
    page.get_by_text("For experts").click()
    command = page.locator("#command").inner_text()
    page.click("#start")
    page.wait_for_url("**/lab**", timeout=90_000)
    name = next(word for word in command.split() if word.startswith("--job-name="))
    job = slurm("squeue", "-h", f"--name={name.split('=')[1]}", "-o", "%A %k %u").split("\n")
    job_id, session, _user = next(line for line in job if line.endswith("class41")).split()
    script = slurm("scontrol", "write", "batch_script", job_id, "-")
    shown = command.partition(" << 'END'\n")[2].removesuffix("END\n").removesuffix("END")
    assert shown.replace("SESSION", session).split() == script.split()


@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False])
def test_a_choice_is_saved_applied_renamed_and_removed(visit: Visitor, script: bool) -> None:
    page = visit("class32", java_script_enabled=script)
    page.goto("/hub/spawn?profile=slice&minutes=90")
    page.check("input[value=gpu]")
    page.get_by_text("Save this choice under a name").click()
    page.fill("#title", "Big run")
    page.click("#save")
    saved = page.get_by_role("navigation", name="Your saved choices").get_by_role("link")
    expect(saved).to_have_text(["Big run"])
    page.goto("/hub/spawn?profile=cpu")
    saved.click()
    expect(page.locator("input[value=gpu]")).to_be_checked()
    expect(page.locator("#minutes")).to_have_value("90" if not script else re.compile("90|120"))
    page.get_by_text("Rename or remove").click()
    page.get_by_role("textbox", name="Name of “Big run”").fill("Night run")
    page.get_by_role("button", name="Save these changes").click()
    expect(saved).to_have_text(["Night run"])
    expect(page.locator("input[value=gpu]")).to_be_checked()
    page.get_by_text("Rename or remove").click()
    page.get_by_role("checkbox", name="Remove “Night run”").check()
    page.get_by_role("button", name="Save these changes").click()
    expect(page.get_by_role("heading", name="Start a session")).to_be_visible()
    expect(saved).to_have_count(0)


def test_a_choice_without_a_name_is_refused_at_its_field(visit: Visitor) -> None:
    page = visit("class33", java_script_enabled=False, locale="nl-NL")
    page.goto("/hub/spawn?profile=slice&minutes=45")
    page.get_by_text("Deze keuze onder een naam").click()
    page.click("#save")
    expect(page.get_by_role("alert")).to_have_text("Een opgeslagen keuze heeft een naam nodig. Geef er een.")
    field = page.get_by_role("textbox", name="Naam")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Een opgeslagen keuze heeft een naam nodig. Geef er een.")
    expect(page.locator("#minutes")).to_have_value("45")


def test_enter_in_the_name_of_a_choice_saves_it_and_starts_nothing(visit: Visitor) -> None:
    page = visit("class33")
    page.goto("/hub/spawn?profile=slice&minutes=15")
    page.get_by_text("Save this choice under a name").click()
    page.fill("#title", "Short")
    page.press("#title", "Enter")
    expect(page.get_by_role("link", name="Short", exact=True)).to_be_visible()
    page.goto("/hub/home")
    expect(page.locator(".session")).to_have_count(0)


def test_what_a_size_does_not_run_is_refused_in_dutch_at_the_length(visit: Visitor) -> None:
    page = visit("visser", java_script_enabled=False, locale="nl-NL")
    page.goto("/hub/spawn?profile=slice")
    page.select_option("#minutes", "720")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Kies hooguit 480 minuten, of een andere grootte.")
    expect(page.locator("#minutes")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#minutes")).to_have_accessible_description(re.compile("Kies hooguit 480 minuten"))
    expect(page.locator("#minutes")).to_have_value("720")


@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False])
def test_a_session_gets_the_name_that_its_person_gives_it(
    visit: Visitor, no_room: Callable[[], None], instance: dict[str, Any], script: bool
) -> None:
    page = visit("class34", java_script_enabled=script)
    second = f"/hub/spawn/{instance['instance']}-class34/session-2"
    page.goto(second)
    page.check("input[value=slice]")
    page.fill("#session_name", "My run 2")
    page.click("#start")
    page.wait_for_url("**/spawn-pending/**/my-run-2**")
    page.goto("/hub/home")
    session = page.locator('.session[data-server="my-run-2"]')
    expect(session).to_contain_text("My run 2")
    page.goto(second)
    page.fill("#session_name", " my RUN 2")  # another name, so another address
    page.click("#start")
    page.wait_for_url("**/spawn-pending/**/my-run-2-*")
    page.goto(second)
    page.fill("#session_name", "My run 2")
    page.click("#start")
    expect(page.get_by_role("alert")).to_contain_text("Your session “My run 2” is not over yet.")
    expect(page.locator("#session_name")).to_have_value("My run 2")
    expect(page.locator("#session_name")).to_have_attribute("aria-invalid", "true")


@pytest.mark.slow
def test_maintenance_ends_what_can_be_chosen_and_a_longer_wish_is_refused(visit: Visitor, maintenance: None) -> None:
    page = visit("visser", java_script_enabled=False)
    for _ in range(70):  # the calendar is read once a minute
        page.goto("/hub/spawn?profile=slice")
        if page.locator(".size__why").count():
            break
        page.wait_for_timeout(1000)
    expect(page.locator(".size__why")).to_contain_text("Maintenance begins at")
    page.check("input[value=slice]")
    page.select_option("#minutes", "360")
    page.get_by_role("button", name="Start", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("A session of 6 h is too long just now. Maintenance begins at")
    expect(alert).to_contain_text("Choose at most 4 h")
    expect(page.locator("#minutes")).to_have_value("360")


@pytest.mark.slow
@pytest.mark.timeout(480)  # it is for the page's own minutes, two of each kind at most
def test_an_open_page_follows_what_operators_plan_and_take_back(visit: Visitor, slurm: Slurm) -> None:
    page = visit("visser")
    why = page.locator(".size:has(input[value=slice]) .size__why")
    page.goto("/hub/spawn?profile=slice&minutes=480")
    expect(why).to_have_count(0, timeout=130_000)  # what another test had planned and taken back
    page.goto("/hub/spawn?profile=slice&minutes=480")
    slider = page.get_by_role("slider", name="How long?")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^8 h, until"))
    slurm("scontrol", "create", "reservation", *MAINTENANCE)
    try:
        expect(why).to_contain_text("Maintenance begins at", timeout=130_000)
        expect(slider).to_have_attribute("aria-valuetext", re.compile("^4 h 5[05] min, until"))
        expect(page.locator("#minutes")).to_have_value(re.compile("^29[05]$"))
        expect(page.locator("#sentence")).to_contain_text(re.compile(r"costs at most 0\.7\d? GPU-hours"))
    finally:
        slurm("scontrol", "delete", "reservationname=aif-test")
    expect(why).to_have_count(0, timeout=130_000)
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^4 h 5[05] min, until"))  # nobody asked for more
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^8 h, until"))
    expect(page.locator("#sentence")).to_contain_text("costs at most 1.15 GPU-hours")
