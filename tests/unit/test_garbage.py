"""No reader takes for an answer what is none, whatever is printed; all take what Slurm prints where nothing is."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from garbage_material import GARBAGE, PAGE, slurm_that_prints
from hub_material import site
from ledger_material import CONFIG, HEADS, PARTITIONS

from aif.core import jobs, planned, tags, workers
from aif.core.errors import SlurmUnreachable
from aif.core.ledger import binding, reserved
from aif.core.ledger import slurm as ledger
from aif.core.slurm import Call, run
from aif.core.table import below
from aif.scale import arrays
from aif.terminal.slurm import accounts_of
from aif_hub import calendar, free, line
from aif_hub.bench.chaos.stage import HERE
from aif_hub.operate import survey
from aif_hub.projects import ASSOCIATIONS, parse_associations

RECORDS = Path(__file__).parent / "records"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
TAGGED, EVERYBODYS = tags.tagged("aif-demo"), workers.everybodys()
MARKS = {call: call.argv[-1].partition("|")[0] for call in (TAGGED, EVERYBODYS)}
#: Each question, and what Slurm prints when there is nothing of it; None where there is always something.
QUESTIONS: dict[str, tuple[Call[Any], str | None]] = {
    "jobs": (jobs.look("aif-demo"), "JOBID|UID|STATE|EXEC_HOST|TIME_LEFT|START_TIME|REASON\n"),
    "past jobs": (jobs.history([1]), "JobIDRaw|UID|State|NodeList|Start|End\n"),
    "tagged jobs": (
        TAGGED,
        f"{MARKS[TAGGED]}|JOBID|UID|STATE|EXEC_HOST|PARTITION|ACCOUNT|TIME_LIMIT|TRES_PER_NODE|SUBMIT_TIME|START_TIME|"
        "COMMENT\n",
    ),
    "workers": (
        EVERYBODYS,
        f"{MARKS[EVERYBODYS]}|ARRAY_JOB_ID|UID|ACCOUNT|TRES_PER_NODE|CPUS|"
        "JOBID|STATE|EXEC_HOST|START_TIME|TIME|REASON|COMMENT\n",
    ),
    "own workers": (workers.own(["1"]), "JOBID|STATE|EXEC_HOST|START_TIME|TIME|REASON\n"),
    "own arrays": (workers.own_arrays(), "ARRAY_JOB_ID|COMMENT\n"),
    "addresses": (jobs.node_addresses(), None),
    "ended jobs": (ledger.ended_jobs(["one"], NOW), HEADS["sacct"]),
    "ended jobs, unread": (Call(("sacct",), ledger.answered), HEADS["sacct"]),
    "queued jobs": (ledger.queued_jobs(["one"]), HEADS["squeue"]),
    "limits": (ledger.limits(), "Current Association Manager state\n\nNo QOS currently cached in Slurm.\n\n"),
    "facts": (binding.facts(), None),
    "weights": (binding.partition_weights(), None),
    "lasting QOS": (binding.lasting_qos(), "Name|Flags\n"),
    "a level": (binding.admin_level("aif"), "Admin\n"),
    "reserved time": (reserved.unused(["gres/gpu"], NOW, NOW), HEADS["sreport"]),
    "projects": (ASSOCIATIONS, None),
    "accounts": (accounts_of("ann"), "User|Account|Def QOS|QOS\n"),
    "the line": (line.in_line(), "JOBID|UID|PRIORITY|PARTITION|REASON\n"),
    "privacy": (line.hides_jobs(), None),
    "partitions": (planned.partitions(), None),
    "reservations": (planned.reservations_planned(), "No reservations in the system\n"),
    "nodes by GPU": (calendar.nodes_by_gpu(), f"{'NODELIST':<64}{'GRES':<256}\n"),
    "free GPUs": (free.gpus_in_use(), f"{'NODELIST':<64}{'STATE':<32}{'GRES':<256}{'GRES_USED':<256}\n"),
    "a new array": (arrays.submission("", ["w"], "aif/1"), None),
    "a configuration": (survey.config_call(), None),
    "nodes": (survey.nodes_call(), None),
    "a survey's partitions": (survey.partitions_call(()), None),
    "a survey's accounts": (survey.accounts_call(), "Account|Descr|Org\n"),
    "accounts' limits": (survey.account_limits_call(), "Account|User|GrpTRESMins\n"),
    "QOS": (survey.qos_call(), "Name|Flags|GrpTRESMins|MaxWall\n"),
    "associations": (survey.associations_call(), "Cluster|Account|User|QOS\n"),
}
HEADED = {name: said for name, (_, said) in QUESTIONS.items() if said is not None}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_what_is_no_answer_is_refused_by_every_reader(garbage: str, tmp_path: Path) -> None:
    cluster = slurm_that_prints(tmp_path, GARBAGE[garbage])
    for name, (call, _) in QUESTIONS.items():
        with pytest.raises(SlurmUnreachable) as refused:
            pytest.fail(f"{name}: believed {run(call, cluster)!r}")
        assert (refused.value.command, refused.value.status) == (call.argv[0], 0)


def test_a_command_that_should_say_nothing_did_what_it_was_told_only_if_it_said_nothing(tmp_path: Path) -> None:
    call = arrays.cancellation(["12_0"])
    for garbage, said in GARBAGE.items():
        cluster = slurm_that_prints(tmp_path, said)
        if said.strip():
            with pytest.raises(SlurmUnreachable):
                run(call, cluster)
        else:
            assert run(call, cluster) is None, garbage


@pytest.mark.parametrize("name", HEADED)
def test_that_there_is_nothing_is_believed_where_slurm_says_so(name: str, tmp_path: Path) -> None:
    """Also behind a greeting, which some sites' commands begin with; of reserved time Slurm itself says more."""
    call, said = QUESTIONS[name]
    assert said is not None
    found = run(call, slurm_that_prints(tmp_path, said.encode()))
    assert found in ({}, (), [], "", frozenset(), said, ledger.Limits({}, {}))
    if name != "reservations":
        run(call, slurm_that_prints(tmp_path, b"*** Welcome! ***\n" + said.encode()))


