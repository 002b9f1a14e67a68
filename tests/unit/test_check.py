"""What `aif check` says of Slurm, its accounting, privacy and people: each fault is named with what to do about it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hub_material import site_data
from operate_material import CPU, GPU, SITE, SLICE, configured, is_ok, is_warning, is_wrong, says, seen, site

from aif.core import site as sites
from aif.core.request import Project
from aif.core.site import Cluster
from aif_hub.operate import finding
from aif_hub.operate.checks import accounting, own_data, people, privacy, slurm
from aif_hub.operate.checks.people import Member
from aif_hub.operate.checks.sight import Said, Sight
from aif_hub.operate.finding import Level, Section, ok, unseen, warning, wrong
from aif_hub.operate.host_files import Setup
from aif_hub.operate.survey import Qos

# -- the report --------------------------------------------------------------------------------------------------------


def test_only_what_is_wrong_fails_the_check() -> None:
    fine = Section("A", (ok("Good."), warning("Hm.", "Do."), unseen("Dark.")))
    assert not finding.failed([fine])
    assert finding.failed([fine, Section("B", (wrong("Bad.", "Undo."),))])


def test_the_report_is_one_line_each_with_the_sum_last() -> None:
    said = finding.in_words([Section("A", (ok("Good."), wrong("Bad.", "Undo."))), Section("Empty", ())])
    assert said.splitlines() == ["A", "  ✓ Good.", "  ✗ Bad. → Undo.", "", "1 wrong, 1 as it should be."]


def test_programs_get_the_same() -> None:
    said = finding.as_json([Section("A", (wrong("Bad.", "Undo."),))])
    assert said == {"ok": False, "findings": [{"section": "A", "level": "wrong", "what": "Bad.", "fix": "Undo."}]}


# -- Slurm -------------------------------------------------------------------------------------------------------------


def test_the_captured_slurm_is_as_it_should_be() -> None:
    is_ok(slurm.version(seen()))
    is_ok(slurm.scheduler(seen()))
    is_ok(slurm.memory_of_jobs(seen(), SITE))
    is_ok(slurm.size(SLICE, seen()))
    is_ok(slurm.size(GPU, seen()))
    is_ok(slurm.size(CPU, seen()))


def test_an_old_slurm_and_one_that_cannot_give_gpus() -> None:
    is_wrong(slurm.version(configured(SLURM_VERSION="21.08.8")), "older than 22.05")
    is_wrong(slurm.version(configured(SLURM_VERSION="")), "?")
    is_wrong(slurm.scheduler(configured(SelectType="select/linear")), "select/linear", "cons_tres")


def test_jobs_that_are_not_confined() -> None:
    found = slurm.confinement(
        configured(ProctrackType="proctrack/linuxproc", TaskPlugin="task/none", ConstrainRAMSpace="no")
    )
    for one, word in zip(found, ("ProctrackType", "TaskPlugin", "ConstrainRAMSpace", "Devices", "Cores"), strict=True):
        is_warning(one, word)
    (fine,) = slurm.confinement(configured(ConstrainDevices="yes", ConstrainCores="yes"))
    is_ok(fine)


def test_a_controller_that_forgets_jobs_too_soon() -> None:
    is_warning(slurm.memory_of_jobs(configured(MinJobAge="2 sec"), SITE), "MinJobAge=2 s", "60")
    is_warning(slurm.memory_of_jobs(configured(MinJobAge=""), SITE), "MinJobAge=0 s")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"partition": "nowhere"}, "there is no partition nowhere"),
        ({"hours_max": 30}, "hours_max is 30, and partition gpu allows 24"),
        ({"gpu_type": "a100"}, "no node of partition gpu has GPUs of type a100"),
        ({"gpus": 5}, "gpus = 5, and a node has 4 at most"),
        ({"cpus": 129}, "cpus = 129, and a node gives 128 at most"),
        ({"memory_gb": 513}, "memory_gb = 513, and a node has 512 at most"),
    ],
)
def test_a_size_that_can_never_start_says_what_is_too_much(change: dict[str, Any], words: str) -> None:
    is_wrong(slurm.size(replace(GPU, **change), seen()), words)


def test_a_partition_that_is_down_and_one_that_caps_processors() -> None:
    down = tuple(replace(one, up=False) for one in seen().partitions)
    is_wrong(slurm.size(GPU, seen(partitions=down)), "partition gpu is not up", "state=up")
    is_wrong(slurm.size(replace(CPU, cpus=31), seen()), "a node gives 30 at most")  # MaxCPUsPerNode


def test_nodes_whose_address_nobody_knows() -> None:
    cluster = Cluster("demo", "/etc/slurm/slurm.conf")
    is_ok(slurm.addresses(cluster, slurm._unknown(seen().nodes, {})))
    absent = slurm._unknown(seen().nodes, {"gpu01": "10.0.0.1"})
    is_wrong(slurm.addresses(cluster, absent), "gpu02, gpu03, mig01", "addresses of [[cluster]] demo")
    named = tuple(replace(node, address=f"{node.name}.invalid") for node in seen().nodes)
    is_wrong(slurm.addresses(cluster, slurm._unknown(named, {})), "gpu01, gpu02, gpu03 and 1 more")


# -- accounting --------------------------------------------------------------------------------------------------------


def test_the_captured_accounting_is_as_it_should_be() -> None:
    is_ok(accounting.storage(seen()))
    for found in (
        *accounting.enforcement(seen()),
        *accounting.recorded(seen(), SITE),
        *accounting.billing(seen(), SITE),
    ):
        is_ok(found)
    is_ok(accounting.decay(seen()))


def test_no_accounting_at_all() -> None:
    is_wrong(accounting.storage(configured(AccountingStorageType="accounting_storage/none")), "nobody can start")


def test_budgets_that_nobody_is_held_to_and_sessions_that_are_killed_for_one() -> None:
    (loose, deadly) = accounting.enforcement(configured(AccountingStorageEnforce="associations"))
    is_warning(loose, "lacks limits, qos")
    is_wrong(deadly, "running sessions are killed", "safe")
    (fine,) = accounting.enforcement(configured(AccountingStorageEnforce="all"))
    is_ok(fine)


def test_gpus_whose_use_is_not_recorded() -> None:
    (found,) = accounting.recorded(configured(AccountingStorageTRES="cpu,mem,gres/gpu"), site(SLICE, GPU))
    is_warning(found, "lacks gres/gpu:h100, gres/gpu:h100_1g.10gb", "gres/gpu:h100,gres/gpu:h100_1g.10gb")
    (found,) = accounting.recorded(configured(AccountingStorageTRES="cpu,mem"), site(GPU))
    is_warning(found, "lacks gres/gpu, gres/gpu:h100")


def test_a_gpu_that_slurm_charges_otherwise_than_pages_say() -> None:
    (found,) = accounting.billing(seen(), site(replace(SLICE, gpu_weight=Fraction(1, 2)), GPU))
    is_wrong(found, "slice 2, gpu 7", "gpu_weight")
    generic = seen(partitions=tuple(replace(one, weights={"gres/gpu": Fraction(1)}) for one in seen().partitions))
    (found,) = accounting.billing(generic, site(SLICE, GPU))  # a slice counts as a whole one
    is_wrong(found, "slice 7, gpu 1")


def test_gpus_that_are_not_billed_and_processors_that_are() -> None:
    none = seen(partitions=tuple(replace(one, weights={"cpu": Fraction(1)}) for one in seen().partitions))
    processors, gpus = accounting.billing(none, site(CPU, GPU))
    is_warning(processors, "profile.cpu has no GPU", "CPU=0.0")
    is_warning(gpus, "bill no GPUs for gpu")


def test_budgets_that_come_back_by_themselves() -> None:
    decaying = configured(PriorityDecayHalfLife="7-00:00:00")
    is_ok(accounting.decay(decaying))  # every budget is on a QOS with NoDecay
    plain = tuple(replace(qos, flags=frozenset()) for qos in seen().qos)
    is_warning(accounting.decay(replace(decaying, qos=plain)), "comes back by itself", "NoDecay")
    is_warning(accounting.decay(replace(decaying, qos=())), "comes back by itself")
    is_warning(accounting.decay(configured(PriorityUsageResetPeriod="MONTHLY")), "MONTHLY")
    is_ok(accounting.decay(replace(configured(PriorityType="priority/basic"), qos=plain)))


# -- privacy -----------------------------------------------------------------------------------------------------------

ROOT = privacy.View(jobs=12, nodes=4, associations=50)


def test_jobs_that_come_or_go_while_the_hub_is_asked_are_not_hidden_from_it():
    nodes, people = {"gpu01"}, {"ann|one"}
    before, hub, after = ([jobs, nodes, people] for jobs in ({"1", "2", "3"}, {"2", "3", "4"}, {"2", "3", "4", "5"}))
    own, seen = privacy.views(before, hub, after)
    assert (own, seen) == (privacy.View(2, 1, 1), privacy.View(2, 1, 1))
    assert privacy.views(before, [{"2"}, nodes, people], after)[1].jobs == 1


def test_the_hub_sees_all_or_it_is_said_what_it_does_not_see() -> None:
    (fine,) = privacy.seen_by_the_hub(ROOT, ROOT, "aif-hub", seen())
    is_ok(fine)
    found = privacy.seen_by_the_hub(ROOT, privacy.View(0, 1, 2), "aif-hub", configured(PrivateData="jobs,users,nodes"))
    for one, words in zip(found, ("sees 0 of 12 jobs", "sees 2 of 50 people", "sees 1 of 4 nodes"), strict=True):
        is_wrong(one, f"aif-hub {words}", "PrivateData")


def test_reservations_that_are_hidden_from_the_hub_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked_as(_sight: Sight, user: str, argv: list[str]) -> Said:
        if argv[-2:] != ["reservation", "-o"]:
            return Said(0, "one\n", "")
        if user != "root":
            return Said(0, "No reservations in the system\n", "")
        asked.append(user)  # what it uses by now is another number each time
        return Said(0, f"ReservationName=maint StartTime=1795534446 TRES=cpu={len(asked)}\n", "")

    asked: list[str] = []
    monkeypatch.setattr(Sight, "asked_as", asked_as)
    sight = Sight(Setup(SITE, Path("site.toml")), {"demo": configured(PrivateData="reservations")})
    sight.__dict__["is_root"] = True
    (_chosen, hidden) = privacy.look(sight)
    is_warning(hidden, "sees 0 of 1 reservations: no page tells of maintenance", "Take reservations out of PrivateData")


def test_hidden_jobs_are_found_in_the_configuration_while_there_are_none() -> None:
    empty = replace(ROOT, jobs=0)
    (found,) = privacy.seen_by_the_hub(empty, empty, "aif-hub", configured(PrivateData="jobs"))
    is_wrong(found, "would see no jobs of others", "adminlevel=operator")


def test_what_people_see_of_each_other_is_said() -> None:
    assert "each other's jobs" in privacy.chosen(seen()).what
    assert "neither" in privacy.chosen(configured(PrivateData="accounts,jobs,usage,users")).what


# -- people ------------------------------------------------------------------------------------------------------------

PROJECT = Project("inspect01", "Inspection", "sme-inspect01")
MARIEKE = Member("demo-marieke", 1003, "/home/m", True, (PROJECT,))


def test_members_without_an_account_are_named() -> None:
    is_ok(people.payers("people", ["demo-marieke", "demo-olga"], seen()))
    is_warning(people.payers("people", ["demo-marieke", "a", "b", "c", "d"], seen()), "4 of 5", "sacctmgr add user a")
    says(people.payers("people", [], seen()), Level.UNSEEN, "lists no members")


@pytest.mark.parametrize(
    ("change", "words"),
    [({"uid": 33}, "system user"), ({"in_group": False}, "not in people"), ({"projects": ()}, "no Slurm account")],
)
def test_a_person_who_may_not_start(change: dict[str, Any], words: str) -> None:
    is_wrong(people.belongs(replace(MARIEKE, **change), 1000, "people"), words)
    is_ok(people.belongs(MARIEKE, 1000, "people"))


def test_a_qos_that_allows_less_than_the_size() -> None:
    short = (Qos("sme-inspect01", frozenset(), "", timedelta(hours=4)),)
    is_warning(people.limits(GPU, PROJECT, seen(qos=short)), "QOS sme-inspect01 allows 4", "hours_max = 4")
    assert people.limits(GPU, PROJECT, seen()) is None


@pytest.mark.parametrize(
    ("said", "level", "words"),
    [
        (
            Said(0, json.dumps({"starts_at": "2026-11-24T12:00:00", "message": "Job 7 to start"}), ""),
            Level.OK,
            "at 2026",
        ),
        (Said(0, json.dumps({"starts_at": None, "message": "Invalid qos"}), ""), Level.WRONG, "Invalid qos"),
        (Said(0, json.dumps({"error": {"code": "refused", "message": "No."}}), ""), Level.WRONG, "refused: No."),
        (Said(1, "", "sudo: a password is required"), Level.WRONG, "sudo: a password is required"),
        (Said(-1, "", "sudo could not be started"), Level.WRONG, "could not be started"),
    ],
)
def test_what_the_launcher_answered_to_a_size(said: Said, level: Level, words: str) -> None:
    says(people.answered(GPU, "demo-marieke", said), level, words)


def test_a_home_that_cannot_be_used(tmp_path: Path) -> None:
    assert "is no folder here" in people._closed(str(tmp_path / "gone"), 0)
    is_wrong(people.home("m", "/home/m", "others may not enter /home"), "no usable home")
    is_ok(people.home("m", "/home/m", ""))


# -- people's own data -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "warned"),
    [
        (
            {},
            "data.contact is missing: whoever has data that may not come without asking is sent to support@",
        ),
        ({"contact": "Olga, room 7"}, "data.contact, Olga, room 7, is neither an address nor a page"),
        ({"contact": "data@example.org", "project_dir": "/nowhere/{account}"}, "/nowhere is not on this host"),
        ({"contact": "https://example.org/data"}, ""),
        ({"contact": "data@example.org", "project_dir": "/tmp/{account}"}, ""),  # noqa: S108
    ],
)
def test_who_answers_for_peoples_own_data_is_there(stated: dict[str, str], warned: str) -> None:
    stated_site = sites.parse(site_data(contact="support@example.org", data=stated))
    found = own_data.look(Sight(Setup(stated_site, Path("site.toml")), {}))
    warnings = [one.what for one in found if one.level is not Level.OK]
    assert [one.startswith(warned) for one in warnings] == ([True] if warned else [])
    assert "Personal data: none is taken." in finding.in_words([Section(own_data.TITLE, tuple(found))])
