"""What a worker's job script does before Python starts."""

from __future__ import annotations

import os
import pwd
import shlex
import sys
from collections.abc import Mapping

from aif.scale import left
from aif.scale.arrays import NAMES_LINE

#: What a worker needs of its environment beside what Slurm and the script set: nothing of the kernel's leaks in.
_WORKER_ENV = {
    "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]",  # there is no HTTP server to serve them
    "LANG": "C.UTF-8",
}
#: Seconds in which a late worker that found its cluster gone has asked Slurm what that means for the others.
_LAST_SECONDS = 30


def exports(env: Mapping[str, str]) -> list[str]:
    """Lines of a job script that set these."""
    return [f"export {name}={shlex.quote(value)}" for name, value in env.items()]


def prologue(
    address: str, told: Mapping[str, str], patience_seconds: int = 20, python: str = sys.executable
) -> list[str]:
    """What each worker does first: takes its name, and goes no further where its cluster is gone.

    `address` is the scheduler's, ``tls://host:port``; `told` is for `aif.scale.left`, which `python`, the kernel's own,
    runs then: one that the worker unpacks is not there yet.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    person = pwd.getpwuid(os.getuid())
    env = {"HOME": person.pw_dir, "USER": person.pw_name, "LOGNAME": person.pw_name, **_WORKER_ENV, **told}
    reach = shlex.quote(f"exec 3<>/dev/tcp/{host.strip('[]')}/{port}")
    return [
        NAMES_LINE,
        *exports(env),
        "unset SLURM_TIME_FORMAT",
        f"until timeout 5 bash -c {reach} 2>/dev/null",
        f'do [ "$SECONDS" -lt {patience_seconds} ] || {{',
        '      echo "The cluster of this worker is gone."',
        f"      timeout {_LAST_SECONDS} {shlex.quote(python)} -I -m {left.__name__}",
        "      exit 0",
        "   }",
        "   sleep 1",
        "done",
    ]
