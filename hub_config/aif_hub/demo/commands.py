"""Programs of the machine, run with a time limit and told in the log of `aif up`."""

from __future__ import annotations

import logging
import os
import pwd
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from aif_hub.demo.errors import CommandFailed

log = logging.getLogger("aif.demo")

# A known PATH: root's own may lack sbin (su without a dash) or carry a person's folders.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def outcome(
    argv: Sequence[str | Path],
    *,
    timeout: float = 60,
    env: Mapping[str, str] | None = None,
    text_in: str | None = None,
    cwd: Path | None = None,
    user: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """The ended program, whatever its exit status; raises CommandFailed only if it could not run to its end.

    `env` is laid over this process's environment. `user` runs it as that person, with their groups and nobody else's.
    """
    words = [str(word) for word in argv]
    log.debug("$ %s", shlex.join(words))
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env={**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8", **(env or {})},
            input=text_in,
            stdin=subprocess.DEVNULL if text_in is None else None,
            cwd=cwd,
            user=user,
            group=user and _primary_group(user),
            extra_groups=[] if user else None,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise CommandFailed(words, f"gave no answer within {timeout:.0f} s", _text(late.stderr)) from late
    except OSError as absent:
        raise CommandFailed(words, "could not be started", absent.strerror or str(absent)) from absent
    for line in (done.stdout + done.stderr).splitlines():
        log.debug("  %s", line)
    if done.returncode:
        log.debug("  exit status %d", done.returncode)
    return done


def begin(argv: Sequence[str | Path], *, env: Mapping[str, str], output: Path) -> None:
    """Starts a program that nobody waits for: it goes on when we have ended, and what it says is in `output`."""
    words = [str(word) for word in argv]
    log.debug("$ %s &", shlex.join(words))
    with output.open("w") as said:
        subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8", **env},
            start_new_session=True,
        )


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float = 60,
    env: Mapping[str, str] | None = None,
    text_in: str | None = None,
    cwd: Path | None = None,
    user: str | None = None,
) -> str:
    """What a program printed; raises CommandFailed when it ends with an error."""
    done = outcome(argv, timeout=timeout, env=env, text_in=text_in, cwd=cwd, user=user)
    if done.returncode:
        raise CommandFailed(
            [str(word) for word in argv], f"ended with status {done.returncode}", done.stderr or done.stdout
        )
    return done.stdout


def _primary_group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _text(output: bytes | str | None) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""
