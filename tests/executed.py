"""A notebook run from top to end by `aif.tutorials.execute` in a kernel of the test's choice, and what it tells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

KERNEL = "this"
SOURCE = Path(__file__).parents[1]
#: Nothing answers there, so a notebook that wants something of the network fails, wherever it runs.
NOWHERE = "http://127.0.0.1:9"


def executed(notebook: Path, argv: list[str], home: Path, seconds: float) -> dict[str, Any]:
    """`argv` starts the kernel; `home` is its person's, and gets the kernel's description."""
    spec = home / "kernels" / KERNEL / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": argv, "display_name": KERNEL, "language": "python"}))
    env = {
        "PYTHONPATH": f"{SOURCE / 'extensions'}:{SOURCE / 'kernels'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "JUPYTER_PATH": str(home),
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "OMP_NUM_THREADS": "1",  # threads that wait for each other take long where others compute as well
        **dict.fromkeys(("http_proxy", "https_proxy"), NOWHERE),
    }
    command = [sys.executable, "-m", "aif.tutorials.execute", str(notebook), KERNEL]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