@pytest.mark.parametrize("name", HEADED)
def test_an_answer_that_broke_off_is_none(name: str, tmp_path: Path) -> None:
    call, said = QUESTIONS[name]
    assert said is not None
    with pytest.raises(SlurmUnreachable):
        run(call, slurm_that_prints(tmp_path, said.rstrip("\n").encode()))


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("jobs", "12|1003|RUNNING|gpu01|59:01|1795348800|None"),
        ("past jobs", "12|1003|COMPLETED|gpu01|1795348800|1795352400"),
        ("ended jobs", "12|ann|p1|q|COMPLETED|1795348800|1795352400|3600|billing=7"),
        ("own workers", "12_3|PENDING|n/a|N/A|0:00|Priority"),
        ("the line", "7|1003|30000|gpu|Priority"),
        ("accounts", "ann|p1|q|q"),
    ],
)
def test_a_table_of_which_a_row_broke_off_is_none(name: str, row: str, tmp_path: Path) -> None:
    call, head = QUESTIONS[name]
    whole = f"{head}{row}\n{row}\n"
    assert len(run(call, slurm_that_prints(tmp_path, whole.encode()))) >= 1
    for broken in (f"{head}{row}\n{row[:-2]}", f"{head}{row}\n{row.rpartition('|')[0]}\n"):
        with pytest.raises(SlurmUnreachable):
            run(call, slurm_that_prints(tmp_path, broken.encode()))


def test_a_row_of_a_persons_own_text_may_go_on_in_the_next_line(tmp_path: Path) -> None:
    call, head = QUESTIONS["own arrays"]
    said = f"{head}12|mine\nof two lines\n13|aif-x7/1\n"
    assert run(call, slurm_that_prints(tmp_path, said.encode()))["aif-x7/1"] == "13"


