"""Projects in Slurm's accounting: an account, a QOS for each budget, and who belongs to it."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

from aif_hub.demo import instance
from aif_hub.demo.commands import outcome, run
from aif_hub.demo.errors import CommandFailed
from aif_hub.demo.grants import WHOLE_GPU, Grant
from aif_hub.demo.instance import Instance
from aif_hub.demo.people import Demo, Project


def ensure_once(inst: Instance, demo: Demo) -> None:
    """`ensure`, unless it came to its end for just these people and projects before."""
    digest = hashlib.sha256(repr(demo).encode()).hexdigest()[:16]
    if instance.stamp(inst, "accounts") != digest:
        ensure(inst, demo)
        instance.set_stamp(inst, "accounts", digest)


def ensure(inst: Instance, demo: Demo) -> None:
    """Accounts, QOS, associations and budgets as declared. Repeatable; what Slurm has beside them stays."""
    # Each answer of slurmdbd takes a third of a second, nearly all of it waiting: so ask for all at the same time.
    budgets = [(project, grant) for project in demo.projects for grant in project.grants]
    with ThreadPoolExecutor(max_workers=len(budgets)) as pool:
        list(pool.map(lambda budget: _ensure_qos(inst, *budget), budgets))
    wanted = inst.prefix / "etc/slurm/accounts.cfg"
    wanted.write_text(as_sacctmgr_file(inst, demo))
    run(["sacctmgr", "-i", "load", f"file={wanted}"], env=inst.slurm_env, timeout=120)
    for project in demo.projects:
        if len(project.grants) > 1:
            _let_all_pay(inst, project)


def _let_all_pay(inst: Instance, project: Project) -> None:
    """Each grant's QOS for members who were there before the grant was: `load` takes their first one from them."""
    names = [project.qos(grant) for grant in project.grants]
    member = ["where", f"cluster={inst.name}", f"account={project.account}"]
    argv = ["sacctmgr", "-i", "modify", "user", *member, "set", f"defaultqos={names[0]}", f"qos={','.join(names)}"]
    done = outcome(argv, env=inst.slurm_env)
    if done.returncode and "Nothing modified" not in done.stdout + done.stderr:
        raise CommandFailed(argv, f"ended with status {done.returncode}", done.stderr or done.stdout)


def _ensure_qos(inst: Instance, project: Project, grant: Grant) -> None:
    name, settings = project.qos(grant), qos_settings(project, grant)
    argv = ["sacctmgr", "-i", "add", "qos", name, *settings]
    added = outcome(argv, env=inst.slurm_env)
    if "Nothing new added" in added.stdout + added.stderr:  # there already: sacctmgr calls that an error
        run(["sacctmgr", "-i", "modify", "qos", "where", f"name={name}", "set", *settings], env=inst.slurm_env)
    elif added.returncode:
        raise CommandFailed(argv, f"ended with status {added.returncode}", added.stderr or added.stdout)


def qos_settings(project: Project, grant: Grant) -> list[str]:
    """What `sacctmgr add qos` is told: 500 hours are 210,000 minutes of billing, which never decay.

    slurmctld counts what is used from zero on, so the limit in Slurm is what was left on the first day.
    """
    minutes = int(grant.left * 60 * WHOLE_GPU)
    return [f"priority={project.priority}", f"grptresmins=billing={minutes}", "flags=NoDecay"]


def as_sacctmgr_file(inst: Instance, demo: Demo) -> str:
    """All accounts and members in the form of `sacctmgr dump`: one load instead of dozens of commands."""
    lines = [
        f"Cluster - '{inst.name}'",
        "Parent - 'root'",
        "User - 'root':DefaultAccount='root':AdminLevel='Administrator'",
    ]
    for project in demo.projects:
        lines.append(
            f"Account - '{project.account}':Description='{project.title}':Organization='{project.kind}'{_qos(project)}"
        )
    for project in demo.projects:
        lines.append(f"Parent - '{project.account}'")
        lines += [
            f"User - '{inst.login(person.short)}':DefaultAccount='{person.projects[0]}'{_qos(project)}"
            for person in demo.people
            if project.account in person.projects
        ]
    return "\n".join(lines) + "\n"


def _qos(project: Project) -> str:
    """The first grant's pays where nobody says otherwise."""
    names = [project.qos(grant) for grant in project.grants]
    return f":DefaultQOS='{names[0]}':QOS='{','.join(names)}'"
