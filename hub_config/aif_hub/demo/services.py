"""The hub and its proxy, as the instance's own system user; the proxy runs apart, so that a hub may restart."""

from __future__ import annotations

import hashlib
import os
import secrets
import urllib.error
import urllib.request
from pathlib import Path
from string import Template

from aif.core.site import ProjectName
from aif_hub.demo import daemons, grants, instance, ports
from aif_hub.demo.commands import PATH, run
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.environments import Builder
from aif_hub.demo.errors import InnerPortTaken, PortTaken
from aif_hub.demo.instance import Instance
from aif_hub.demo.people import Demo
from aif_hub.demo.slurm_files import demo_file
from aif_hub.operate import site_text
from aif_hub.proxy import Proxy, node, program


def ensure_proxy_program(builder: Builder) -> None:
    """configurable-http-proxy in the hub's environment, by npm from its lock."""
    environment = builder.inst.env("hub")
    if not builder.ensure_npm("hub", builder.inst.source / "hub_config/proxy") and program(environment).exists():
        return
    command = environment / "bin/configurable-http-proxy"
    command.write_text(f'#!/bin/sh\nexec {node(environment)} {program(environment)} "$@"\n')
    command.chmod(0o755)


def write_site(inst: Instance, demo: Demo) -> None:
    """`etc/site.toml`, made from the demo's template unless the operator has written one without our first line."""
    template = demo_file("site.toml").read_text()
    mark = template.splitlines()[0]
    path = inst.prefix / "etc/site.toml"
    if path.exists() and not path.read_text().startswith(mark):
        return
    draft = path.with_name("site.toml.new")
    draft.write_text(Template(template).substitute(_facts(inst, demo)))
    draft.chmod(0o644)
    os.replace(draft, path)


def _facts(inst: Instance, demo: Demo) -> dict[str, str]:
    operators = [inst.login(person.short) for person in demo.people if person.role == "operator"]
    projects = "\n".join(
        site_text.project(
            ProjectName(project.account, project.title, project.kind, tuple(inst.login(pi) for pi in project.pi))
        )
        for project in demo.projects
    )
    first_day = grants.first_day(inst)
    allocations = "\n".join(
        site_text.allocation(grant.allocation(project.account, project.qos(project.grants[0]), first_day))
        for project in demo.projects
        for grant in project.grants
    )
    return {
        "instance": inst.name,
        "prefix": str(inst.prefix),
        "port": str(inst.port),
        "hub_port": str(inst.hub_port),
        "proxy_api_port": str(inst.proxy_api_port),
        "job_name": inst.job_name,
        "hub_user": inst.hub_user,
        "people_group": inst.people_group,
        "admins": ", ".join(f'"{login}"' for login in operators),
        "addresses": ", ".join(f'{node} = "{address}"' for node, address in inst.addresses.items()),
        "projects": projects,
        "allocations": allocations,
    }


def hub(inst: Instance) -> Daemon:
    python = inst.env("hub") / "bin/python"
    site = inst.prefix / "etc/site.toml"
    return Daemon(
        "hub",
        (str(python), "-m", "jupyterhub", "-f", str(_config(inst))),
        inst.prefix / "run",
        inst.prefix / "log/hub.log",
        _hub_env(inst),
        user=inst.hub_user,
        cwd=inst.prefix / "state/hub",
        patience=30,
        umask=0o077,
        reads=_digest(site) + instance.stamp(inst, "env/hub") + instance.stamp(inst, "wheel/hub"),
    )


def proxy(inst: Instance) -> Daemon:
    certs = inst.prefix / "state/hub/internal-ssl"
    door = Proxy(inst.env("hub"), "127.0.0.1", inst.port, inst.proxy_api_port, certs)
    return Daemon(
        "proxy",
        door.argv,
        inst.prefix / "run",
        inst.prefix / "log/proxy.log",
        {"CONFIGPROXY_AUTH_TOKEN": _token(inst), "NODE_ENV": "production"},
        user=inst.hub_user,
        cwd=inst.prefix / "state/hub",
        reads=_digest(door.certificate) + instance.stamp(inst, "proxy"),
    )


def _config(inst: Instance) -> Path:
    return inst.env("hub") / "etc/jupyterhub/jupyterhub_config.py"


def _hub_env(inst: Instance) -> dict[str, str]:
    return {
        "AIF_SITE": str(inst.prefix / "etc/site.toml"),
        "CONFIGPROXY_AUTH_TOKEN": _token(inst),
        "HOME": str(inst.prefix / "state/hub"),
        "PATH": f"{inst.env('hub') / 'bin'}:{PATH}",
        "USER": inst.hub_user,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _token(inst: Instance) -> str:
    """The secret between hub and proxy, made once and readable by root alone: both get it through their environment."""
    path = inst.prefix / "etc/hub.env"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"CONFIGPROXY_AUTH_TOKEN={secrets.token_hex(32)}\n")
    return path.read_text().strip().partition("=")[2]


def start(inst: Instance) -> None:
    """Proxy and hub answering, restarted only where what they read has changed."""
    if not (inst.prefix / "state/hub/internal-ssl/certipy.json").exists():
        argv: list[str | Path] = [
            inst.env("hub") / "bin/python",
            "-m",
            "jupyterhub",
            "-f",
            _config(inst),
            "--generate-certs",
        ]
        run(argv, env=_hub_env(inst), user=inst.hub_user, cwd=inst.prefix / "state/hub", timeout=120)
    door, desk = proxy(inst), hub(inst)
    _free_ports(inst, door, desk)
    daemons.start(door)
    daemons.await_ready(door, lambda: ports.answers(inst.port), 30)
    daemons.start(desk)
    daemons.await_ready(desk, lambda: answers(inst), 90)


def _free_ports(inst: Instance, door: Daemon, desk: Daemon) -> None:
    """Nobody else listens where they are to; raises PortTaken, or InnerPortTaken for one that nobody chooses."""
    if not daemons.pid(door) and not ports.is_free(inst.port):
        raise PortTaken(inst.port, ports.holder(inst.port))
    for port, daemon in ((inst.proxy_api_port, door), (inst.hub_port, desk)):
        if not daemons.pid(daemon) and not ports.is_free(port):
            raise InnerPortTaken(port, f"the {daemon.name} of '{inst.name}'", ports.holder(port))


def answers(inst: Instance) -> bool:
    """Whether a browser would get the hub's page now."""
    try:
        with urllib.request.urlopen(f"{inst.url}hub/health", timeout=5) as page:  # noqa: S310 - our own http address
            return bool(page.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def is_built(inst: Instance) -> bool:
    """Whether the hub's environment is complete."""
    return bool(instance.stamp(inst, "proxy")) and program(inst.env("hub")).exists()


def stop(inst: Instance) -> None:
    """The hub, then the proxy; sessions are Slurm's and not ended by this."""
    if not is_built(inst):
        return
    daemons.stop(hub(inst))
    daemons.stop(proxy(inst))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""
