"""`aif init`: reads Slurm, asks what Slurm cannot know, and writes a commented site file."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import tomllib
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aif.core import site as sites
from aif.core.errors import SiteError, SlurmError
from aif.core.ledger.allocation import Allocation
from aif.core.site import Cluster
from aif_hub.demo import ports
from aif_hub.manual import build as manual
from aif_hub.operate import proposal, terminal, way_in
from aif_hub.operate.budgets import allocations
from aif_hub.operate.errors import OperateError
from aif_hub.operate.proposal import Proposed
from aif_hub.operate.shipped import shipped
from aif_hub.operate.site_text import Facts, Value, site_text
from aif_hub.operate.survey import Survey, survey

DEFAULT_SITE = Path("/etc/aif/site.toml")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif init` and its flags; what is not given is asked, or taken from Slurm and this host."""
    init = commands.add_parser("init", help="write the site file for a Slurm that is here already")
    init.add_argument("--yes", action="store_true", help="ask nothing: take the flags and what was found")
    init.add_argument("--out", type=Path, metavar="FILE", help=f"default: $AIF_SITE or {DEFAULT_SITE}")
    init.add_argument("--name", help="who runs this, as every page shows it")
    init.add_argument("--contact", help="whom people write to")
    init.add_argument("--url", help="where browsers come in, such as https://hub.example.org")
    init.add_argument("--tls-certificate", metavar="FILE", help="with its chain; without it, TLS ends before the proxy")
    init.add_argument("--tls-key", metavar="FILE", help="of that certificate")
    init.add_argument("--data-location", metavar="WORDS", help="where people's files lie, in words")
    way_in.add_flags(init)
    init.add_argument("--slurm-conf", type=Path, metavar="FILE", help="default: $SLURM_CONF or /etc/slurm/slurm.conf")
    init.add_argument("--slurm-bin", type=Path, metavar="DIR", help="where sinfo and sbatch are (default: on PATH)")
    init.add_argument("--prefix", type=Path, metavar="DIR", help="where the software is (default: /opt/aif/site)")
    init.add_argument("--state-dir", type=Path, metavar="DIR", help="the hub's own data (default: /var/lib/UNITS)")
    init.add_argument("--units", metavar="NAME", help="units are NAME-hub and NAME-proxy (default: aif)")
    init.add_argument("--user", help="the hub's unprivileged system user (default: UNITS-hub)")
    init.add_argument(
        "--people-group", metavar="GROUP", help="whose members may start sessions (default: UNITS-people)"
    )
    init.set_defaults(run=_init)


def _init(asked: argparse.Namespace, rest: list[str]) -> int:
    if not asked.yes and not terminal.is_there():
        raise OperateError("There is no terminal to ask at: give --name and --contact, and --yes to ask nothing.")
    if asked.yes and not (asked.name and asked.contact):
        raise OperateError("With --yes, --name and --contact are needed too: nothing on this host knows them.")
    target = site_file(asked.out)
    _may_be_written(target, asked.yes)
    cluster = _cluster(asked)
    found = _surveyed(cluster)
    cluster_name = found.config.get("ClusterName", "")
    proposed = proposal.profiles(found, cluster_name)
    if not proposed:
        raise OperateError(
            "No partition was found that is up, has nodes and is open to everyone. Add one, or start from "
            f"{shipped('site.example.toml')} by hand."
        )
    budgets = allocations(found)
    print(_seen(found, proposed, budgets))
    facts = _facts(asked, found, cluster)
    example = shipped("site.example.toml").read_text()
    text = site_text(example, facts, proposed, proposal.projects(found.accounts), budgets)
    _check(text)
    _write(target, text)
    print(f"\nWritten: {target}. Read it, change what you like, and run: aif check --site {target}")
    return 0


def site_file(asked: Path | None) -> Path:
    """The site file that a command is about: as asked, else $AIF_SITE, else the usual place."""
    return (asked or Path(os.environ.get("AIF_SITE") or DEFAULT_SITE)).absolute()


