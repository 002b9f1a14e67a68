"""One instance: its names, paths and ports, and the record of what was made for it (`instance.json`)."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aif_hub.demo import ports
from aif_hub.demo.errors import DemoError, NoInstance, PortTaken

NODES = ("gpu01", "gpu02", "gpu03", "mig01")
NAME = re.compile(r"[a-z][a-z0-9]{0,7}")
#: All that a run leaves in a prefix when it is broken off, or the disk is full, before `instance.json` is there.
BEGINNINGS = ("log", "instance.json.new")
DEFAULT_PORT = 8000
# Below the kernel's range for outgoing connections, so that no client of anybody's takes one between two starts.
_FIRST_PORT, _BLOCK, _BLOCKS = 20000, 10, 1000


@dataclass(frozen=True)
class Instance:
    """What `up` decided once and every later command relies on."""

    name: str
    prefix: Path
    source: Path
    dev: bool
    port: int
    first_port: int
    network: int

    @property
    def slurmctld_port(self) -> int:
        return self.first_port

    @property
    def slurmdbd_port(self) -> int:
        return self.first_port + 1

    @property
    def hub_port(self) -> int:
        return self.first_port + 2

    @property
    def proxy_api_port(self) -> int:
        return self.first_port + 3

    @property
    def slurmd_ports(self) -> dict[str, int]:
        return {node: self.first_port + 4 + index for index, node in enumerate(NODES)}

    @property
    def addresses(self) -> dict[str, str]:
        return {node: f"127.{self.network}.1.{index}" for index, node in enumerate(NODES, 1)}

    @property
    def hub_user(self) -> str:
        return f"aif-{self.name}"

    @property
    def people_group(self) -> str:
        return f"aif-{self.name}-people"

    @property
    def job_name(self) -> str:
        return f"aif-{self.name}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def slurm_conf(self) -> Path:
        return self.prefix / "etc/slurm/slurm.conf"

    @property
    def sudoers(self) -> Path:
        return Path(f"/etc/sudoers.d/aif-{self.name}")

    def env(self, name: str) -> Path:
        """The folder of one of the instance's environments: `hub`, `notebook`, `kernels/aif-python`."""
        return self.prefix / "env" / name

    def login(self, short: str) -> str:
        return f"{self.name}-{short}"

    @property
    def slurm_env(self) -> dict[str, str]:
        """What makes Slurm's commands speak to this instance and to no other."""
        return {"SLURM_CONF": str(self.slurm_conf)}


def lock_file(name: str) -> Path:
    """What commands that change an instance hold meanwhile; outside the prefix, which they may remove."""
    return Path(f"/run/aif-{name}.lock")


def load(name: str, prefix: Path) -> Instance:
    """The instance under a prefix; raises NoInstance when nothing was brought up there."""
    book = read_book(prefix)
    if not book:
        raise NoInstance(name, prefix)
    if book["instance"] != name:
        raise DemoError(
            f"{prefix} belongs to the instance '{book['instance']}', not to '{name}'. "
            f"Use --instance {book['instance']}, or another --prefix."
        )
    return Instance(
        name=name,
        prefix=prefix,
        source=Path(book["source"]),
        dev=book["dev"],
        port=book["ports"]["public"],
        first_port=book["ports"]["slurmctld"],
        network=book["network"],
    )


def decide(name: str, prefix: Path, source: Path, *, dev: bool, port: int | None) -> Instance:
    """A new instance with ports and addresses that nobody uses now; raises PortTaken for a wish that can't be met."""
    start = zlib.crc32(f"{name} {prefix}".encode())
    first_port = next(first for first in _candidates(start) if _block_is_free(first))
    network = next(net for net in _networks(start) if net not in _networks_of_others(prefix))
    if port is None:
        port = DEFAULT_PORT if name == "demo" else first_port + 9
    if not ports.is_free(port):
        raise PortTaken(port, ports.holder(port))
    return Instance(name, prefix, source, dev, port, first_port, network)


def _candidates(start: int) -> Iterator[int]:
    for step in range(_BLOCKS):
        yield _FIRST_PORT + _BLOCK * ((start + step) % _BLOCKS)
    raise DemoError(f"No ten free ports in a row between {_FIRST_PORT} and {_FIRST_PORT + _BLOCK * _BLOCKS}.")


def _block_is_free(first: int) -> bool:
    return all(ports.is_free(port, "0.0.0.0") for port in range(first, first + _BLOCK))  # noqa: S104 - Slurm binds all


def _networks(start: int) -> Iterator[int]:
    return (16 + (start + step) % 200 for step in range(200))


def _networks_of_others(prefix: Path) -> set[int]:
    books = (read_book(other) for other in prefix.parent.glob("*") if other != prefix and other.is_dir())
    return {book["network"] for book in books if "network" in book}  # a site's prefix has a book without one


def read_book(prefix: Path) -> dict[str, Any]:
    """`instance.json` as it is on disk; empty when there is none."""
    try:
        book: dict[str, Any] = json.loads((prefix / "instance.json").read_text())
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise DemoError(f"{prefix} is not a folder. Choose another --prefix.") from None
    return book


def write(instance: Instance, version: str) -> None:
    """Put the decisions into `instance.json`, keeping what was recorded as made."""
    book = read_book(instance.prefix)
    book |= {
        "instance": instance.name,
        "version": version,
        "prefix": str(instance.prefix),
        "source": str(instance.source),
        "dev": instance.dev,
        "ports": {
            "public": instance.port,
            "hub": instance.hub_port,
            "proxy_api": instance.proxy_api_port,
            "slurmctld": instance.slurmctld_port,
            "slurmdbd": instance.slurmdbd_port,
            **instance.slurmd_ports,
        },
        "network": instance.network,
        "addresses": instance.addresses,
        "hub_user": instance.hub_user,
        "people_group": instance.people_group,
        "slurm_conf": str(instance.slurm_conf),
    }
    book.setdefault("made", {"users": [], "groups": [], "files": []})
    book.setdefault("stamps", {})
    _save(instance.prefix, book)


def made(instance: Instance, kind: str) -> list[str]:
    """The users, groups or files outside the prefix that `up` made: `reset` takes away these and no others."""
    return list(read_book(instance.prefix).get("made", {}).get(kind, []))


def record_made(instance: Instance, kind: str, names: list[str]) -> None:
    """Write down what is about to be made, before it is: a crash between the two leaves nothing unowned."""
    book = read_book(instance.prefix)
    known = book["made"].setdefault(kind, [])
    known.extend(name for name in names if name not in known)
    _save(instance.prefix, book)


def stamp(instance: Instance, step: str) -> str:
    """The digest of the inputs with which a step last came to its end; empty if it never did."""
    return str(read_book(instance.prefix).get("stamps", {}).get(step, ""))


def set_stamp(instance: Instance, step: str, digest: str) -> None:
    """Record that a step is done for these inputs; an empty digest makes it run again."""
    book = read_book(instance.prefix)
    book["stamps"][step] = digest
    _save(instance.prefix, book)


def _save(prefix: Path, book: dict[str, Any]) -> None:
    draft = prefix / "instance.json.new"
    draft.write_text(json.dumps(book, indent=1) + "\n")
    draft.chmod(0o644)
    os.replace(draft, prefix / "instance.json")