@pytest.mark.parametrize("name", ["facts", "privacy", "a configuration"])
@pytest.mark.parametrize("lines", [1, 40, 120])
def test_a_configuration_that_broke_off_says_nothing(name: str, lines: int, tmp_path: Path) -> None:
    call, _ = QUESTIONS[name]
    run(call, slurm_that_prints(tmp_path, CONFIG.encode()))
    part = "".join(CONFIG.splitlines(keepends=True)[:lines])
    with pytest.raises(SlurmUnreachable):
        run(call, slurm_that_prints(tmp_path, part.encode()))


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("addresses", "sinfo-addresses"),
        ("limits", "ledger-assoc_mgr"),
        ("weights", "scontrol-partition"),
        ("partitions", "partitions"),
        ("reservations", "reservations"),
        ("projects", "assoc"),
        ("nodes", "scontrol-node"),
    ],
)
def test_what_22_05_printed_is_an_answer_and_the_first_half_of_it_none(name: str, record: str, tmp_path: Path) -> None:
    call, _ = QUESTIONS[name]
    said = (RECORDS / f"{record}-22.05.txt").read_bytes()
    assert run(call, slurm_that_prints(tmp_path, said))
    with pytest.raises(SlurmUnreachable):
        run(call, slurm_that_prints(tmp_path, said[: len(said) // 2].rstrip(b"\n")))


def test_a_node_by_an_odd_name_or_address_makes_an_answer_none() -> None:
    call, _ = QUESTIONS["addresses"]
    assert call.parse("gpu01|127.0.1.1\ngpu01|127.0.1.1\n") == {"gpu01": "127.0.1.1"}
    for odd in ("12|\ufffd(|RUNNING", "gpu02|", "|127.0.1.2", "gpu02", "gpu 02|127.0.1.2", "gpu02|<b>"):
        with pytest.raises(SlurmUnreachable):
            call.parse(f"gpu01|127.0.1.1\n{odd}\n")


@pytest.mark.parametrize("level", ["None", "Operator", "Administrator"])
def test_a_level_is_one_of_three_words(level: str) -> None:
    call, _ = QUESTIONS["a level"]
    assert call.parse(f"Admin\n{level}\n") == level
    with pytest.raises(SlurmUnreachable):
        call.parse("Admin\n<html>(2 Bad Gateway\n")


def test_the_projects_of_an_accounting_are_read_behind_what_was_checked() -> None:
    said = (RECORDS / "assoc-22.05.txt").read_text()
    assert ASSOCIATIONS.parse(said) is said
    assert parse_associations(said, site())


def test_a_head_is_told_by_its_first_names_and_how_many_there_are() -> None:
    head = "JOBID|STATE|REASON"
    assert below(head, " JobID | State |WHY\n1|R|x\n", "squeue") == "1|R|x\n", "another release's words"
    for other in ("JOBID|STATE\n", "JOBID|USER|REASON\n", "12|RUNNING|x\n", "JOBID|STATE|REASON|MORE\n"):
        with pytest.raises(SlurmUnreachable):
            below(head, other, "squeue")


def test_the_garbage_of_chaos_is_what_is_tried_here() -> None:
    format_of = next(
        text.partition("'")[2].partition("'")[0]
        for text in (HERE / "days/garbage.sh").read_text().splitlines()
        if "printf '<html>" in text
    )
    printed = subprocess.run(["/bin/sh", "-c", f"printf '{format_of}'"], capture_output=True, check=True).stdout
    assert printed.rstrip(b"\n") == PAGE.rstrip(b"\n")


def test_partitions_of_two_readers_are_one_answer(tmp_path: Path) -> None:
    cluster = slurm_that_prints(tmp_path, PARTITIONS.encode())
    names = {one.name for one in run(survey.partitions_call(()), cluster)}
    assert (
        names
        == set(run(binding.partition_weights(), cluster))
        == {one.name for one in run(planned.partitions(), cluster)}
    )
