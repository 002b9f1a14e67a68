"""What our part of the hub tells is heard: at its level, once, and in the form of JupyterHub's lines."""

from __future__ import annotations

import os
import re
import subprocess
import sys

SETUP = "import logging; from aif_hub import logs; logs.tell(); logs.tell()"


def heard(code: str) -> str:
    """What a process of its own says: loggers are one set for all of a process."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", f"{SETUP}\n{code}"]
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60, env=env).stderr


def test_a_line_is_told_once_with_its_level_time_and_place() -> None:
    said = heard(
        "log = logging.getLogger('aif.sessions'); log.info('session %s is kept', 'abc'); log.debug('not this')"
    )
    assert re.fullmatch(r"\[I \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} aif\.sessions\] session abc is kept\n", said), said


def test_who_looks_for_a_fault_hears_more() -> None:
    said = heard(
        "logging.getLogger('aif').setLevel(logging.DEBUG); logging.getLogger('aif.warnings').debug('a report')"
    )
    assert said.startswith("[D "), said
