"""A place for clusters: the demo's sizes, and an hour and a half left of the session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aif.scale.place import Place, parse

SLICE = {
    "name": "slice",
    "title": "Small GPU part",
    "partition": "mig",
    "cpus": 2,
    "memory_mb": 4096,
    "gpus": 1,
    "gpu_type": "h100_1g.10gb",
    "gpu_weight": "1/7",
    "gpu_memory_gb": 10,
    "hours_max": 8,
}
GPU = {
    **SLICE,
    "name": "gpu",
    "title": "One GPU",
    "partition": "gpu",
    "gpu_type": "h100",
    "gpu_weight": "1",
    "gpu_memory_gb": 80,
}
CPU = {
    **SLICE,
    "name": "cpu",
    "title": "No GPU",
    "partition": "cpu",
    "gpus": 0,
    "gpu_type": "",
    "gpu_weight": "1",
    "gpu_memory_gb": 0,
}


def facts(profile: str = "gpu", gpu_type: str = "h100", minutes: float = 90, **changed: Any) -> dict[str, Any]:
    """What a session's `public.json` says of it."""
    return {
        "session": "0" * 32,
        "cluster": "demo",
        "project": "mobility01",
        "profile": profile,
        "gpus": int(bool(gpu_type)),
        "gpu_type": gpu_type,
        "address": "127.0.1.1",
        "ends_at": (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(),
        "language": "en",
        "scale": {
            "slurm_conf": "/etc/slurm/slurm.conf",
            "slurm_bin": "/usr/bin",
            "qos": "mobility01",
            "sizes": [SLICE, GPU, CPU],
        },
        **changed,
    }


def in_cores(profile: str = "gpu", gpu_type: str = "h100", minutes: float = 90) -> Place:
    """Beside a session whose budget is in core-hours."""
    told = facts(profile, gpu_type, minutes)
    return parse({**told, "scale": {**told["scale"], "unit": "core-hour"}})


def place(*args: Any, **changed: Any) -> Place:
    return parse(facts(*args, **changed))
