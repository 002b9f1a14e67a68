"""Daemons are started apart and stopped by an id that is surely theirs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aif_hub.demo import daemons
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.errors import DemoError

SLEEPS = (sys.executable, "-c", "import signal; print('here', flush=True); signal.pause()")


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon("sleeper", SLEEPS, tmp_path, tmp_path / "sleeper.log")
    yield daemon
    daemons.stop(daemon)


def test_a_started_daemon_runs_in_a_session_of_its_own_until_it_is_stopped(sleeper: Daemon) -> None:
    daemons.start(sleeper)
    running = daemons.pid(sleeper)
    assert running is not None
    assert os.getsid(running) == running
    daemons.stop(sleeper)
    assert daemons.pid(sleeper) is None
    assert not sleeper.pid_file.exists()


def test_starting_a_running_daemon_again_leaves_it_alone(sleeper: Daemon) -> None:
    daemons.start(sleeper)
    before = daemons.pid(sleeper)
    daemons.start(sleeper)
    assert daemons.pid(sleeper) == before


def test_a_daemon_whose_files_changed_is_started_anew(sleeper: Daemon) -> None:
    daemons.start(sleeper)
    before = daemons.pid(sleeper)
    daemons.start(replace(sleeper, reads="other files"))
    assert daemons.pid(sleeper) not in (before, None)


def test_an_id_that_is_somebody_elses_by_now_is_never_killed(sleeper: Daemon) -> None:
    with subprocess.Popen(SLEEPS, stdout=subprocess.DEVNULL) as stranger:
        sleeper.pid_file.write_text(json.dumps({"pid": stranger.pid, "birth": "long ago", "fingerprint": ""}))
        assert daemons.pid(sleeper) is None
        daemons.stop(sleeper)
        assert stranger.poll() is None
        stranger.kill()


def test_a_daemon_that_ignores_sigterm_is_killed_when_its_patience_ends(tmp_path: Path) -> None:
    script = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('deaf', flush=True)
while True:
    signal.pause()
"""
    stubborn = (sys.executable, "-c", script)
    daemon = Daemon("deaf", stubborn, tmp_path, tmp_path / "deaf.log", patience=0.2)
    daemons.start(daemon)
    daemons.await_ready(daemon, lambda: "deaf" in daemon.log_file.read_text(), 20)
    daemons.stop(daemon)
    assert daemons.pid(daemon) is None


def test_a_daemon_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    argv = (sys.executable, "-c", "import sys; sys.exit('no such cluster')")
    daemon = Daemon("failing", argv, tmp_path, tmp_path / "failing.log")
    daemons.start(daemon)
    with pytest.raises(DemoError, match="failing ended while starting: no such cluster"):
        daemons.await_ready(daemon, lambda: False, 20)


def test_a_killed_daemon_counts_as_ended_although_nobody_waited_for_it(sleeper: Daemon) -> None:
    daemons.start(sleeper)
    running = daemons.pid(sleeper)
    assert running is not None
    handle = os.pidfd_open(running)
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.waitid(os.P_PIDFD, handle, os.WEXITED | os.WNOWAIT)
    os.close(handle)
    assert daemons.pid(sleeper) is None


def test_the_log_before_is_kept(sleeper: Daemon) -> None:
    sleeper.log_file.write_text("the last run\n")
    daemons.start(sleeper)
    assert sleeper.log_file.with_name("sleeper.log.1").read_text() == "the last run\n"
