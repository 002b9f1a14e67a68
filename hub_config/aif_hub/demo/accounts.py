"""Projects in Slurm's accounting: an account, a QOS that carries the budget, and who belongs to it."""

from __future__ import annotations

from aif_hub.demo.commands import outcome, run
from aif_hub.demo.errors import CommandFailed
from aif_hub.demo.instance import Instance
from aif_hub.demo.people import Demo, Project

WHOLE_GPU = 7  # billing of a whole GPU; a slice is 1, see slurm.conf


def ensure(inst: Instance, demo: Demo) -> None:
    """Accounts, QOS, associations and budgets as declared. Repeatable; what Slurm has beside them stays."""
    for project in demo.projects:
        _add(inst, "qos", project.qos)
        _modify(inst, "qos", project.qos, *_qos_settings(project))
        _add(inst, "account", project.account, f"description={project.title}", f"organization={project.kind}")
        _modify(inst, "account", project.account, f"qos={project.qos}", f"defaultqos={project.qos}")
    for project in demo.projects:
        members = [inst.login(person.short) for person in demo.people if project.account in person.projects]
        if members:
            _add(inst, "user", ",".join(members), f"account={project.account}")
    for person in demo.people:
        if len(person.projects) > 1:
            _modify(inst, "user", inst.login(person.short), f"defaultaccount={person.projects[0]}")


def _qos_settings(project: Project) -> list[str]:
    minutes = project.gpu_hours * 60 * WHOLE_GPU
    return [f"priority={project.priority}", f"grptresmins=billing={minutes}", "flags=NoDecay"]


def _add(inst: Instance, kind: str, name: str, *settings: str) -> None:
    argv = ["sacctmgr", "-i", "add", kind, name, *settings]
    added = outcome(argv, env=inst.slurm_env)
    # Everything there already: sacctmgr calls that an error.
    if added.returncode and "Nothing new added" not in added.stdout + added.stderr and "already exist" not in added.stdout:
        raise CommandFailed(argv, f"ended with status {added.returncode}", added.stderr or added.stdout)


def _modify(inst: Instance, kind: str, name: str, *settings: str) -> None:
    run(["sacctmgr", "-i", "modify", kind, "where", f"name={name}", "set", *settings], env=inst.slurm_env)
