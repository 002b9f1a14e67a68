"""The embedded Slurm as people, the launcher and the operator meet it."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.demo
Facts = Mapping[str, Any]


def slurm(instance: Facts, *argv: str, user: str | None = None, text_in: str | None = None) -> str:
    done = subprocess.run(
        argv,
        env={"PATH": "/usr/bin:/bin", "SLURM_CONF": instance["slurm_conf"]},
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        input=text_in,
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def login(instance: Facts, short: str) -> str:
    return f"{instance['instance']}-{short}"


def run_job(instance: Facts, short: str, script: str, *options: str) -> tuple[dict[str, str], str]:
    """A job's fields at its end, and what it wrote."""
    person = login(instance, short)
    home = Path(pwd.getpwnam(person).pw_dir)
    argv = ["sbatch", "--parsable", f"--chdir={home}", "--output=slurm-%j.out", "--time=2", *options]
    job = slurm(instance, *argv, user=person, text_in=f"#!/bin/bash\n{script}\n").strip()
    deadline = time.monotonic() + 60
    while True:
        text = slurm(instance, "scontrol", "-o", "show", "job", job)
        fields = dict(word.split("=", 1) for word in text.split() if "=" in word)
        if fields["JobState"] not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING"):
            output = home / f"slurm-{job}.out"
            said = output.read_text()
            output.unlink()
            return fields, said
        assert time.monotonic() < deadline, text
        time.sleep(0.1)


def test_a_slice_job_sees_its_own_device_and_counts_one(instance: Facts) -> None:
    fields, said = run_job(instance, "class01", "echo $CUDA_VISIBLE_DEVICES", "-p", "mig", "--gres=gpu:h100_1g.10gb:1")
    assert said.strip().isdigit()
    assert fields["JobState"] == "COMPLETED"
    assert fields["NodeList"] == "mig01"
    assert "billing=1," in fields["TRES"] + ","


def test_four_whole_gpus_count_28_and_all_four_are_visible(instance: Facts) -> None:
    fields, said = run_job(instance, "bakker", "echo $CUDA_VISIBLE_DEVICES", "-p", "gpu", "--gres=gpu:h100:4")
    assert said.strip() == "0,1,2,3"
    assert "billing=28," in fields["TRES"] + ","
    assert fields["QOS"] == "research-mobility01"


def test_a_job_without_a_gpu_costs_nothing_and_stays_off_the_gpu_nodes(instance: Facts) -> None:
    fields, _ = run_job(instance, "marieke", "true", "-p", "cpu")
    assert "billing" not in fields["TRES"]
    assert fields["NodeList"] == "mig01"


def test_a_job_over_its_memory_ends_as_out_of_memory(instance: Facts) -> None:
    if "proctrack/cgroup" not in Path(instance["slurm_conf"]).read_text():
        pytest.skip("this machine has no cgroups that we may make")
    fields, _ = run_job(instance, "joost", "exec python3 -c 'bytearray(10**9)'", "-p", "cpu", "--mem=100M")
    assert fields["JobState"] == "OUT_OF_MEMORY"


def test_a_person_cannot_use_somebody_elses_project(instance: Facts) -> None:
    with pytest.raises(AssertionError, match="Invalid account"):
        run_job(instance, "marieke", "true", "-p", "cpu", "--account=mobility01")


def test_budgets_are_limits_on_billing_that_never_decay(instance: Facts) -> None:
    rows = slurm(instance, "sacctmgr", "-nP", "show", "qos", "format=name,flags,grptresmins,priority").split()
    assert "sme-inspect01|NoDecay|billing=210000|1000" in rows
    assert "education-trn0007|NoDecay|billing=84000|300" in rows


def test_every_node_answers_on_an_address_of_its_own(instance: Facts) -> None:
    rows = slurm(instance, "scontrol", "-o", "show", "node").splitlines()
    fields = [dict(word.split("=", 1) for word in row.split() if "=" in word) for row in rows]
    assert {node["NodeName"]: node["NodeAddr"] for node in fields} == instance["addresses"]


def test_a_home_is_its_owners_alone(instance: Facts) -> None:
    home = Path(pwd.getpwnam(login(instance, "marieke")).pw_dir)
    assert home.stat().st_mode & 0o777 == 0o700


def test_passwords_keys_and_tokens_are_roots_alone(instance: Facts) -> None:
    prefix = Path(instance["prefix"])
    for name in ("etc/people.json", "etc/hub.env", "state/munge/key", "etc/slurm/slurmdbd.conf"):
        facts = (prefix / name).stat()
        assert (facts.st_uid, facts.st_mode & 0o077) == (0, 0), name


def test_a_person_reaches_neither_the_database_nor_the_hubs_state(instance: Facts) -> None:
    person = pwd.getpwnam(login(instance, "marieke"))
    for name in ("run/db/my.sock", "state/db/mysql", "state/hub/jupyterhub.sqlite", "state/munge/key"):
        done = subprocess.run(
            ["/usr/bin/test", "-e", f"{instance['prefix']}/{name}"],
            user=person.pw_uid,
            group=person.pw_gid,
            extra_groups=[],
            timeout=10,
            check=False,
        )
        assert done.returncode == 1, name


def test_sudo_gives_the_hub_the_launcher_without_arguments_and_no_more(instance: Facts) -> None:
    program = f"{instance['prefix']}/libexec/aif-launch"
    for argv, allowed in (([program], True), ([program, "--help"], False), (["/usr/bin/id"], False)):
        asked = ["sudo", "-n", "-l", "-U", instance["hub_user"], *argv]
        done = subprocess.run(asked, capture_output=True, timeout=20, check=False)
        assert (done.returncode == 0) is allowed, argv


def test_hub_and_proxy_run_as_the_instances_own_user(instance: Facts) -> None:
    uid = pwd.getpwnam(instance["hub_user"]).pw_uid
    for name in ("hub", "proxy"):
        pid = json.loads((Path(instance["prefix"]) / f"run/{name}.pid").read_text())["pid"]
        assert Path(f"/proc/{pid}").stat().st_uid == uid
        assert os.getsid(pid) == pid


def test_status_has_the_promised_keys_and_everything_runs(instance: Facts) -> None:
    checkout = Path(__file__).parents[2]
    argv = [
        str(checkout / "aif"),
        "status",
        "--json",
        "--instance",
        instance["instance"],
        "--prefix",
        instance["prefix"],
    ]
    said = json.loads(subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout)
    assert set(said) == {"url", "services", "people", "slurm_conf", "version"}
    assert set(said["services"].values()) == {"running"}
    assert {"hub", "proxy", "slurmctld", "slurmdbd", "mariadbd", "munged", "slurmd-mig01"} <= set(said["services"])
    marieke = next(person for person in said["people"] if person["name"] == login(instance, "marieke"))
    assert set(marieke) == {"name", "password", "role", "projects"}
    assert len(said["people"]) == 51
