"""`aif usage`: what a person reads in a terminal, in a session and on a login node."""

from __future__ import annotations

import doctest
import io
import json
import os
import pwd
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ledger_material import ONE_GPU, Slurm, configured, ended, queued, seconds_ago

from aif.core.ledger import binding, job
from aif.core.ledger import reserved as core_reserved
from aif.core.ledger import slurm as core_slurm
from aif.core.ledger.reserved import bears_reserved
from aif.server import commands
from aif.terminal import cli, slurm, table
from aif.terminal.table import lines
from aif.terminal.usage import NoFigures, usage

LOGIN = pwd.getpwuid(os.getuid()).pw_name
ONE: dict[str, Any] = {
    "id": "inspect01",
    "project": "inspect01",
    "title": "Inspection pilot",
    "role": "pi",
    "reference": "EHPC-AIF-2026PG01-123",
    "share": "eurohpc",
    "mode": "Playground",
    "unit": "gpu-hour",
    "state": "active",
    "source": "slurm",
    "as_of": "2027-04-01T09:02:00+02:00",
    "trouble": "",
    "limit": 500.0,
    "consumed": 0.131,
    "left": 499.869,
    "committed": 0.2857,
    "free_to_plan": 499.5833,
    "start": "2027-03-01",
    "compute_end": "2027-05-31",
    "days_left": 60,
    "people": [
        {"login": "marieke", "name": "Marieke de Vries", "consumed": 0.131},
        {"login": "jan", "name": "jan", "consumed": 0.0},
    ],
    "unattributed": 12.5,
}
TABLE = """\
Project: inspect01   Title: "Inspection pilot"
Grant: EHPC-AIF-2026PG01-123, Playground, EuroHPC share
Start: 2027-03-01   End: 2027-05-31 (60 days left)   Status: active

               Limit   Used     Left  Promised      Free
GPU-hours        500  0.131  499.869    0.2857  499.5833

Used by
  Marieke de Vries (marieke)               0.131
  jan                                          0
  nobody: reserved, or before this record   12.5

As of {moment}, from Slurm."""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """A session's folder with the hub's answer in it."""
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path))
    return lambda told: (tmp_path / "allocations.json").write_text(json.dumps(told)) and None


