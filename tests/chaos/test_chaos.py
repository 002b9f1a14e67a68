"""A hundred and fifty things go wrong under sixteen people: nothing lost, orphaned, doubled, cancelled or untrue."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from aif_hub.bench.chaos.auditor import COUNTS

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(1200)]

EVENTS, PEOPLE, SEED = 150, 16, 1


def test_nothing_is_lost_and_nothing_untrue_is_shown_whatever_goes_wrong(
    instance: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    hub = f"{instance['prefix']}/env/hub/bin/python"
    what = ("chaos", "--events", str(EVENTS), "--people", str(PEOPLE), "--seed", str(SEED), "--json")
    argv = [hub, "-I", "-m", "aif_hub.cli", "bench", "--instance", instance["instance"], *what]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as run:
        try:
            out, _ = run.communicate()
        finally:
            run.terminate()  # it takes back what it changed
    lines = capfd.readouterr().err.splitlines()
    print(*lines, sep="\n")  # shown where this fails
    assert run.returncode == 0
    assert [line for line in lines if line.startswith("WRONG")] == []
    figures = json.loads(out)
    assert {name: figures[name] for name in COUNTS} == dict.fromkeys(COUNTS, 0)
    assert figures["events"] == EVENTS, [line for line in lines if "could not be injected" in line]
