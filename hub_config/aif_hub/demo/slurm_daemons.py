"""Slurm's daemons and what they stand on: munge, MariaDB, slurmdbd, slurmctld and one slurmd for each node."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import time
from pathlib import Path

from aif_hub.demo import daemons, ports, slurm_files
from aif_hub.demo.commands import outcome, run
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.errors import CommandFailed, InnerPortTaken
from aif_hub.demo.instance import NODES, Instance

_DATABASE_USER = "mysql"


def munged(inst: Instance) -> Daemon:
    state, run_dir, log = inst.prefix / "state/munge", inst.prefix / "run", inst.prefix / "log"
    return _daemon(
        inst,
        "munged",
        "/usr/sbin/munged",
        "--foreground",
        f"--key-file={state}/key",
        f"--seed-file={state}/seed",
        f"--socket={run_dir}/munge.socket",
        f"--pid-file={run_dir}/munged.own.pid",
        f"--log-file={log}/munged.log",
    )


def database(inst: Instance) -> Daemon:
    data, own = inst.prefix / "state/db", inst.prefix / "run/db"
    return _daemon(
        inst,
        "mariadbd",
        "/usr/sbin/mariadbd",
        "--no-defaults",
        f"--user={_DATABASE_USER}",
        f"--datadir={data}",
        f"--socket={own}/my.sock",
        f"--pid-file={own}/mariadbd.own.pid",
        "--skip-networking",
        "--skip-log-bin",
        "--innodb-buffer-pool-size=64M",
        "--innodb-log-file-size=16M",
        "--innodb-lock-wait-timeout=900",
        "--innodb-flush-log-at-trx-commit=2",
        "--performance-schema=0",
    )


def slurmdbd(inst: Instance) -> Daemon:
    # slurmdbd has no setting for MariaDB's socket; only this variable keeps it from the machine's own server.
    socket_env = {"MYSQL_UNIX_PORT": str(inst.prefix / "run/db/my.sock")}
    return _daemon(inst, "slurmdbd", "/usr/sbin/slurmdbd", "-D", env=socket_env)


def slurmctld(inst: Instance) -> Daemon:
    return _daemon(inst, "slurmctld", "/usr/sbin/slurmctld", "-D")


def slurmd(inst: Instance, node: str) -> Daemon:
    return _daemon(inst, f"slurmd-{node}", "/usr/sbin/slurmd", "-D", "-N", node, patience=30)


def all_of(inst: Instance) -> list[Daemon]:
    """Every daemon, in the order in which they start; they stop in the other."""
    nodes = [slurmd(inst, node) for node in NODES]
    return [munged(inst), database(inst), slurmdbd(inst), slurmctld(inst), *nodes]


def _daemon(inst: Instance, name: str, *argv: str, env: dict[str, str] | None = None, patience: float = 20) -> Daemon:
    output = inst.prefix / f"log/{name}.out"  # Slurm's and munge's own logs are beside it as .log
    reads = slurm_files.digest(inst) if "slurm" in name else ""
    return Daemon(
        name, argv, inst.prefix / "run", output, {**inst.slurm_env, **(env or {})}, patience=patience, reads=reads
    )


def prepare(inst: Instance) -> None:
    """Keys, database files and device nodes, made once; existing ones are left as they are."""
    _munge_key(inst.prefix / "state/munge/key")
    _database_files(inst)
    for node in NODES:
        folder = inst.prefix / "dev" / node
        folder.mkdir(parents=True, exist_ok=True)
        for index in range(49 if node == "mig01" else 4):
            _device(folder / f"nvidia{index}")
        (inst.prefix / "state/slurmd" / node).mkdir(parents=True, exist_ok=True)


def _munge_key(key: Path) -> None:
    key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not key.exists():
        handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(128))


def _database_files(inst: Instance) -> None:
    data, own = inst.prefix / "state/db", inst.prefix / "run/db"
    own.mkdir(parents=True, exist_ok=True)
    shutil.chown(own, _DATABASE_USER, _DATABASE_USER)
    own.chmod(0o700)
    if (data / "aif-made").exists():
        return
    shutil.rmtree(data, ignore_errors=True)  # what a broken-off run left
    data.mkdir(mode=0o700, parents=True)
    shutil.chown(data, _DATABASE_USER, _DATABASE_USER)
    argv = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", f"--user={_DATABASE_USER}"]
    run([*argv, "--auth-root-authentication-method=socket", "--skip-test-db", "--skip-name-resolve"], timeout=300)
    (data / "aif-made").touch()


def _device(path: Path) -> None:
    if path.is_char_device():
        return
    path.unlink(missing_ok=True)
    try:
        os.mknod(path, 0o666 | 0o020000, os.makedev(1, 3))  # the device of /dev/null
    except PermissionError:
        path.touch()  # a container without mknod: Slurm warns and still counts the GPU


def start(inst: Instance) -> None:
    """All daemons up and every node ready for jobs; those that run already are left alone."""
    (inst.prefix / "state/slurmctld").mkdir(mode=0o700, parents=True, exist_ok=True)
    _free_ports(inst)
    keys, base, accounting, controller = munged(inst), database(inst), slurmdbd(inst), slurmctld(inst)
    daemons.start(keys)
    daemons.start(base)
    daemons.await_ready(keys, lambda: _accepts(inst.prefix / "run/munge.socket"), 30)
    daemons.await_ready(base, lambda: _accepts(inst.prefix / "run/db/my.sock"), 60)
    daemons.start(accounting)
    daemons.await_ready(accounting, lambda: _clusters(inst) is not None, 120)
    if inst.name not in (_clusters(inst) or []):
        run(["sacctmgr", "-i", "add", "cluster", inst.name], env=inst.slurm_env)
    daemons.start(controller)
    for node in NODES:
        daemons.start(slurmd(inst, node))
    daemons.await_ready(controller, lambda: not nodes_missing(inst), 60)


def _free_ports(inst: Instance) -> None:
    wanted = {inst.slurmdbd_port: slurmdbd(inst), inst.slurmctld_port: slurmctld(inst)}
    wanted |= {port: slurmd(inst, node) for node, port in inst.slurmd_ports.items()}
    for port, daemon in wanted.items():
        if not daemons.pid(daemon) and not ports.is_free(port, "0.0.0.0"):  # noqa: S104 - Slurm binds all
            raise InnerPortTaken(port, f"{daemon.name} of '{inst.name}'", ports.holder(port))


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        return probe.connect_ex(str(path)) == 0


def _clusters(inst: Instance) -> list[str] | None:
    if not ports.answers(inst.slurmdbd_port):
        return None
    asked = outcome(["sacctmgr", "-nP", "show", "cluster", "format=cluster"], env=inst.slurm_env, timeout=30)
    return None if asked.returncode else asked.stdout.split()


def nodes_missing(inst: Instance) -> list[str]:
    """The nodes on which Slurm would start no job now; all of them when slurmctld gives no answer."""
    try:
        run(["scontrol", "ping"], env=inst.slurm_env, timeout=30)  # quick to say no, where sinfo tries for 9 s
        rows = run(["sinfo", "-h", "-N", "-o", "%N|%T"], env=inst.slurm_env, timeout=30).split()
    except CommandFailed:
        return list(NODES)
    states = dict(row.split("|") for row in rows)
    return [node for node in NODES if states.get(node) not in ("idle", "mixed", "allocated", "completing")]


def stop(inst: Instance) -> None:
    """Cancel what runs or waits, then end all daemons in the order that lets each say goodbye to the next."""
    stop_compute(inst)
    for daemon in (slurmdbd(inst), database(inst), munged(inst)):
        daemons.stop(daemon)


def stop_compute(inst: Instance) -> None:
    """Cancel all jobs, then end the slurmds and slurmctld; accounting stays."""
    if daemons.pid(slurmctld(inst)):
        _cancel_all(inst)
    nodes = [slurmd(inst, node) for node in NODES]
    for node in nodes:
        daemons.hint_to_end(node)
    for daemon in [*nodes, slurmctld(inst)]:
        daemons.stop(daemon)


def _cancel_all(inst: Instance, seconds: float = 20) -> None:
    """Slurmd would leave jobs behind when it stops, so they end first."""
    for state in ("PENDING", "SUSPENDED", "RUNNING"):
        outcome(["scancel", f"--state={state}"], env=inst.slurm_env, timeout=30)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        left = outcome(["squeue", "-h", "-t", "R,S,CG", "-o", "%A"], env=inst.slurm_env, timeout=30)
        if left.returncode or not left.stdout.strip():
            return
        time.sleep(0.1)
    outcome(["scancel", "--full", "--signal=KILL", "--state=RUNNING"], env=inst.slurm_env, timeout=30)
