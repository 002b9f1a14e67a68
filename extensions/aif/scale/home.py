"""A cluster's own folder, which only its owner may enter, and the watchdog that outlives the kernel to clear it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aif.core.clusters import CLUSTERS, SOCKET, label
from aif.core.site import Cluster
from aif.scale import watchdog


class Home:
    """`folder` has keys, logs and the dashboard's socket; it goes when the cluster closes or its kernel is gone."""

    def __init__(self, cluster: Cluster) -> None:
        above = Path.home() / CLUSTERS
        above.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="", dir=above))  # 0700
        (self.folder / "logs").mkdir()
        argv = [sys.executable, "-I", "-m", watchdog.__name__, str(self.folder), cluster.slurm_bin, cluster.slurm_conf]
        self._watchdog = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._told: set[str] = set()

    def kept(self, make: Callable[[Path], Path]) -> Path:
        """What `make` puts into the folder; where it cannot, the folder goes, and its fault is raised."""
        try:
            return make(self.folder)
        except BaseException:
            self.close()
            raise

    @property
    def label(self) -> str:
        """What names the cluster in Slurm."""
        return label(self.folder)

    @property
    def socket(self) -> Path:
        """Of the dashboard."""
        return self.folder / SOCKET

    def dashboard(self, prefix: str) -> str:
        """Where the server of the session shows it, whose addresses begin with `prefix`; empty where none is known."""
        return f"{prefix}aif/v1/clusters/{self.folder.name}/dashboard/status" if prefix else ""

    def tell(self, arrays: set[str]) -> None:
        """Has these arrays ended when the kernel is gone."""
        for one in sorted(arrays - self._told):
            self._say(one)
        self._told |= arrays

    def close(self, leaving: bool = False) -> None:
        """Nothing is left to end, or all that is left is `leaving`: the folder goes."""
        self._say(watchdog.LEAVING if leaving else watchdog.CLOSED)
        if self._watchdog.stdin:
            self._watchdog.stdin.close()
        if not leaving:
            self._watchdog.wait(10)

    def _say(self, word: str) -> None:
        if self._watchdog.stdin and not self._watchdog.stdin.closed:
            with suppress(BrokenPipeError):  # somebody ended it; workers still have their guards
                self._watchdog.stdin.write(f"{word}\n".encode())
                self._watchdog.stdin.flush()
