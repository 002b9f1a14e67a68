"""What our part of the hub tells is heard: at its level, once, and in the form of JupyterHub's lines."""

from __future__ import annotations

import os
import re
import subprocess
import sys

CODE = """
import logging
from aif_hub import logs

logs.tell()
logs.tell()
log = logging.getLogger('aif.sessions')
log.info('session %s is kept', 'abc')
log.debug('not this')
logging.getLogger('aif').setLevel(logging.DEBUG)
logging.getLogger('aif.warnings').debug('a report')
"""


def test_a_line_is_told_once_with_its_level_time_and_place_and_who_looks_for_a_fault_hears_more() -> None:
    """In a process of its own: loggers are one set for all of a process."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", CODE]
    said = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60, env=env).stderr
    at = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"
    lines = rf"\[I {at} aif\.sessions\] session abc is kept\n\[D {at} aif\.warnings\] a report\n"
    assert re.fullmatch(lines, said), said
