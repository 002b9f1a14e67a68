"""Unix users and groups of an instance: made with its name in theirs, recorded, and only the recorded ones removed."""

from __future__ import annotations

import grp
import pwd

from aif_hub.demo import instance
from aif_hub.demo.commands import outcome, run
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance
from aif_hub.demo.people import Demo


def ensure(inst: Instance, demo: Demo) -> int:
    """The hub's system user, the people's group and a user for each person; how many were new."""
    before = len(instance.made(inst, "users"))
    _ensure_group(inst, inst.people_group)
    _ensure_hub_user(inst)
    homes = inst.prefix / "home"
    homes.mkdir(exist_ok=True)
    members = set(grp.getgrnam(inst.people_group).gr_mem)
    for person in demo.people:
        login = inst.login(person.short)
        if not _ours(inst, login):
            _make_person(inst, login, person.name)
        elif login not in members:
            run(["usermod", "-aG", inst.people_group, login])
    return len(instance.made(inst, "users")) - before


def _make_person(inst: Instance, login: str, name: str) -> None:
    instance.record_made(inst, "users", [login])
    argv = ["useradd", "--create-home", "--home-dir", str(inst.prefix / "home" / login), "--shell", "/bin/bash"]
    argv += ["--user-group", "--groups", inst.people_group, "--comment", f"{name} (aif demo {inst.name})"]
    # No password: nobody signs in to the machine as them. No subordinate ids: each would take 65,536 of the machine's.
    argv += ["--no-log-init", "-K", "HOME_MODE=0700", "-K", "SUB_UID_COUNT=0", "-K", "SUB_GID_COUNT=0", login]
    run(argv)


def _ensure_hub_user(inst: Instance) -> None:
    home = inst.prefix / "state/hub"
    if not _ours(inst, inst.hub_user):
        instance.record_made(inst, "users", [inst.hub_user])
        argv = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(home)]
        run([*argv, "--shell", "/usr/sbin/nologin", "--comment", f"aif hub {inst.name}", inst.hub_user])
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    run(["chown", f"{inst.hub_user}:{inst.hub_user}", home])


def _ensure_group(inst: Instance, group: str) -> None:
    try:
        grp.getgrnam(group)
    except KeyError:
        instance.record_made(inst, "groups", [group])
        run(["groupadd", group])
    else:
        if group not in instance.made(inst, "groups"):
            raise DemoError(_taken("group", group, inst))


def _ours(inst: Instance, login: str) -> bool:
    """Whether the user exists and we made it; raises DemoError when somebody else did."""
    try:
        pwd.getpwnam(login)
    except KeyError:
        return False
    if login not in instance.made(inst, "users"):
        raise DemoError(_taken("user", login, inst))
    return True


def _taken(kind: str, name: str, inst: Instance) -> str:
    return (
        f"The {kind} '{name}' exists already and was not made for the instance '{inst.name}' under {inst.prefix}; "
        f"it is left as it is. Choose another name with --instance."
    )


def remove(inst: Instance) -> None:
    """Take away the users and groups that `ensure` made, and nobody else."""
    for login in instance.made(inst, "users"):
        gone = outcome(["userdel", login])
        if gone.returncode not in (0, 6):  # 6: there is no such user
            raise DemoError(f"The user '{login}' could not be removed: {gone.stderr.strip()}. Run `./aif reset` again.")
    for group in instance.made(inst, "groups"):
        gone = outcome(["groupdel", group])
        if gone.returncode not in (0, 6):
            raise DemoError(f"The group '{group}' could not be removed: {gone.stderr.strip()}.")