def _may_be_written(target: Path, yes: bool) -> None:
    if target.exists() and not yes and not terminal.agreed(f"{target} exists. Write a new one and keep it as .bak?"):
        raise OperateError(f"{target} was left as it is. --out names another file.")


def _cluster(asked: argparse.Namespace) -> Cluster:
    """Where Slurm's commands and configuration are on this host. Raises OperateError when there is none."""
    conf = asked.slurm_conf or Path(os.environ.get("SLURM_CONF") or "/etc/slurm/slurm.conf")
    on_path = shutil.which("sinfo", path=str(asked.slurm_bin) if asked.slurm_bin else None)
    if not on_path:
        raise OperateError("Slurm's commands are not on this host's PATH; --slurm-bin names the folder that has sinfo.")
    if not conf.exists():
        raise OperateError(f"There is no {conf}; --slurm-conf names this host's slurm.conf.")
    return Cluster(name="", slurm_conf=str(conf.absolute()), slurm_bin=str(Path(on_path).parent))


def _surveyed(cluster: Cluster) -> Survey:
    try:
        return survey(cluster)
    except SlurmError as error:
        raise OperateError(
            f"Slurm did not answer ({error}). Run this where squeue and sacctmgr work, or name the right --slurm-conf."
        ) from error


def _seen(found: Survey, proposed: list[Proposed], budgets: list[Allocation]) -> str:
    """What was found, for the person to compare with what they know."""
    lines = [f"Slurm {found.config.get('SLURM_VERSION', '?')}, cluster {found.config.get('ClusterName', '?')}"]
    for partition in found.partitions:
        gpus = sorted({kind or "gpu" for node in partition.nodes for kind in node.gpus})
        count = len(partition.nodes)
        lines.append(
            f"  partition {partition.name}: {count} node{'' if count == 1 else 's'}, "
            f"{', '.join(gpus) or 'no GPUs'}{'' if partition.up else ', not up'}"
        )
    if any("" in node.gpus for node in found.nodes):
        lines.append("  GPUs without a type in gres.conf are left out: a size names the type it asks for.")
    members = len({association.user for association in found.associations})
    lines.append(f"  {len(found.accounts)} accounts, {members} people with one")
    lines += _budgets(found, budgets)
    lines += ["Sizes:"]
    for one in proposed:
        profile = one.profile
        gpus = f"{profile.gpus} × {profile.gpu_type} (weight {profile.gpu_weight}), " if profile.gpus else ""
        lines.append(
            f"  {profile.name}: {gpus}{profile.cpus} CPUs, {profile.memory_gb} GB, at most {profile.hours_max:g} h, "
            f"partition {profile.partition}"
        )
    return "\n".join(lines)


def _budgets(found: Survey, budgets: list[Allocation]) -> list[str]:
    """What limits were understood as, so that a person can see whether that is right."""
    if not budgets:
        return ["  No account has a limit in minutes (GrpTRESMins): what projects may use is for you to state."]
    limited, units = {one.account for one in budgets}, sorted({one.unit for one in budgets})
    without = len(found.accounts) - len(limited)
    return [
        f"  {len(budgets)} budget{'' if len(budgets) == 1 else 's'} in {' and '.join(f'{unit}s' for unit in units)}"
        + (f"; {without} account{'' if without == 1 else 's'} without a limit" if without else "")
        + ". Their first and last days are for you to fill in."
    ]


