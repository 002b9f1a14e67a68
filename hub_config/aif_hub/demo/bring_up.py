"""`aif up`: from a plain machine, or from whatever an earlier run left, to a workbench that answers."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aif_hub.demo import (
    accounts,
    instance,
    kernels,
    logins,
    machine,
    packages,
    people,
    played_in,
    ports,
    privilege,
    probe,
    services,
    slurm_daemons,
    slurm_files,
)
from aif_hub.demo.environments import Builder
from aif_hub.demo.errors import DemoError, PortTaken
from aif_hub.demo.instance import Instance
from aif_hub.demo.people import Demo
from aif_hub.demo.progress import Progress, write_details_to
from aif_hub.manual import build as manual


def bring_up(
    name: str, prefix: Path, source: Path, *, version: str, port: int | None, dev: bool, yes: bool, show: Progress
) -> Instance:
    """The running instance; every step looks at what is there already, so a second call takes seconds."""
    machine.check(name, prefix)
    with only_one(name):
        inst = decided(name, prefix, source, port, dev)
        _confirm(name, prefix, yes, show)
        prefix.mkdir(parents=True, exist_ok=True)
        write_details_to(prefix / "log/up.log")
        instance.write(inst, version)
        for folder in ("run", "log", "state", "etc", "share"):
            (prefix / folder).mkdir(exist_ok=True)
        _build(inst, show)
        demo = people.read(slurm_files.demo_file("people.toml"))
        _start(inst, demo, show)
    return inst


def _build(inst: Instance, show: Progress) -> None:
    """Everything that is installed: packages and environments."""
    absent = packages.missing(packages.NEEDED)
    if absent:
        with show.step(f"Debian packages ({len(absent)} missing)"):
            packages.install(absent)
    builder = Builder(inst)
    with show.step("Tools: uv and the build backend"):
        builder.ensure_tools()
    with show.step("Environment of the hub"):
        builder.ensure("hub", builder.locks / "hub.lock")
        services.ensure_proxy_program(builder)
    with show.step("Environment of people's servers"):
        builder.ensure("notebook", builder.locks / "notebook.lock")
        kernels.ensure_tutorials(inst)
    for name in kernels.locked(inst.source):
        with show.step(f"Kernel {name}"):
            kernels.ensure(builder, name)
    with show.step("Documentation"):
        manual.ensure(builder)


def _start(inst: Instance, demo: Demo, show: Progress) -> None:
    """Everything that runs, and the people who use it."""
    with show.step("People and their passwords"):
        logins.ensure(inst, demo)
        people.write_logins(inst, demo, people.ensure_passwords(inst, demo))
    with show.step("Slurm: four nodes, accounting, MariaDB"):
        slurm_daemons.prepare(inst)
        probe.start_slurm(inst)
    with show.step("Projects and budgets"):
        accounts.ensure_once(inst, demo)
        played_in.ensure_once(inst, demo)
        probe.prove(inst, demo)
    with show.step("Launcher and its line in sudoers"):
        privilege.ensure(inst)
    with show.step("Proxy and hub"):
        services.write_site(inst, demo)
        services.start(inst)


def decided(name: str, prefix: Path, source: Path, port: int | None, dev: bool) -> Instance:
    """The instance under a prefix, or a new one there with names and ports that are free."""
    if not instance.read_book(prefix):
        if prefix.exists() and any(entry.name not in instance.BEGINNINGS for entry in prefix.iterdir()):
            raise DemoError(f"{prefix} has files that are not of an instance of ours. Choose another --prefix.")
        return instance.decide(name, prefix, source, dev=dev, port=port)
    known = instance.load(name, prefix)
    if dev:
        machine.check_readable(source, "--dev")
    port = port or known.port
    if port != known.port and not ports.is_free(port):
        raise PortTaken(port, ports.holder(port))
    return Instance(name, prefix, source, dev, port, known.first_port, known.network)


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """No two commands change one instance at the same time."""
    with instance.lock_file(name).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(f"Another aif command is at work on '{name}'. Wait until it has ended.") from None
        yield


def _confirm(name: str, prefix: Path, yes: bool, show: Progress) -> None:
    """Say what will happen on the machine; ask only where a person can answer, and only the first time."""
    if (prefix / "instance.json").exists():
        return
    absent = packages.missing(packages.NEEDED)
    show.say(f"The workbench '{name}' will be set up on this machine:")
    show.say(
        f"  · Debian packages: {', '.join(absent) if absent else 'all there already'}; none of them starts a service"
    )
    show.say(f"  · everything else below {prefix}, about {machine.NEEDED_GB - 2} GB: Python environments, Slurm, homes")
    show.say(f"  · users aif-{name} and {name}-…, groups of the same names, and /etc/sudoers.d/aif-{name}")
    show.say("  · services on this machine, stopped by `./aif down`; `./aif reset` removes all but the packages")
    note = machine.slurm_of_its_own()
    if note:
        show.say(f"  · {note}")
    show.say()
    if yes or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    if input("Go on? [Y/n] ").strip().lower() not in ("", "y", "yes", "j", "ja"):
        raise DemoError("Nothing was done.")


def umask_for_everyone() -> None:
    """What we install is for people to read, whatever the caller's umask is."""
    os.umask(0o022)
