"""What `aif check` says of this host: sudo, ports, certificates, clocks, folders, environments, database and units."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hub_material import site_data
from operate_material import is_ok, is_warning, is_wrong, record, says, seen

from aif.core import site as sites
from aif_hub.operate.certificate import Certificate
from aif_hub.operate.checks import clocks, database, doors, environments, folders, privilege, units, versions
from aif_hub.operate.checks.environments import Environment
from aif_hub.operate.checks.sight import Said
from aif_hub.operate.finding import Level
from aif_hub.operate.shipped import shipped

SITE = sites.parse(site_data())
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

# -- launcher and sudo -------------------------------------------------------------------------------------------------

LAUNCHER = Path("/opt/aif/site/libexec/aif-launch")
LISTING = """User aif-hub may run the following commands on host1:
    (root) NOPASSWD: /opt/aif/site/libexec/aif-launch ""
"""


def test_sudo_gives_the_one_line_and_no_other() -> None:
    is_ok(privilege.rights(LISTING, "aif-hub", LAUNCHER))
    is_wrong(privilege.rights(LISTING + "    (ALL : ALL) ALL\n", "aif-hub", LAUNCHER), "may do more by sudo", "out of")
    is_wrong(privilege.rights(LISTING.replace(' ""', ""), "aif-hub", LAUNCHER), "may not run")
    is_wrong(
        privilege.rights("User aif-hub is not allowed to run sudo on host1.\n", "aif-hub", LAUNCHER), "may not run"
    )


def test_a_mistake_anywhere_in_sudoers() -> None:
    is_ok(privilege.syntax(0, ""))
    is_wrong(privilege.syntax(1, "/etc/sudoers.d/x:1:9: syntax error"), "syntax error")


@pytest.mark.parametrize(
    ("uid", "groups", "words"),
    [(0, set(), "is root"), (990, {"docker", "aif-hub"}, "is in docker"), (990, {"people"}, "people's group")],
)
def test_a_hubs_user_with_rights(uid: int, groups: set[str], words: str) -> None:
    is_wrong(privilege.unprivileged("aif-hub", uid, frozenset(groups), "people"), words)
    is_ok(privilege.unprivileged("aif-hub", 990, frozenset({"aif-hub"}), "people"))


def test_a_launcher_that_others_can_change() -> None:
    def at(path: str, uid: int, mode: int) -> privilege.Owned:
        return privilege.Owned(Path(path), uid, mode)

    is_ok(privilege.owned([at("/opt", 0, 0o40755), at("/scratch", 0, 0o41777), at("/opt/x", 0, 0o100755)]))
    is_wrong(privilege.owned([at("/opt", 0, 0o40755), at("/opt/x", 0, 0o100775)]), "/opt/x can be changed")
    is_wrong(privilege.owned([at("/opt", 1000, 0o40755)]), "/opt can be changed", "chown root")


def test_a_launcher_that_does_not_fit_the_site_file() -> None:
    is_ok(privilege.settings({"a": 1}, {"a": 1}))
    is_wrong(
        privilege.settings({"a": 1, "b": 2}, {"a": 1, "b": 3}), "something else than the site file: b", "aif install"
    )
    is_warning(privilege.fresh(["verbs.py"]), "another release (verbs.py)")
    is_ok(privilege.fresh([]))


# -- addresses, ports and TLS ------------------------------------------------------------------------------------------


def test_a_port_is_free_ours_or_somebody_elses() -> None:
    port = doors.Port("hub", 8081)
    is_ok(doors.taken(port))
    is_ok(doors.taken(replace(port, holder="python (process 7)", is_ours=True)))
    is_wrong(doors.taken(replace(port, holder="nginx (process 8)")), "taken by nginx")
    says(doors.taken(replace(port, holder="another process"), can_tell=False), Level.UNSEEN, "only root")


def test_an_address_that_nodes_cannot_reach() -> None:
    (found,) = doors.towards_nodes("10.9.9.9", False, seen())
    is_wrong(found, "no address of this host")
    away = seen(nodes=tuple(replace(node, address="10.0.0.1") for node in seen().nodes))
    (found,) = doors.towards_nodes("127.0.0.1", True, away)
    is_wrong(found, "gpu01 and others cannot reach")
    (found,) = doors.towards_nodes("127.0.0.1", True, seen())
    is_ok(found)


def test_a_front_door_without_tls() -> None:
    def hub(**keys: str) -> sites.Hub:
        return replace(SITE.hub, **keys)

    assert doors.front(hub(bind_url="http://127.0.0.1:8000")) == []
    (found,) = doors.front(hub(bind_url="http://10.0.0.5:8000"))
    is_wrong(found, "is not encrypted")
    (found,) = doors.front(hub(bind_url="https://hub.example.org"))
    is_wrong(found, "there is no tls_certificate")


def certificate(**changed: Any) -> Certificate:
    facts = {"since": NOW - timedelta(days=9), "until": NOW + timedelta(days=80), "names": ("hub.example.org",)}
    return Certificate(**{**facts, "public_key": b"", **changed})


def test_a_certificate_has_dates_and_a_name() -> None:
    (found,) = doors.shown(certificate(), "hub.example.org", NOW)
    is_ok(found)
    is_ok(doors.shown(certificate(names=("*.example.org",)), "hub.example.org", NOW)[0])
    is_wrong(doors.shown(certificate(names=("*.example.org",)), "a.b.example.org", NOW)[0], "not for a.b.example.org")
    is_wrong(doors.lasting(certificate(until=NOW), "It", NOW), "ended on 2026-11-24")
    is_warning(doors.lasting(certificate(until=NOW + timedelta(days=5)), "It", NOW), "ends on 2026-11-29")
    is_wrong(doors.lasting(certificate(since=NOW + timedelta(hours=1)), "It", NOW), "valid only from")


def test_a_key_is_the_hubs_alone() -> None:
    is_ok(doors.private_key("/k", 990, 0o100600, 990, True))
    is_ok(doors.private_key("/k", 0, 0o100640, 990, True))
    is_wrong(doors.private_key("/k", 990, 0o100644, 990, True), "can be read by others")
    is_wrong(doors.private_key("/k", 0, 0o100600, 990, True), "cannot be read by the proxy")
    is_wrong(doors.private_key("/k", 990, 0o100600, 990, False), "not the key of the certificate")


# -- clocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("controller", "level", "words"),
    [
        (1000, Level.OK, "agrees"),
        (999, Level.OK, "agrees"),
        (1009, Level.WARNING, "9 s apart"),
        (900, Level.WRONG, "99 s apart"),
    ],
)
def test_clocks_that_are_apart(controller: int, level: Level, words: str) -> None:
    says(clocks.agree(clocks.Reading(1000.1, controller, 1000.4)), level, words)


def test_the_controllers_time_stands_in_the_first_line() -> None:
    assert clocks.controllers_time(record("scontrol-config")) is not None
    assert clocks.controllers_time("slurm_load_ctl_conf error") is None


def test_nodes_that_are_silent() -> None:
    is_ok(clocks.nodes(seen()))
    first, *others = seen().nodes
    is_warning(clocks.nodes(seen(nodes=(replace(first, state="DOWN"), *others))), "1 nodes do not answer, gpu01 first")


# -- folders -----------------------------------------------------------------------------------------------------------


def test_the_hubs_own_folder() -> None:
    good = folders.State("/var/lib/aif", True, 990, 0o40700, 40)
    is_ok(folders.state(good, 990, "aif-hub"))
    is_wrong(folders.state(replace(good, exists=False), 990, "aif-hub"), "There is no /var/lib/aif", "aif install")
    is_wrong(folders.state(replace(good, uid=0), 990, "aif-hub"), "is not aif-hub's")
    is_wrong(folders.state(replace(good, mode=0o40755), 990, "aif-hub"), "holds the hub's keys", "0700")
    is_warning(folders.state(replace(good, free_gb=0.2), 990, "aif-hub"), "0.2 GB free")


def test_a_site_file_that_others_can_change_or_the_hub_cannot_read() -> None:
    path = Path("/etc/aif/site.toml")
    is_ok(folders.site_file(path, 0, 0o100644))
    is_wrong(folders.site_file(path, 0, 0o100664), "can be changed by others")
    is_wrong(folders.site_file(path, 1000, 0o100644), "can be changed by others")
    is_warning(folders.site_file(path, 0, 0o100600), "the hub has to")


def test_homes_that_nodes_may_not_see() -> None:
    mounts = "/dev/sda / ext4 rw 0 0\nserver:/h /home nfs4 rw 0 0\nserver:/x /home/with\\040space nfs4 rw 0 0\n"
    assert folders._file_system("/home/m", mounts) == "nfs4"
    assert folders._file_system("/homes/m", mounts) == "ext4"
    is_ok(folders.homes("/home/m", "nfs4", True))
    is_warning(folders.homes("/home/m", "ext4", True), "ext4, which may be this host's own")
    is_ok(folders.homes("/home/m", "ext4", False))


# -- environments and versions -----------------------------------------------------------------------------------------

HUB = Environment("hub", Path("/e/hub"), python="3.11.2", modules=90, compiled=90, versions={"jupyterhub": "6.1.1"})
LAB = replace(HUB, name="notebook", path=Path("/e/lab"), versions={"jupyterhub": "6.1.1", "jupyterlab": "4.6.6"})


def test_an_environment_for_itself() -> None:
    (found,) = environments.usable(HUB)
    is_ok(found)
    (found,) = environments.usable(replace(HUB, compiled=3))
    is_warning(found, "not byte-compiled (3 of 90", "compileall")
    (found,) = environments.usable(replace(HUB, trouble="Permission denied"))
    is_wrong(found, "cannot be used: Permission denied")
    (found,) = environments.usable(replace(HUB, closed="/e"))
    is_wrong(found, "may not enter /e", "chmod o+x /e")


def test_environments_that_do_not_fit_together() -> None:
    (found,) = environments.together(HUB, LAB)
    is_ok(found)
    found = environments.together(HUB, replace(LAB, versions={"jupyterhub": "5.4.0", "aif-workbench": "0.0.9"}))
    is_wrong(found[0], "has no JupyterLab")
    is_wrong(found[1], "5.4.0 for servers", "aif build")
    is_warning(found[2], "0.0.9 for servers")


def test_what_an_environment_says_of_itself_is_read_or_its_trouble_is() -> None:
    said = Said(0, json.dumps({"python": "3.11.2", "versions": {"a": "1"}, "modules": 1, "compiled": 1}), "")
    assert environments.parsed("hub", Path("/e"), said).version("a") == "1"
    assert environments.parsed("hub", Path("/e"), Said(1, "", "bad interpreter")).trouble == "bad interpreter"


def test_the_list_of_least_versions_is_in_order_and_describes_nothing() -> None:
    listed = versions.read(shipped("minimum_versions.toml").read_text())
    names = [one.package for one in listed.packages]
    assert names == sorted(names)
    assert {one.reason for one in listed.packages} == {"security release"}
    assert all(versions.numbers(one.least) for one in listed.packages)


def test_what_is_older_than_its_least_version() -> None:
    listed = versions.read(shipped("minimum_versions.toml").read_text())
    (fine,) = versions.packages([HUB, LAB], listed)
    is_ok(fine)
    says(versions.packages([], listed)[0], Level.UNSEEN, "no environment")
    (found,) = versions.packages([replace(HUB, versions={"tornado": "6.4.2"})], listed)
    is_warning(found, "tornado 6.4.2 in /e/hub is older than")
    is_warning(versions.age(listed, listed.dated + timedelta(days=200)), "is of")
    is_ok(versions.age(listed, date(2026, 11, 24)))


@pytest.mark.parametrize(
    ("version", "level"),
    [("22.05.8", Level.WARNING), ("25.05.8", Level.WARNING), ("25.05.10", Level.OK), ("26.11.0", Level.OK)],
)
def test_slurms_patch_release_within_its_series(version: str, level: Level) -> None:
    listed = versions.read(shipped("minimum_versions.toml").read_text())
    assert versions.slurm(version, listed.slurm).level is level


# -- database and units ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "level", "words"),
    [
        ({"where": "/x.sqlite", "new": True}, Level.OK, "makes its tables"),
        ({"where": "db, aif", "new": False, "found": "a", "wanted": "a"}, Level.OK, "schema is current"),
        ({"where": "db, aif", "new": False, "found": "a", "wanted": "b"}, Level.WRONG, "wants b"),
        ({"where": "db, aif", "error": "connection refused"}, Level.WRONG, "connection refused"),
    ],
)
def test_what_the_hub_finds_of_its_database(facts: dict[str, Any], level: Level, words: str) -> None:
    says(database.told(Said(0, json.dumps(facts), "")), level, words)


def test_a_database_that_cannot_be_looked_at() -> None:
    is_wrong(database.told(Said(1, "", "No module named alembic")), "No module named alembic")


def test_units_that_are_absent_changed_or_stopped() -> None:
    is_ok(units.written([], []))
    is_warning(units.written(["/etc/systemd/system/aif-hub.service"], []), "is missing", "aif install")
    is_warning(units.written([], ["/etc/sudoers.d/aif-hub"]), "not what the site file says now")
    is_ok(units.running("aif-hub.service", "active"))
    is_wrong(units.running("aif-hub.service", "failed"), "is failed", "journalctl")