def _facts(asked: argparse.Namespace, found: Survey, cluster: Cluster) -> Facts:
    units = asked.units or "aif"
    prefix = asked.prefix or Path("/opt/aif/site")
    name = asked.name or terminal.asked("Name of the service, as every page shows it", "AI Factory")
    contact = asked.contact or terminal.asked("Whom people write to (an address or a web page)")
    url = asked.url or ("" if asked.yes else terminal.asked("Address for browsers", "http://127.0.0.1:8000"))
    place = asked.data_location or ("" if asked.yes else terminal.asked("Where people's files lie, in words", "here"))
    login, admins = way_in.login(asked), way_in.operators(asked)
    addresses = _addresses(url, asked.tls_certificate, asked.tls_key)
    taken = [urlsplit(str(addresses["bind_url"])).port or 0]
    hub: dict[str, Value] = {
        **addresses,
        "api_port": _free(8081, *taken),
        "api_host": _address_towards(found),
        "proxy_api_port": _free(8001, *taken),
        "base_url": "/",
        "admins": admins,
    }
    top: dict[str, Value] = {
        "name": name,
        "contact": contact,
        "data_location": place or f"the file systems of {found.config.get('ClusterName', 'this cluster')}",
        "state_dir": str(asked.state_dir or f"/var/lib/{units}"),
        "docs_dir": str(manual.folder(prefix)),
        "launcher": ["sudo", "-n", f"{prefix}/libexec/aif-launch"],
    }
    host: dict[str, Value] = {
        "name": units,
        "user": asked.user or f"{units}-hub",
        "people_group": asked.people_group or f"{units}-people",
        "min_uid": 1000,
        "prefix": str(prefix),
    }
    session: dict[str, Value] = {
        "server": "lab",
        "kernel_dirs": [f"{prefix}/share/jupyter"],
        "tutorials_dir": f"{prefix}/share/aif/tutorials",
    }
    there: dict[str, Value] = {
        "name": found.config.get("ClusterName", ""),
        "slurm_conf": cluster.slurm_conf,
        "slurm_bin": cluster.slurm_bin,
        "job_name": units,
    }
    return {"": top, "hub": hub, "login": login, "host": host, "session": session, "cluster": there}


def _addresses(url: str, certificate: str | None, key: str | None) -> dict[str, Value]:
    """Where the proxy listens and what browsers see: the same, unless something in front of the proxy has the TLS."""
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise OperateError(f"--url {url}: it must be like https://hub.example.org or http://127.0.0.1:8000.")
    if bool(certificate) != bool(key):
        raise OperateError("--tls-certificate and --tls-key are given together, or not at all.")
    if certificate and parts.scheme != "https":
        raise OperateError("--tls-certificate needs a --url that begins with https.")
    front = f"{parts.scheme}://{parts.netloc}"
    if certificate and key:
        return {"bind_url": front, "tls_certificate": certificate, "tls_key": key}
    loopback = f"http://127.0.0.1:{_free(8000)}"
    if parts.scheme == "https":
        return {"bind_url": loopback, "public_url": front}
    return {"bind_url": front if url else loopback}


def _free(wanted: int, *taken: int) -> int:
    """The wanted port or the next one that nobody uses."""
    return next(port for port in range(wanted, 65000) if port not in taken and ports.is_free(port))


def _address_towards(found: Survey) -> str:
    """The address of this host that the nodes see: the one from which a packet to the first node would go."""
    for node in found.nodes:
        try:
            target = socket.getaddrinfo(node.address, 9, type=socket.SOCK_DGRAM)[0]
            with socket.socket(target[0], socket.SOCK_DGRAM) as probe:
                probe.connect(target[4])  # sends nothing: the kernel only chooses a route
                own = str(probe.getsockname()[0])
        except OSError:
            continue
        return "127.0.0.1" if ip_address(own).is_loopback else own
    return "127.0.0.1"


def _check(text: str) -> None:
    """A file that we write is one that the hub takes."""
    try:
        sites.parse(tomllib.loads(text.encode().decode()))
    except (SiteError, tomllib.TOMLDecodeError, UnicodeEncodeError) as error:
        raise OperateError(f"What was said gives no right site file ({error}); nothing was written.") from error


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            os.replace(target, target.with_name(target.name + ".bak"))
        target.write_text(text, encoding="utf-8")
        target.chmod(0o644)
    except OSError as error:
        raise OperateError(f"{target} cannot be written ({error.strerror}). --out names another file.") from error
