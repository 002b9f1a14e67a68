"""Journey B, step 1: the morning that the demo's past was made for, with the figures that it tells."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from visiting import Visitor

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
#: Of whole GPUs, all for tomorrow: what they may use is committed, and nothing of it runs. 96 + 4 GPU-hours.
PLANS = (("4", "1-00:00:00"), ("1", "04:00:00"))


@pytest.fixture
def a_hundred_hours_planned(instance: dict[str, Any]) -> Iterator[None]:
    """Sem has asked for 100 GPU-hours of the EuroHPC share, to begin tomorrow."""
    sem = f"{instance['instance']}-sem"
    env = {**os.environ, "SLURM_CONF": str(Path(instance["prefix"]) / "etc/slurm/slurm.conf")}
    jobs = []
    try:
        for gpus, time in PLANS:
            argv = ["sbatch", "--parsable", "--begin=now+1day", f"--gres=gpu:h100:{gpus}", f"--time={time}"]
            argv += ["--partition=gpu", "--mem=1G", "--chdir=/tmp", "--output=/dev/null", "--wrap=true"]
            asked = subprocess.run(
                argv,
                env=env,
                user=sem,
                group=pwd.getpwnam(sem).pw_gid,
                extra_groups=[],
                check=True,
                capture_output=True,
                text=True,
                timeout=60,
            )
            jobs.append(asked.stdout.strip())
        yield
    finally:
        if jobs:
            subprocess.run(["scancel", *jobs], env=env, check=True, timeout=60)


def told(page: Page) -> dict[str, Any]:
    """The EuroHPC share over REST."""
    answer = page.context.request.get("/hub/api/aif/v1/allocations", headers={"Referer": page.url})
    return next(one for one in answer.json()["allocations"] if one["id"] == "mobility01")


def test_the_professor_finds_the_figures_of_the_journey(visit: Visitor, a_hundred_hours_planned: None) -> None:
    """Settled 12,288 and committed 100, of 20,000, on the 214th of 365 days; the tests' own jobs come on top."""
    page = visit("visser", locale="en-GB")
    for _ in range(150):  # the hub reads what is left once a minute
        seen = told(page)
        if seen["committed"] >= 100:
            break
        page.wait_for_timeout(1000)
    assert seen["committed"] == pytest.approx(100, abs=0.5)
    assert seen["settled"] == pytest.approx(12288, abs=20)
    assert seen["free_to_plan"] == pytest.approx(20000 - seen["consumed"] - seen["committed"], abs=1e-3)
    assert seen["time_share"] == pytest.approx(214 / 365, abs=2 / 365)
    assert {person["name"] for person in seen["people"]} == {
        "Dr. Iris Bakker",
        "Dr. Yara Haddad",
        "Prof. Hanna Visser",
        "Sem Jansen",
    }
    assert sum(person["consumed"] for person in seen["people"]) + 7680 == pytest.approx(seen["consumed"], abs=1e-3)
    page.goto("/hub/home")
    card = page.locator('.project[data-project="mobility01"]')
    expect(card).to_contain_text("slightly ahead of even pace")
    for figure in (seen["left"], seen["committed"], seen["free_to_plan"]):
        assert card.locator(f'data[value="{figure}"], data[value="{figure:g}"]').count(), f"{figure} is not on the card"
    expect(card).to_contain_text("EuroHPC share")
    expect(card).to_contain_text("National share")
