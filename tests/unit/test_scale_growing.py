"""Growing is priced and refused like the start, a late worker has less time, and what is shown at most holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
COMMANDS = ("sbatch", "squeue", "scancel", "watchdog")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `growing.py` prints; Dask is in the data kernel's Python alone."""
    python = os.environ.get("AIF_TEST_PYTHON") or sys.executable
    if subprocess.run([python, "-c", "import dask_jobqueue"], capture_output=True, timeout=60).returncode:
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python; this one lacks dask-jobqueue")
    folder = tmp_path_factory.mktemp("growing")
    (folder / "bin").mkdir()
    for name in COMMANDS:
        program = folder / "bin" / name
        program.write_text((HERE / "growing.sh").read_text())
        program.chmod(0o755)
    paths = [HERE.parents[1] / "extensions", HERE.parent, HERE]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": ":".join(map(str, paths))}
    argv = [python, "-B", str(HERE / "growing.py"), str(folder)]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def test_the_start_says_what_it_costs_at_most_and_what_is_free(found: dict[str, Any]) -> None:
    assert found["by_hand"]["start"] == "At most 2 GPU-hours in all, 8 free to plan"


def test_scale_and_add_group_beyond_what_is_free_are_refused_before_slurm_is_asked(found: dict[str, Any]) -> None:
    by_hand = found["by_hand"]
    assert by_hand["too much"] == (
        "NotPlanned: 9 × One GPU more for 1 h costs up to 9.00 GPU-hours. 8.00 are free to plan. "
        "What fits: 8 of them for 1 h."
    )
    assert by_hand["group"].startswith("NotPlanned: 9 × One GPU for 1 h costs up to 9.00 GPU-hours.")
    assert by_hand["kept"] == [2, False, [[2, "60", 58]]], "nothing has changed"
    assert by_hand["taken"] == ""


def test_who_comes_late_asks_for_what_is_left_of_the_session_and_not_for_too_little(found: dict[str, Any]) -> None:
    by_hand = found["by_hand"]
    assert by_hand["late"] == ""
    assert by_hand["lines"] == [[2, "60", 58], [2, "60", 58], [2, "29", 27]]
    assert by_hand["at the end"].startswith("NotPlanned: This session ends in 3 min.")
    assert by_hand["fewer"] == ["", 1], "giving back needs no time"


def test_where_no_figures_have_come_nothing_is_refused_and_the_line_says_so(found: dict[str, Any]) -> None:
    assert found["unread"] == ["", 50, "Hooguit 50 GPU-uur in totaal, wat vrij is, is nog niet gelezen"]


def test_a_budget_bounds_the_price_and_how_long_workers_run(found: dict[str, Any]) -> None:
    first, said, more, last = found["budget"]
    assert first == [[6, "30", 28]]
    assert said == "At most 3 GPU-hours in all, the budget lasts for about 30 min at this size, 8 free to plan"
    assert (more, last) == ("", [6, "15", 13]), "twelve cost no more: they end sooner"


def test_adapt_is_priced_as_if_it_had_them_all_until_the_session_ends(found: dict[str, Any]) -> None:
    adapting = found["adapting"]
    assert adapting["refused"] == (
        "NotPlanned: adapt(maximum=20) of One GPU costs up to 39.16 GPU-hours more in 2 h. 8.00 are free to plan. "
        "What fits: cluster.adapt(maximum=4)."
    )
    assert adapting["none"], "it does not adapt"
    assert (adapting["chosen"], adapting["asked"]) == (4, 4), "without a maximum it takes what fits"
    assert adapting["shown"] == "At most 8 GPU-hours in all, 8 free to plan"


def test_what_adapts_grows_as_far_as_the_budget_does_and_says_so(found: dict[str, Any]) -> None:
    why = "It wants 3 more workers, each for up to 1 GPU-hours, and 1.5 are free to plan."
    assert found["adapting"]["some"] == [why, 2]
    assert found["adapting"]["all"] == ["", 4]


def test_what_takes_a_workers_place_has_what_is_left_of_its_time(found: dict[str, Any]) -> None:
    before, again, lines, trouble, after = found["replaced"]
    assert lines == [[1, "40", 38]]
    assert again == [0, 2], "one had its time"
    assert trouble.startswith("A worker has run for the 1 h that it was asked for, and no other takes its place.")
    assert after <= before == 3.0, "what was priced is what it costs at most"


def test_who_writes_await_is_refused_likewise(found: dict[str, Any]) -> None:
    refused, *counts = found["awaited"]
    assert refused.startswith("NotPlanned: 10 × One GPU more for 1 h")
    assert counts == [2, 3]


def test_a_worker_is_told_of_its_session_so_that_it_finds_out_whether_that_is_over(found: dict[str, Any]) -> None:
    lines, label = found["told"]
    told = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    assert told.pop("AIF_SLURM_BIN").endswith("/bin")
    assert told == {"AIF_SLURM_CONF": os.devnull, "AIF_CLUSTER_LABEL": label, "AIF_SESSION_JOB": "77"}


def test_who_is_refused_more_keeps_what_was_to_come_and_who_asks_for_fewer_has_fewer(found: dict[str, Any]) -> None:
    refused = found["refused"]
    assert refused["more"].startswith(
        "NotStarted: 3 × One GPU for 1 h were asked for, and Slurm did not take the workers"
    )
    assert refused["kept"] == [3, 4, True, 4, 4, 4, ""]
    assert refused["fewer"] == ["", 3, 0]
