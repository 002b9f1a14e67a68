"""Journey B, steps 3 and 11: a session tells its own figures while it runs, and its end in time and afterwards."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from visiting import READY, Slurm, Visitor, notebook, opened

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(480)]

#: The hub looks at a quiet Slurm twice a minute, and the session asks it once.
FOLLOWED = 120_000


def test_a_session_shows_its_own_figures_and_its_end_comes_as_no_surprise(visit: Visitor, slurm: Slurm) -> None:
    page = visit("bakker", locale="en-GB")
    cells = ["month = 31 * 24 * 60\nmonth"]
    server = notebook(page, "ndw.ipynb", cells, "profile=slice&minutes=240&project=mobility01")
    cell = opened(page, server, "ndw.ipynb").first
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-OutputArea-output")).to_have_text("44640", timeout=READY)
    with page.expect_response(lambda answer: answer.request.method == "PUT" and "ndw.ipynb" in answer.url):
        page.keyboard.press("Control+s")

    # Step 3: time left, GPU and its memory, of the job that Slurm has for this session; also after the page's restart.
    bar = page.locator(".aif-statusbar button")
    session = page.request.get(f"{server}/aif/v1/session").json()
    job = str(session["job_id"])
    assert job in slurm("squeue", "-h", "-o", "%A", "-u", page.url.split("/user/")[1].split("/")[0]).split()
    for _ in range(2):
        expect(bar).to_contain_text(re.compile(r"^3 h 5\d min left · [\d.,]+ GPU-h"), timeout=READY)
        expect(bar).to_contain_text(re.compile(r"GPU \d+ %"), timeout=READY)
        page.reload()
    bar.click(timeout=READY)
    side = page.get_by_role("region", name="Budget and time of this session")
    expect(side).to_contain_text(re.compile(r"GPU memory\s*[\d.,]+ (of [\d.,]+ )?GB"), timeout=READY)

    # Step 11: Slurm lets it run for half an hour more, then for no time at all.
    slurm("scontrol", "update", f"jobid={job}", "timelimit=29")
    warning = page.locator(".Toastify__toast").filter(has_text=re.compile(r"This session ends in (29|28|27) min, at "))
    expect(warning).to_have_count(1, timeout=FOLLOWED)
    expect(warning.get_by_role("button", name="Start the next session")).to_be_visible()
    slurm("scontrol", "update", f"jobid={job}", "timelimit=1")
    page.goto("/hub/home")
    expect(page.locator("#part-running")).to_contain_text("Nothing is running", timeout=FOLLOWED)
    ended = page.locator("#part-past li").first
    expect(ended).to_contain_text("Time limit reached")
    ended.locator("summary").first.click()
    expect(ended).to_contain_text(re.compile(r"Your files were last saved at \d\d:\d\d"))
    ended.get_by_text("Last lines of its log").click()
    expect(ended.locator("pre").first).to_contain_text("TIME LIMIT")
