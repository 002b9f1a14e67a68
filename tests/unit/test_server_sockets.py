"""Which socket is a cluster's dashboard: this person's own, in a folder that is closed to everybody else."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakehub import cluster_folder

pytest.importorskip("jupyterlab")

from aif.server.clusters import NoSuchCluster, folder_of, socket_of

NAME, GONE = "abc_1234", "abc_5678"


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with one cluster, whose dashboard listens. Its path is short, as a socket's has to be."""
    with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(cluster_folder(Path(place), NAME) / "dashboard.sock"))
        yield Path(place)


def test_a_cluster_of_ones_own_is_found(home: Path) -> None:
    assert socket_of(NAME, home) == folder_of(NAME, home) / "dashboard.sock"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../../..", "abc_123", "abc_12345", "ABC_1234", "abc/1234", "abc_1234\n", "abc_123%", GONE]
)
def test_a_name_that_is_none_leads_nowhere(name: str, home: Path) -> None:
    with pytest.raises(NoSuchCluster, match="There is no cluster"):
        socket_of(name, home)


def test_a_folder_that_others_may_enter_a_link_and_a_plain_file_are_no_clusters(home: Path) -> None:
    folder = folder_of(NAME, home)
    (folder.parent / "link1234").symlink_to(folder)
    with pytest.raises(NoSuchCluster, match="not this person's own"):
        socket_of("link1234", home)
    file = cluster_folder(home, GONE) / "dashboard.sock"
    file.write_text("")
    with pytest.raises(NoSuchCluster, match="not this person's own"):
        socket_of(GONE, home)
    file.unlink()
    file.symlink_to(folder / "dashboard.sock")
    with pytest.raises(NoSuchCluster, match="not this person's own"):
        socket_of(GONE, home)
    folder.chmod(0o750)
    with pytest.raises(NoSuchCluster, match="others may enter"):
        socket_of(NAME, home)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_what_somebody_else_owns_is_no_cluster(home: Path) -> None:
    os.chown(folder_of(NAME, home) / "dashboard.sock", 65534, 65534)
    with pytest.raises(NoSuchCluster, match="not this person's own"):
        socket_of(NAME, home)
    os.chown(folder_of(NAME, home), 65534, 65534)
    with pytest.raises(NoSuchCluster, match="not this person's own"):
        socket_of(NAME, home)
