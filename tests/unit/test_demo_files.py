"""The files that `aif up` writes from its templates."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from aif.core import site
from aif_hub.demo import accounts, grants, instance, people, privilege, services, slurm_files
from aif_hub.demo.instance import Instance


@pytest.fixture
def inst(tmp_path: Path) -> Instance:
    found = Instance("demo", tmp_path, Path("/src"), False, 8000, 20000, 18)
    (tmp_path / "etc").mkdir()
    instance.write(found, "0.1.0")
    return found


@pytest.fixture
def demo() -> people.Demo:
    return people.read(slurm_files.demo_file("people.toml"))


def project(demo: people.Demo, account: str) -> people.Project:
    return next(project for project in demo.projects if project.account == account)


@pytest.mark.parametrize("name", ["slurm.conf", "gres.conf", "cgroup.conf", "slurmdbd.conf"])
@pytest.mark.parametrize("cgroups", ["v1", "v2", ""])
def test_every_place_in_slurms_files_is_filled_in(inst: Instance, name: str, cgroups: str) -> None:
    assert "$" not in slurm_files.rendered(inst, name, cgroups)


def test_without_cgroups_slurm_tracks_processes_in_another_way(inst: Instance) -> None:
    assert "ProctrackType=proctrack/cgroup" in slurm_files.rendered(inst, "slurm.conf", "v1")
    without = slurm_files.rendered(inst, "slurm.conf", "")
    assert "ProctrackType=proctrack/linuxproc" in without
    assert "TaskPlugin=task/none" in without


def test_clients_never_reach_the_machines_own_munge(inst: Instance) -> None:
    text = slurm_files.rendered(inst, "slurm.conf", "")
    assert f"AccountingStoragePass={inst.prefix}/run/munge.socket" in text
    assert f"AuthInfo=socket={inst.prefix}/run/munge.socket" in text


def test_a_class_of_44_fits_beside_a_crowd_without_gpus(inst: Instance, demo: people.Demo) -> None:
    text = slurm_files.rendered(inst, "slurm.conf", "")
    cores = int(re.search(r"CPUs=(\d+)", text)[1])  # type: ignore[index]
    crowd = int(re.search(r"MaxCPUsPerNode=(\d+)", text)[1])  # type: ignore[index]
    slices = int(re.search(r"h100_1g.10gb:(\d+)", text)[1])  # type: ignore[index]
    services.write_site(inst, demo)
    small = site.load(inst.prefix / "etc/site.toml").profile("slice")
    assert small is not None
    assert slices * small.cpus <= cores - crowd


def test_the_sites_file_is_one_that_the_hub_accepts(inst: Instance, demo: people.Demo) -> None:
    services.write_site(inst, demo)
    found = site.load(inst.prefix / "etc/site.toml")
    assert found.hub.bind_url == "http://127.0.0.1:8000"
    assert found.hub.admins == ("demo-olga",)
    assert [profile.title for profile in found.profiles] == ["Small GPU part", "One GPU", "Four GPUs", "No GPU"]
    assert found.project_title("inspect01") == "Inspection pilot"


def test_a_site_file_that_the_operator_took_over_is_left_as_it_is(inst: Instance, demo: people.Demo) -> None:
    path = inst.prefix / "etc/site.toml"
    path.write_text('name = "Mine"\n')
    services.write_site(inst, demo)
    assert path.read_text() == 'name = "Mine"\n'


def test_the_people_are_those_of_the_three_journeys(demo: people.Demo) -> None:
    assert len(demo.people) == 7 + 44
    by_name = {person.short: person for person in demo.people}
    assert by_name["bakker"].projects == ("mobility01", "mobtest01")
    assert by_name["class44"].name == "Learner 44"
    assert [grant.gpu_hours for grant in project(demo, "mobility01").grants] == [20000, 300]


def test_start_ups_and_smes_go_before_everybody_else() -> None:
    priority = tomllib.loads(slurm_files.demo_file("people.toml").read_text())["priority"]
    assert min(priority["sme"], priority["startup"]) > max(
        value for kind, value in priority.items() if kind not in ("sme", "startup")
    )


def test_500_gpu_hours_are_210000_minutes_of_billing(demo: people.Demo) -> None:
    pilot = project(demo, "inspect01")
    [grant] = pilot.grants
    assert pilot.qos(grant) == "sme-inspect01"
    assert accounts.qos_settings(pilot, grant) == ["priority=1000", "grptresmins=billing=210000", "flags=NoDecay"]


def test_slurm_holds_a_project_to_what_was_left_on_the_first_day(demo: people.Demo) -> None:
    flows = project(demo, "mobility01")
    [_, limit, _] = accounts.qos_settings(flows, flows.grants[0])
    assert limit == f"grptresmins=billing={(20000 - 12288) * 60 * 7}"


def test_journey_b_begins_at_its_214th_day_of_365(inst: Instance, demo: people.Demo) -> None:
    today = grants.first_day(inst)
    services.write_site(inst, demo)
    found = {one.name: one for one in site.load(inst.prefix / "etc/site.toml").allocations}
    regular, national = found["mobility01"], found["mobility01-national"]
    assert (regular.days(), regular.time_share(today)) == (365, Fraction(214, 365))
    assert (regular.limit, regular.carried_in, regular.billing_per_unit) == (20000, 7680, 7)
    assert regular.reference.startswith("EHPC-AIF-20")
    assert (national.qos, national.share, national.limit) == ("research-mobility01-national", "national", 300)
    assert found["inspect01"].days_left(today) == 60


def test_days_are_counted_from_the_first_up_and_do_not_move_at_the_next(inst: Instance, demo: people.Demo) -> None:
    instance.set_stamp(inst, "first day", "2027-10-01")
    services.write_site(inst, demo)
    found = {one.name: one for one in site.load(inst.prefix / "etc/site.toml").allocations}
    assert (found["mobility01"].start, found["mobility01"].compute_end) == (date(2027, 3, 1), date(2028, 2, 28))
    assert found["mobility01"].reference == "EHPC-AIF-2027RG02-047"
    assert found["mobility01"].report_due == date(2028, 5, 28)
    assert found["inspect01"].compute_end == date(2027, 11, 30)


def test_the_pi_of_a_project_is_one_of_its_people(inst: Instance, demo: people.Demo) -> None:
    services.write_site(inst, demo)
    pi = {one.account: one.pi for one in site.load(inst.prefix / "etc/site.toml").projects}
    assert pi["mobility01"] == ("demo-visser",)
    people_of = {one.account: {p.short for p in demo.people if one.account in p.projects} for one in demo.projects}
    assert all(set(one.pi) <= people_of[one.account] for one in demo.projects)


def test_the_second_allocation_of_an_account_is_paid_through_a_qos_of_its_own(
    inst: Instance, demo: people.Demo
) -> None:
    below = accounts.as_sacctmgr_file(inst, demo).split("Parent - 'mobility01'\n")[1].split("Parent")[0]
    qos = "DefaultQOS='research-mobility01':QOS='research-mobility01,research-mobility01-national'"
    assert [line.rpartition(":Default")[2] for line in below.splitlines()] == [qos.removeprefix("Default")] * 4


def test_each_association_has_its_projects_qos_and_no_other(inst: Instance, demo: people.Demo) -> None:
    text = accounts.as_sacctmgr_file(inst, demo)
    below = text.split("Parent - 'mobtest01'\n")[1].split("Parent")[0]
    assert below.splitlines() == [
        f"User - 'demo-{short}':DefaultAccount='mobility01':DefaultQOS='research-mobtest01':QOS='research-mobtest01'"
        for short in ("bakker", "visser")
    ]


def test_passwords_are_made_once_and_shared_in_the_classroom_only(inst: Instance, demo: people.Demo) -> None:
    first = people.ensure_passwords(inst, demo)
    assert people.ensure_passwords(inst, demo) == first
    assert first["class01"] == first["class44"]
    assert len(set(first.values())) == 8
    assert (inst.prefix / "etc/people.json").stat().st_mode & 0o777 == 0o600


def test_a_password_added_later_does_not_change_the_others(inst: Instance, demo: people.Demo) -> None:
    few = people.Demo(demo.projects, demo.people[:8])
    first = people.ensure_passwords(inst, few)
    later = people.ensure_passwords(inst, demo)
    assert {short: later[short] for short in first} == first
    assert later["class44"] == first["class01"]


def test_the_hub_gets_hashes_and_never_a_password(
    inst: Instance, demo: people.Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = people.ensure_passwords(inst, demo)
    monkeypatch.setattr(people.shutil, "chown", lambda path, group: None)  # the hub's group is made by `up` alone
    people.write_logins(inst, demo, words)
    path = inst.prefix / "etc/demo-logins.json"
    entries = {entry["short"]: entry for entry in json.loads(path.read_text())["people"]}
    assert not any(word in path.read_text() for word in words.values())
    marieke = entries["marieke"]
    digest = hashlib.scrypt(words["marieke"].encode(), salt=bytes.fromhex(marieke["salt"]), n=2**14, r=8, p=1, dklen=32)
    assert digest.hex() == marieke["hash"]
    assert marieke["login"] == "demo-marieke"
    assert path.stat().st_mode & 0o777 == 0o640


def test_sudo_lets_the_hub_run_the_launcher_without_arguments_and_nothing_else(inst: Instance) -> None:
    line = privilege.sudoers_line(inst, Path("/opt/aif/demo/libexec/aif-launch"))
    assert line == 'aif-demo ALL=(root) NOPASSWD: /opt/aif/demo/libexec/aif-launch ""\n'
