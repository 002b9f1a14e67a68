"""People whom Slurm's accounting knows as members of the demo's projects, and nothing else does: made for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aif_hub.demo.commands import outcome, run
from aif_hub.demo.instance import Instance

#: The demo's projects.
ACCOUNTS = ("inspect01", "mobility01", "mobtest01", "trn0007", "ops01")
#: One command for all of them takes slurmdbd seconds.
SECONDS = 120


@contextmanager
def members(inst: Instance, count: int, accounts: Sequence[str] = ACCOUNTS) -> Iterator[list[str]]:
    """So many logins in the projects of `accounts`, in turn; no longer known to Slurm afterwards, whatever happened.

    They have no Unix account: a hub tells them what a project has left, and Slurm would start nothing for them.
    """
    logins = [inst.login(f"member{number:03d}") for number in range(count)]
    _forget(inst, logins)
    try:
        for at, account in enumerate(accounts):
            if names := ",".join(logins[at :: len(accounts)]):
                argv = ["sacctmgr", "-i", "add", "user", f"name={names}", f"account={account}"]
                run(argv, env=inst.slurm_env, timeout=SECONDS)
        yield logins
    finally:
        _forget(inst, logins)


def _forget(inst: Instance, logins: Sequence[str]) -> None:
    """Those that there are; a run that was killed has left its own, and mostly there are none."""
    if not logins:
        return  # a command without a name would be of everybody
    argv = ["sacctmgr", "-i", "delete", "user", "where", f"name={','.join(logins)}"]
    outcome(argv, env=inst.slurm_env, timeout=SECONDS)
