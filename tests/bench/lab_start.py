"""How long a person's server takes from its first line to an answer, beside a bare JupyterLab of the same environment.

`python tests/bench/lab_start.py PYTHON [ROUNDS]`, where PYTHON is that of an environment with our wheel installed, and
this script's own Python has tornado and cryptography. The three kinds take turns, so that a noisy machine hits all.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from fakehub import FakeHub, get, make_certificates, make_session, stopped, wait_for_post

BARE = "import sys; from jupyterlab.labapp import main; sys.argv[0] = 'jupyter-lab'; main()"
# what of our shortcuts a bare JupyterLab can take as well; the hub's modules it never imports
TUNED = f"from aif.server import shortcuts as s; s._without_iri_grammar(); s._without_yarn(); {BARE}"


def served(python: str, home: Path) -> float:
    """Seconds from exec to the call-back, which comes after the server answers; /api is then asked to be sure."""
    folder = home / "session"
    with FakeHub(folder) as hub:
        make_session(folder, hub.port)
        job = {"HOME": str(home), "PATH": search_path(python), "LANG": "C.UTF-8", "SLURMD_NODENAME": "gpu01"}
        begun = time.perf_counter()
        with (folder / "log").open("w") as log:
            command = [python, "-I", "-m", "aif.server", str(folder)]
            server = subprocess.Popen(command, env=job, cwd=home, stdout=log, stderr=log, text=True)
        port = wait_for_post(hub, server)["port"]
        seconds = time.perf_counter() - begun
        assert get(f"https://127.0.0.1:{port}/user/demo-marieke/api", folder)[0] == 200
        stopped(server)
    return seconds


def bare(python: str, home: Path, code: str) -> float:
    """Seconds from exec to /api for a JupyterLab without a hub."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    job = {"HOME": str(home), "PATH": search_path(python), "LANG": "C.UTF-8"}
    begun = time.perf_counter()
    server = subprocess.Popen(
        [python, "-I", "-c", code, *options], env=job, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
            break
        except OSError:
            assert server.poll() is None
            time.sleep(0.01)
    seconds = time.perf_counter() - begun
    server.terminate()
    server.wait(20)
    return seconds


def search_path(python: str) -> str:
    return f"{Path(python).parent}:{os.environ['PATH']}"


def measured(python: str, rounds: int) -> dict[str, object]:
    """Medians in seconds and the two ratios; the first round warms the disk cache and is not counted."""
    home = Path(tempfile.mkdtemp(prefix="lab-start-"))
    (home / "session").mkdir(mode=0o700)
    make_certificates(home / "session")
    kinds: dict[str, Callable[[], float]] = {
        "ours": lambda: served(python, home),
        "bare": lambda: bare(python, home, BARE),
        "tuned_bare": lambda: bare(python, home, TUNED),
    }
    try:
        runs = [{name: kind() for name, kind in kinds.items()} for _ in range(rounds + 1)][1:]
    finally:
        shutil.rmtree(home, ignore_errors=True)
    median = {name: round(statistics.median(run[name] for run in runs), 3) for name in kinds}
    return {
        **median,
        "lab_ready_over_bare": round(median["ours"] / median["bare"], 3),
        "lab_ready_over_tuned_bare": round(median["ours"] / median["tuned_bare"], 3),
        "rounds": rounds,
    }


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)))
