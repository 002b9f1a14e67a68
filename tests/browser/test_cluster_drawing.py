"""The drawing of a cluster: what it says, and what it sends when somebody uses it, by mouse and by keyboard."""

from __future__ import annotations

import json
import os
import string
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from looking import violations, without_keys
from playwright.sync_api import Page, expect
from test_drawing import DOCS, MUTED, OUTSIDE, THEMES

from aif.widgets.cluster import ClusterWidget
from aif.widgets.figures import speech

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(60)]

PAGE = string.Template(Path(__file__).with_name("drawing.html.in").read_text())
PICTURES = {
    ("en", 616, "light"): "cluster-widget", ("nl", 616, "light"): "cluster-widget-nl",
    ("en", 616, "dark"): "cluster-widget-dark", ("en", 375, "light"): "cluster-widget-small",
}  # fmt: skip
GIB = 1024**3


def now(ago: float = 0) -> str:
    return (datetime.now().astimezone() - timedelta(seconds=ago)).isoformat(timespec="seconds")


def worker(name: str, state: str, *details: str, cpu: float | None = None) -> dict[str, Any]:
    use = None if cpu is None else {"memory": int(cpu / 20 * GIB), "memory_limit": 16 * GIB, "cpu": cpu}
    return {"name": name, "state": state, "details": list(details), "job": f"4711_{name}", "use": use}


def kind(name: str, done: int, total: int, failed: int = 0) -> dict[str, Any]:
    return {"name": name, "done": done, "total": total, "failed": failed}


def cluster(language: str = "en", **changed: Any) -> dict[str, Any]:
    """Four planned, three with Slurm, two at work."""
    words = speech(language)
    why = [words.say("cluster.why.priority"), words.say("cluster.expected", clock=words.time(datetime(2027, 4, 1, 14)))]
    price = [
        words.say("cluster.upper", most=words.amount(16), unit=words.unit("gpu-hour")),
        words.say("cluster.upper.free", free=words.amount(7600)),
    ]
    rows = [
        worker("0", "at-work", "gpu01", cpu=63.2),
        worker("1", "at-work", "gpu02", cpu=97.0),
        worker("2", "waiting", *why),
        worker("3", "asked"),
    ]
    waits = words.say("cluster.waits.waiting", count=1, why=f"{why[0]} (Priority)")
    made = {
        "waits": words.say("cluster.waits", here=2, plan=4, parts=waits),
        "name": "aif-k3x_91ab", "plan": 4, "main": 4, "requested": 3, "observed": 2, "rows": rows, "more": 0,
        "each": 1.0, "work": [kind("read_parquet", 34, 48), kind("groupby-sum", 0, 6)],
        "price": 4.0, "spent": 0.53, "budget": 16.0, "trouble": "", "closed": False, "most": 8, "between": None,
        "dashboard": "/user/marieke/aif/v1/clusters/k3x_91ab/dashboard/status", "at": now(),
        "upper": ", ".join(price),
    }  # fmt: skip
    return made | changed


def drawn(page: Page, told: dict[str, Any], language: str = "en", theme: str = "light") -> None:
    state = {"told": told, "answer": {}, "words": speech(language).words}
    values = {
        "css": ClusterWidget._css,
        "module": str(ClusterWidget._esm).replace("export default", "const widget ="),
        "theme": THEMES[theme] + MUTED[theme],
        "light": "true" if theme == "light" else "false",
        "language": language,
    }
    page.set_content(PAGE.substitute(values, state=json.dumps(state)))


def tell(page: Page, **changes: Any) -> None:
    """As the kernel does."""
    page.evaluate("changes => tell(changes)", changes)


def sent(page: Page, number: int) -> dict[str, Any]:
    """The last of so many wishes, once it has been sent."""
    page.wait_for_function("number => sent.length >= number", arg=number)
    said: list[dict[str, Any]] = page.evaluate("sent")
    assert len(said) == number
    return said[-1]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("language", "width"), [("en", 616), ("nl", 616), ("en", 375), ("nl", 274)])
