"""What forty people who ask the real hub at once cost Slurm's accounting, by the hub's own count of its commands."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from own_hub import OwnHub
from own_hub_place import METRICS_TOKEN

from aif_hub.bench.measure import counted

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(300)]

ACCOUNTING = ("sacct", "sacctmgr", "sreport")
PEOPLE, MINUTES = 40, 1.5


def test_forty_people_who_ask_all_the_time_cost_two_accounting_queries_a_minute_at_most(own_hub: OwnHub) -> None:
    own_hub.start()
    tokens = [own_hub.token(own_hub.login(f"class{seat:02d}")) for seat in range(1, PEOPLE + 1)]
    began, before = time.monotonic(), queries(own_hub)
    answers = []
    with ThreadPoolExecutor(PEOPLE) as people:
        while time.monotonic() < began + 60 * MINUTES:
            answers += people.map(lambda token: own_hub.api("GET", "aif/v1/allocations", token=token).status, tokens)
    minutes = (time.monotonic() - began) / 60
    assert set(answers) <= {200, 503}
    assert answers.count(200) >= PEOPLE
    assert queries(own_hub) - before <= 2 * (minutes + 1), "two a minute, and those of the minute that had begun"


def queries(hub: OwnHub) -> float:
    page = hub.get("/hub/metrics", METRICS_TOKEN).text
    return counted(page, "aif_slurm_call_seconds_count", command=ACCOUNTING)