@pytest.fixture
def login_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slurm:
    """A machine with Slurm's commands and without a hub."""
    monkeypatch.delenv("AIF_SESSION_DIR", raising=False)
    monkeypatch.setenv("AIF_SITE", str(tmp_path / "none.toml"))
    made = Slurm(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    made.says(sacctmgr=f"{CHARGED}{LOGIN}|inspect01|sme-inspect01|sme-inspect01\n", assoc_mgr=LIMITS)
    return made


CHARGED = "User|Account|Def QOS|QOS\n"
LIMITS = "QOS=sme-inspect01(8)\n    GrpTRESMins=billing=210000(0)\n"


def said(**asked: Any) -> str:
    out = io.StringIO()
    assert usage(out=out, **asked) == 0
    return out.getvalue().rstrip("\n")


def test_a_session_shows_the_hubs_figures_digit_by_digit(session: Callable[[object], None]) -> None:
    session({"allocations": [ONE, {**ONE, "project": "other"}]})
    moment = datetime.fromisoformat(ONE["as_of"]).astimezone().strftime("%Y-%m-%d %H:%M")
    assert said(project="inspect01") == TABLE.format(moment=moment)
    assert json.loads(said(as_json=True, project="inspect01")) == {"allocations": [ONE]}


def test_what_is_unknown_is_said_and_old_figures_are_called_old() -> None:
    unknown = dict.fromkeys(("consumed", "left", "committed", "free_to_plan"))
    text = "\n".join(lines({**ONE, **unknown, "people": [], "unattributed": None, "trouble": "sacct did not answer."}))
    assert text.count("not recorded here") == 4
    assert "These are the last figures known: sacct did not answer." in text
    assert "no limit" in "\n".join(lines({**ONE, "limit": None, "left": None, "free_to_plan": None}))


def test_a_person_without_figures_is_told_why(session: Callable[[object], None], tmp_path: Path) -> None:
    with pytest.raises(NoFigures, match="has not told this session its figures yet"):
        usage()
    (tmp_path / "allocations.json").write_text("{")
    with pytest.raises(NoFigures, match="cannot be read"):
        usage()
    session({"allocations": [], "not_read_yet": ["inspect01"]})
    with pytest.raises(NoFigures, match="has not read the figures"):
        usage()
    session({"allocations": [ONE]})
    with pytest.raises(NoFigures, match=r"not in a project mobility01\. Yours: inspect01\."):
        usage(project="mobility01")


def test_a_login_node_reads_slurm_itself(login_node: Slurm) -> None:
    start = seconds_ago(7200)
    login_node.says(
        sacct=ended(1, seconds_ago(90000), 7, login=LOGIN) + ended(2, seconds_ago(90000), 2, tres=ONE_GPU),
        squeue=queued(3, start, used="2:00:00", left="5:00:00", login=LOGIN),
    )
    (one,) = json.loads(said(as_json=True))["allocations"]
    assert (one["limit"], one["settled"], one["running"], one["committed"]) == (500, 3, 0.2857, 0.7143)
    assert (one["consumed"], one["left"], one["free_to_plan"]) == (3.2857, 496.7143, 496)
    assert "GPU-hours" in said()


def test_reserved_time_that_nobody_used_is_in_the_total_as_the_hub_has_it(login_node: Slurm) -> None:
    start = (datetime.now() - timedelta(days=40)).date()
    site = login_node.site(allocation=[{"name": "inspect01", "account": "inspect01", "start": start}])
    login_node.says(sreport=" inspect01||gres/gpu|36000\n  inspect01|ann|gres/gpu|7200\n")
    one = site.allocations[0]
    known, cluster = slurm._facts(LOGIN, site.clusters[0]), site.clusters[0]
    assert slurm.reserved(one, known, site.gpu_weights, cluster, seconds_ago(0)) == 8
    assert slurm.reserved(replace(one, start=None), known, site.gpu_weights, cluster, seconds_ago(0)) == 0
    assert bears_reserved(one, [one, replace(one, name="b")])
    assert not bears_reserved(one, [replace(one, name="b"), one])


def test_use_that_private_data_hides_from_the_person_is_unknown(login_node: Slurm) -> None:
    login_node.says(config=configured(PrivateData="jobs,usage"), user="None\n")
    assert json.loads(said(as_json=True))["allocations"][0]["consumed"] is None


def test_somebody_in_no_project_and_a_slurm_that_is_away_are_one_sentence(
    login_node: Slurm, capsys: pytest.CaptureFixture[str]
) -> None:
    login_node.says(sacctmgr=CHARGED)
    assert cli.main(["usage"]) == 1
    assert capsys.readouterr().err.startswith("aif: Slurm has you in no project.")
    login_node.fails("sacctmgr", "sacctmgr: error: Connection refused\n")
    assert cli.main(["usage"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_login_node_with_a_site_file_knows_the_pi(login_node: Slurm, monkeypatch: pytest.MonkeyPatch) -> None:
    site = login_node.site(project=[{"account": "inspect01", "title": "Inspection pilot", "pi": ["ann"]}])
    assert slurm._role("ann", "inspect01", site) == "pi"
    assert slurm._role("bob", "inspect01", site) == "member"
    assert slurm._role("root", "inspect01", None) == "operator"


def test_terminals_and_notebooks_find_our_command_behind_all_others(tmp_path: Path) -> None:
    scripts, runtime = tmp_path / "env", tmp_path / "run"
    scripts.mkdir()
    runtime.mkdir()
    (scripts / "aif-person").write_text("#!/bin/sh\necho ours\n")
    (scripts / "aif-person").chmod(0o755)
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "SHELL": "/bin/bash"}
    commands.offer(environ, str(runtime), scripts)
    assert environ["PATH"] == f"/usr/bin:/bin:{runtime}/bin"
    argv = commands.shell_command(environ, str(runtime))
    assert argv is not None
    ran = subprocess.run(argv, input="aif usage; exit\n", env=environ, capture_output=True, text=True, check=False)
    assert "ours" in ran.stdout
    assert commands.shell_command({"SHELL": "/usr/bin/fish"}, str(runtime)) is None


@pytest.mark.parametrize("module", [binding, core_reserved, core_slurm, job, slurm, table])
def test_the_examples_are_right(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted
    assert found.failed == 0
