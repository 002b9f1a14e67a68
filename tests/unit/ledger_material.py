"""A Slurm that answers with text which lies ready, and the ledger's Slurm source on it, with a database of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hub_material import SLICE, database, site

from aif.core.site import Site
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger.record import JobRecords
from aif_hub.ledger.reserved import ReservedTime
from aif_hub.ledger.source import SlurmSource

RECORDS = Path(__file__).parent / "records"
CONFIG = (RECORDS / "scontrol-config-22.05.txt").read_text()
PARTITIONS = (RECORDS / "scontrol-partition-22.05.txt").read_text()
ONE_SLICE = "billing=1,cpu=2,gres/gpu:h100_1g.10gb=1,gres/gpu=1,mem=4G,node=1"
ONE_GPU = "billing=7,cpu=8,gres/gpu:h100=1,gres/gpu=1,mem=32G,node=1"
WHOLE = {**SLICE, "name": "gpu", "partition": "gpu", "gpu_type": "h100", "gpu_weight": "1"}
#: The row of an account with a limit of its own, as scontrol shows it.
ACCOUNT = (
    "ClusterName=demo Account=inspect01 UserName= Partition= Priority=0 ID=3\n"
    "    GrpTRESMins=cpu=N(0),billing=84000(12),gres/gpu=N(0)\n"
)
COMMANDS = ("sacct", "sacctmgr", "scontrol", "squeue", "sreport")
#: What Slurm prints above its answers, also where there is nothing below.
HEADS = {
    "sacct": "JobIDRaw|User|Account|QOS|State|Start|End|ElapsedRaw|AllocTRES\n",
    "squeue": "".join(
        f"{name:<{width}}|"
        for name, width in (
            *(("JOBID", 20), ("USER", 256), ("ACCOUNT", 256), ("QOS", 256), ("STATE", 30), ("START_TIME", 20)),
            *(("END_TIME", 20), ("TIME", 30), ("TIME_LEFT", 30), ("TIME_LIMIT", 30), ("REASON", 200)),
            ("TRES_ALLOC", 1000),
        )
    )
    + "\n",
    "sreport": (
        f"{'-' * 80}\nCluster/Account/User Utilization 1795348800 - 1795352399 (3600 secs)\n"
        f"Usage reported in TRES Seconds\n{'-' * 80}\nAccount|Login|TRES Name|Used\n"
    ),
    "qos": "Name|Flags\n",
    "user": "Admin\n",
    "assoc_mgr": "Current Association Manager state\n\nQOS Records\n\n",
}


def configured(**changed: str) -> str:
    """`scontrol show config` with other values for some keys."""
    lines = CONFIG.splitlines()
    for key, value in changed.items():
        assert any(line.startswith(f"{key} ") for line in lines), key
        lines = [f"{key} = {value}" if line.startswith(f"{key} ") else line for line in lines]
    return "\n".join(lines) + "\n"


@dataclass
class Slurm:
    """Its commands below `folder`; each answers what was `said` last, or fails."""

    folder: Path

    def __post_init__(self) -> None:
        for command in COMMANDS:
            (self.folder / command).symlink_to(Path(__file__).parent / "answer.sh")
        self.says(config=CONFIG, partition=PARTITIONS, assoc_mgr="", squeue="", sacct="", sreport="", qos="", user="")

    def says(self, **answers: str) -> None:
        """Below the head that an answer of Slurm's has."""
        self.prints(**{name: HEADS.get(name, "") + text for name, text in answers.items()})

    def prints(self, **answers: str | bytes) -> None:
        """Just so, whatever Slurm itself would say."""
        for name, text in answers.items():
            (self.folder / f"{name}.fails").unlink(missing_ok=True)
            (self.folder / f"{name}.out").write_bytes(text if isinstance(text, bytes) else text.encode())

    def fails(self, name: str, said: str) -> None:
        (self.folder / f"{name}.fails").write_text(said)

    def asked(self, command: str) -> list[str]:
        """How the command was called, in order."""
        lines = (self.folder / "asked").read_text().splitlines()
        return [line.partition(" ")[2] for line in lines if line.startswith(f"{command} ")]

    def site(self, **changed: Any) -> Site:
        made = site(profile=[SLICE, WHOLE], **changed)
        return replace(made, clusters=(replace(made.clusters[0], slurm_bin=str(self.folder)),))

    def source(self, charged: Iterable[str] = (), **changed: Any) -> SlurmSource:
        made = self.site(**changed)
        hub, budget = database(self.folder / "hub.sqlite"), AccountingBudget(calls=1000)
        reserved = ReservedTime(made.clusters[0], budget, hub)
        return SlurmSource(made, made.clusters[0], budget, JobRecords(hub, "demo"), reserved, lambda account: charged)


def ended(
    job_id: int,
    start: datetime,
    hours: float,
    login: str = "ann",
    account: str = "inspect01",
    qos: str = "sme-inspect01",
    tres: str = ONE_SLICE,
    state: str = "COMPLETED",
) -> str:
    """A line of sacct's answer."""
    begin, seconds = int(start.timestamp()), round(hours * 3600)
    return f"{job_id}|{login}|{account}|{qos}|{state}|{begin}|{begin + seconds}|{seconds}|{tres}\n"


def queued(
    job_id: int,
    start: datetime | None,
    used: str = "0:00",
    left: str = "1:00:00",
    limit: str = "1:00:00",
    login: str = "ann",
    account: str = "inspect01",
    qos: str = "sme-inspect01",
    tres: str = ONE_SLICE,
    state: str = "RUNNING",
    reason: str = "None",
) -> str:
    """A line of squeue's answer, its columns padded as -O pads them."""
    begin = str(int(start.timestamp())) if start else "N/A"
    columns = ((job_id, 20), (login, 256), (account, 256), (qos, 256), (state, 30), (begin, 20), ("N/A", 20))
    more = ((used, 30), (left, 30), (limit, 30), (reason, 200), (tres, 1000))
    return "".join(f"{value:<{width}}|" for value, width in (*columns, *more)) + "\n"


def seconds_ago(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(time.time() - seconds)).astimezone()


@pytest.fixture
def slurm(tmp_path: Path) -> Slurm:
    return Slurm(tmp_path)