def test_it_is_there_for_everyone(page: Page, language: str, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    drawn(page, cluster(language, trouble="Slurm did not take the workers: no such partition."), language, theme)
    expect(page.locator(".aif-figure")).to_have_text(["4", "3", "2"])
    page.locator(".aif-action-stop").first.click()
    assert page.evaluate(OUTSIDE) == []
    assert violations(page) == []
    assert without_keys(page) == []


@pytest.mark.parametrize(("language", "width", "theme"), PICTURES)
def test_it_is_as_the_documentation_shows_it(page: Page, language: str, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 100})
    drawn(page, cluster(language), language, theme)
    expect(page.get_by_role("row")).to_have_count(5)
    if os.environ.get("AIF_PICTURES"):
        page.screenshot(path=DOCS / f"{PICTURES[language, width, theme]}.png", full_page=True)


def test_it_says_each_worker_in_words_with_what_it_uses(page: Page) -> None:
    drawn(page, cluster(more=3))
    rows = [" ".join(row.split()) for row in page.locator("tbody tr").all_inner_texts()]
    assert rows == [
        "0 ● at work gpu01 3.16 of 16 GB 63%",
        "1 ● at work gpu02 4.85 of 16 GB 97%",
        "2 ○ waiting others are ahead, expected at 14:00",
        "3 ○ asked for",
    ]
    expect(page.get_by_text("and 3 more")).to_be_visible()
    expect(page.get_by_text("2 of 4 here, 1 waiting: others are ahead (Priority)")).to_be_visible()
    expect(page.get_by_role("img", name="4 planned, 3 asked of Slurm, 2 at work")).to_be_visible()
    expect(page.get_by_text("4 GPU-hours an hour, 0.53 of 16 used so far")).to_be_visible()
    expect(page.get_by_text("At most 16 GPU-hours in all, 7,600 free to plan")).to_be_visible()
    link = page.get_by_role("link", name="Dashboard of the cluster aif-k3x_91ab")
    expect(link).to_have_attribute("href", cluster()["dashboard"])


def test_its_price_is_in_the_unit_of_the_budget(page: Page) -> None:
    drawn(page, cluster(unit="core-hour"))
    expect(page.get_by_text("4 core-hours an hour, 0.53 of 16 used so far")).to_be_visible()
    expect(page.locator(".aif-price")).to_have_text("4 workers: 4 core-hours an hour")


def test_one_that_stands_still_says_so_by_shape_and_word(page: Page) -> None:
    rows = [worker("0", "at-work", "gpu01", cpu=63.2), worker("1", "paused", "gpu02", cpu=0)]
    drawn(page, cluster(rows=rows, waits="1 of 2 here, 1 paused"))
    expect(page.locator("tbody tr").nth(1)).to_contain_text("‖ paused gpu02")
    tell(page, told=cluster(rows=rows[:1], waits=""))
    expect(page.locator(".aif-waits")).to_be_hidden()


def test_it_says_how_far_the_work_is(page: Page) -> None:
    drawn(page, cluster())
    work = page.get_by_role("list", name="Work")
    kinds = work.get_by_role("listitem")
    expect(kinds).to_have_text(["read_parquet 34 of 48 done", "groupby-sum 0 of 6 done"])

    def parts(at: int) -> list[float]:
        widths: list[float] = (
            kinds.nth(at)
            .locator(".aif-part:visible")
            .evaluate_all("parts => parts.map(part => part.getBoundingClientRect().width)")
        )
        return widths

    done, rest = parts(0)
    assert done / (done + rest) == pytest.approx(34 / 48, abs=0.01)
    assert len(parts(1)) == 1, "nothing is done"
    tell(page, told=cluster(work=[kind("fit", 3, 8, failed=2)]))
    expect(kinds).to_have_text(["fit 3 of 8 done, 2 failed"])
    tell(page, told=cluster(work=[]))
    expect(work).to_be_hidden()
    tell(page, told=cluster(closed=True))
    expect(work).to_be_hidden()


def test_the_slider_says_its_price_and_is_a_wish_when_it_rests(page: Page) -> None:
    page.clock.install(time=0)
    drawn(page, cluster())
    slider = page.get_by_role("slider", name="Change how many")
    assert (slider.input_value(), slider.get_attribute("max")) == ("4", "8")
    slider.focus()
    page.clock.pause_at(3_600)  # however long the machine takes between two keys, they are one wish
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".aif-price")).to_have_text("6 workers: 6 GPU-hours an hour")
    expect(slider).to_have_attribute("aria-valuetext", "6 workers: 6 GPU-hours an hour")
    page.clock.resume()
    wish = sent(page, 1)
    assert (wish["kind"], wish["workers"]) == ("scale", 6)
    status = page.locator(".aif-scale [role=status]")
    expect(status).to_have_text("6 workers: asking Slurm.")
    tell(page, told=cluster(spent=0.6))
    assert slider.input_value() == "6", "it stays where it was put until there is an answer"
    tell(page, told=cluster(plan=6, main=6), answer={"wish": wish["wish"], "said": ""})
    expect(status).to_have_text("Done.")
    assert slider.input_value() == "6"


