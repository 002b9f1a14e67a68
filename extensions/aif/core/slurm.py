"""Slurm's commands as values, and the two functions that run them.

A `Call` is an argv, what to feed it and how to read its answer: nothing here but `run` and `arun` touches the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from aif.core.errors import SlurmError, SlurmUnreachable
from aif.core.site import Cluster

T = TypeVar("T")

#: Told of each call of `arun`: command, seconds, and "ok", "failed", "away" or "cancelled". The hub counts them.
on_call: Callable[[str, float, str], None] | None = None

#: What Slurm's clients say when the controller or the database is away (22.05 to 26.11).
_AWAY = (
    "Unable to contact slurm controller",
    "Socket timed out",
    "Zero Bytes were transmitted or received",
    "Connection refused",
    "Problem talking to the database",
    "Unable to connect to database",
    "Connection timed out",
    "Transport endpoint is not connected",
)


@dataclass(frozen=True)
class Call(Generic[T]):
    """One Slurm command: argv without a path, how to read its output, what to feed it, seconds it may take."""

    argv: tuple[str, ...]
    parse: Callable[[str], T]
    stdin: str = ""
    timeout_seconds: float = 20.0


def run(call: Call[T], cluster: Cluster) -> T:
    """The parsed answer. Raises SlurmUnreachable when Slurm is away or silent, else SlurmError."""
    try:
        done = subprocess.run(
            _argv(call, cluster),
            input=call.stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=call.timeout_seconds,
            env=environment(cluster),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SlurmUnreachable(call.argv[0], -1, f"no answer within {call.timeout_seconds:g} s") from error
    except OSError as error:
        raise SlurmError(call.argv[0], -1, str(error)) from error
    return _answer(call, done.returncode, done.stdout, done.stderr)


async def arun(call: Call[T], cluster: Cluster) -> T:
    """`run` for the event loop. A command that takes too long is killed with its children."""
    began, outcome = time.monotonic(), "cancelled"
    try:
        answer = await _arun(call, cluster)
        outcome = "ok"
    except SlurmError as error:
        outcome = "away" if isinstance(error, SlurmUnreachable) else "failed"
        raise
    finally:
        if on_call is not None:
            on_call(call.argv[0], time.monotonic() - began, outcome)
    return answer


async def _arun(call: Call[T], cluster: Cluster) -> T:
    try:
        process = await asyncio.create_subprocess_exec(
            *_argv(call, cluster),
            stdin=asyncio.subprocess.PIPE if call.stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(cluster),
            start_new_session=True,
        )
    except OSError as error:
        raise SlurmError(call.argv[0], -1, str(error)) from error
    try:
        async with asyncio.timeout(call.timeout_seconds):
            out, err = await process.communicate(call.stdin.encode() if call.stdin else None)
    except TimeoutError as error:
        raise SlurmUnreachable(call.argv[0], -1, f"no answer within {call.timeout_seconds:g} s") from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return _answer(call, process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))


def is_away(said: str) -> bool:
    """Whether these words of a Slurm command mean that Slurm could not be reached, so that nothing is known."""
    return any(words in said for words in _AWAY)


def environment(cluster: Cluster) -> Mapping[str, str]:
    """The whole environment of a Slurm command: nothing is inherited, so no SLURM_* or SBATCH_* variable leaks in."""
    return {
        "PATH": f"{cluster.slurm_bin}:/usr/bin:/bin",
        "SLURM_CONF": cluster.slurm_conf,
        "SLURM_TIME_FORMAT": "%s",  # times as seconds since 1970: no zone, no summer time
        "LANG": "C.UTF-8",
    }


def _argv(call: Call[T], cluster: Cluster) -> list[str]:
    return [f"{cluster.slurm_bin}/{call.argv[0]}", *call.argv[1:]]


def _answer(call: Call[T], status: int, out: str, err: str) -> T:
    said = next((line for line in err.splitlines() if line.strip()), "").strip()
    if is_away(err):
        raise SlurmUnreachable(call.argv[0], status, said)
    if status != 0:
        raise SlurmError(call.argv[0], status, said)
    if out and not out.endswith("\n"):  # every line of Slurm's has an end
        raise SlurmUnreachable(call.argv[0], status, "its answer broke off")
    return call.parse(out)
