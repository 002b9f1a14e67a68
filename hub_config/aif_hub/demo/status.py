"""`aif status`: what runs, where, and who may sign in."""

from __future__ import annotations

import textwrap
from typing import Any

from aif_hub.demo import daemons, instance, people, probe, services, slurm_daemons
from aif_hub.demo.commands import outcome
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.instance import NODES, Instance

RUNNING = "running"


def as_json(inst: Instance) -> dict[str, Any]:
    """What `aif status --json` prints."""
    return {
        "url": inst.url,
        "services": of_services(inst),
        "people": [
            {key: entry[key] for key in ("name", "password", "role", "projects")} for entry in people.listed(inst)
        ],
        "slurm_conf": str(inst.slurm_conf),
        "version": instance.read_book(inst.prefix)["version"],
    }


def of_services(inst: Instance) -> dict[str, str]:
    """Each service and ``"running"``, or what is wrong with it."""
    found = {daemon.name: _of_daemon(daemon) for daemon in slurm_daemons.all_of(inst)}
    if found["slurmctld"] == RUNNING:
        for node, trouble in _of_nodes(inst).items():
            if found[f"slurmd-{node}"] == RUNNING and trouble:
                found[f"slurmd-{node}"] = trouble
    if services.is_built(inst):
        found["proxy"] = _of_daemon(services.proxy(inst))
        found["hub"] = _of_daemon(services.hub(inst))
        if found["hub"] == found["proxy"] == RUNNING and not services.answers(inst):
            found["hub"] = f"runs but does not answer; see {services.hub(inst).log_file}"
    else:
        found["proxy"] = found["hub"] = "not installed; run `./aif up`"
    return found


def _of_daemon(daemon: Daemon) -> str:
    if daemons.pid(daemon):
        return RUNNING
    if daemon.pid_file.exists():
        words = textwrap.shorten(daemons.last_words(daemon), 100, placeholder=" …")
        return f"ended by itself, see {daemon.log_file}; its last line: {words}"
    return "stopped"


def _of_nodes(inst: Instance) -> dict[str, str]:
    """What Slurm says of each node; empty for one that takes jobs."""
    missing = slurm_daemons.nodes_missing(inst)
    if not missing:
        return {}
    asked = outcome(["sinfo", "-h", "-N", "-o", "%N|%T|%E"], env=inst.slurm_env, timeout=30)
    rows = dict(row.split("|", 1) for row in asked.stdout.splitlines() if row.count("|") >= 2)
    return {node: f"node {rows[node].replace('|', ': ')}" for node in NODES if node in missing and node in rows}


def in_words(inst: Instance) -> str:
    """For the person at the terminal: the address, what is wrong if anything is, and the people."""
    found = of_services(inst)
    troubled = {name: state for name, state in found.items() if state != RUNNING}
    lines = [f"The workbench '{inst.name}'", f"  {inst.url}", ""]
    if not troubled:
        lines.append(
            f"  {len(found)} services run: {', '.join(name for name in found if '-' not in name)}, four slurmd"
        )
    elif len(set(troubled.values())) == 1 and len(troubled) == len(found):
        lines.append(f"  All services are {next(iter(troubled.values()))}. `./aif up` starts them.")
    else:
        lines += [f"  {'✓' if state == RUNNING else '✗'} {name:<14} {state}" for name, state in found.items()]
    lines += [f"  {probe.in_words(inst)}", f"  Slurm commands: export SLURM_CONF={inst.slurm_conf}", ""]
    return "\n".join([*lines, *_people_lines(inst)])


def _people_lines(inst: Instance) -> list[str]:
    entries = people.listed(inst)
    if not entries:
        return []
    lines = ["  Sign in as   password             who"]
    for entry in entries:
        if not entry["room"]:
            who = f"{entry['full_name']}, {entry['role']} · {', '.join(entry['projects'])}"
            lines.append(f"  {entry['short']:<12} {entry['password']:<20} {who}")
    seats = [entry for entry in entries if entry["room"]]
    if seats:
        first, last = seats[0], seats[-1]
        span = f"{first['short']} to {last['short']}"
        who = f"{first['full_name']} to {last['full_name']} · {first['projects'][0]}"
        lines.append(f"  {span}, all with {first['password']}: {who}")
    return lines