def test_a_refusal_is_said_where_the_wish_was_made(page: Page) -> None:
    drawn(page, cluster())
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    wish = sent(page, 1)
    assert wish["workers"] == 8
    tell(page, answer={"wish": wish["wish"], "said": "3.00 are free to plan."})
    expect(page.locator(".aif-scale .aif-refusal")).to_have_text("3.00 are free to plan.")
    expect(page.locator(".aif-price")).to_have_text("4 workers: 4 GPU-hours an hour")
    page.keyboard.press("Home")
    expect(page.locator(".aif-price")).to_have_text("0 workers: 0 GPU-hours an hour")
    assert sent(page, 2)["workers"] == 0


def test_a_wish_that_nobody_answers_says_why_that_may_be(page: Page) -> None:
    page.clock.install()
    drawn(page, cluster())
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    page.clock.run_for(20_000)
    expect(page.locator(".aif-scale .aif-refusal")).to_contain_text("A kernel that is busy answers later")
    assert len(page.evaluate("sent")) == 1


def test_a_mouse_moves_it(page: Page) -> None:
    drawn(page, cluster(plan=0, main=0, requested=0, observed=0, rows=[], each=1 / 7))
    box = page.get_by_role("slider").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2, steps=4)
    expect(page.locator(".aif-price")).to_have_text("8 workers: 1.14 GPU-hours an hour")
    assert page.evaluate("sent") == [], "nothing is asked for before it is let go"
    page.mouse.up()
    assert sent(page, 1)["workers"] == 8


def test_stopping_asks_once_more_in_its_place(page: Page) -> None:
    drawn(page, cluster())
    stop = page.get_by_role("button", name="Stop the cluster aif-k3x_91ab")
    stop.click()
    keep = page.get_by_role("button", name="Keep it")
    expect(keep).to_be_focused()
    page.keyboard.press("Escape")
    expect(keep).to_be_hidden()
    expect(stop).to_be_focused()
    page.keyboard.press("Enter")
    keep.click()
    assert page.evaluate("sent") == []
    stop.click()
    page.get_by_role("button", name="Stop it").click()
    wish = sent(page, 1)
    assert wish["kind"] == "stop"
    expect(stop).to_have_text("Stopping")
    expect(stop).to_be_disabled()
    tell(page, told=cluster(closed=True, plan=0, main=0, requested=0, observed=0, rows=[]), answer={**wish, "said": ""})
    expect(page.get_by_text("It is closed.")).to_be_visible()
    for gone in (stop, page.get_by_role("slider"), page.get_by_role("link"), page.get_by_role("table")):
        expect(gone).to_be_hidden()


def test_a_stop_that_failed_can_be_tried_again(page: Page) -> None:
    drawn(page, cluster())
    stop = page.locator(".aif-action-stop").first
    stop.click()
    page.get_by_role("button", name="Stop it").click()
    tell(page, answer={"wish": sent(page, 1)["wish"], "said": "TimeoutError: no answer"})
    expect(page.get_by_text("TimeoutError: no answer")).to_be_visible()
    expect(stop).to_be_enabled()
    expect(stop).to_have_text("Stop")


def test_one_that_grows_by_itself_says_so_and_old_news_are_old(page: Page) -> None:
    drawn(page, cluster(between=[1, 6], at=now(ago=600)))
    expect(page.get_by_text("It chooses between 1 and 6 workers by itself")).to_be_visible()
    expect(page.locator(".aif-old")).to_contain_text("Not heard of since")


def test_what_changes_leaves_the_reader_where_they_were(page: Page) -> None:
    drawn(page, cluster())
    page.evaluate("window.row = document.querySelector('tbody tr')")
    page.get_by_role("slider").focus()
    tell(page, told=cluster(rows=cluster()["rows"][:3], spent=0.7))
    assert page.evaluate("window.row === document.querySelector('tbody tr')")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.get_by_role("slider")).to_be_focused()
    page.evaluate("end()")
