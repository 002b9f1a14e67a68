"""The list of a person's clusters in their session, and how one of them is had to end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jupyterlab")

from aif.core.clusters import CLUSTERS, STOP, TOLD, WISH
from aif.core.errors import SlurmError
from aif.core.site import Cluster
from aif.server.clusters import NoSuchCluster, listed, stop, wish

NOW = datetime(2027, 4, 1, 9, 0, tzinfo=UTC)


def made(home: Path, name: str = "abc_1234", ago: float = 1, **changed: Any) -> Path:
    """The folder of a cluster that told of itself so many seconds ago."""
    folder = home / CLUSTERS / name
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    at = (NOW - timedelta(seconds=ago)).astimezone().isoformat()
    (folder / TOLD).write_text(json.dumps({"id": name, "at": at, "plan": 2, "arrays": ["12", "13"], **changed}))
    return folder


@pytest.fixture
def slurm(tmp_path: Path) -> tuple[Cluster, Path]:
    """A Slurm whose `scancel` notes what it is asked, and where it does."""
    noted = tmp_path / "noted"
    program = tmp_path / "bin/scancel"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {noted}\n')
    program.chmod(0o700)
    return Cluster("demo", "/etc/slurm.conf", str(program.parent)), noted


def test_each_cluster_is_listed_as_it_last_told(tmp_path: Path) -> None:
    made(tmp_path)
    made(tmp_path, "zzz_1234", ago=300)
    assert [(one["id"], one["plan"], one["quiet"]) for one in listed(NOW, tmp_path)] == [
        ("abc_1234", 2, False),
        ("zzz_1234", 2, True),
    ]


def test_what_is_not_a_clusters_own_word_is_not_listed(tmp_path: Path) -> None:
    assert listed(NOW, tmp_path) == [], "there never was one"
    made(tmp_path, "aaaaaaaa", id="bbbbbbbb")
    made(tmp_path, "cccccccc", at="yesterday")
    made(tmp_path, "not-a-name")
    made(tmp_path, "dddddddd").chmod(0o755)
    (made(tmp_path, "eeeeeeee") / TOLD).write_text("{")
    (made(tmp_path, "ffffffff") / TOLD).write_text("[]")
    (made(tmp_path, "gggggggg") / TOLD).unlink()
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps({"id": "hhhhhhhh", "at": NOW.isoformat()}))
    link = made(tmp_path, "hhhhhhhh") / TOLD
    link.unlink()
    link.symlink_to(outside)
    assert listed(NOW, tmp_path) == []


async def test_one_that_answers_ends_itself(tmp_path: Path, slurm: tuple[Cluster, Path]) -> None:
    folder, (cluster, noted) = made(tmp_path), slurm
    await stop("abc_1234", cluster, NOW, tmp_path)
    assert (folder / STOP).read_bytes() == b""
    assert not noted.exists(), "cancelled from outside its workers would be replaced"


async def test_one_that_does_not_answer_is_ended_by_its_arrays(tmp_path: Path, slurm: tuple[Cluster, Path]) -> None:
    folder, (cluster, noted) = made(tmp_path, ago=180, arrays=["12", "13", "-u root", 4]), slurm
    await stop("abc_1234", cluster, NOW, tmp_path)
    assert noted.read_text() == "-Q 12 13\n"
    assert (folder / STOP).exists(), "should it come back, it ends"


async def test_what_is_left_of_one_long_gone_is_cleared_away(tmp_path: Path, slurm: tuple[Cluster, Path]) -> None:
    folder = made(tmp_path, ago=3600)
    await stop("abc_1234", slurm[0], NOW, tmp_path)
    assert not folder.exists()


async def test_what_cannot_be_stopped_is_said(tmp_path: Path, slurm: tuple[Cluster, Path]) -> None:
    with pytest.raises(NoSuchCluster):
        await stop("none_123", slurm[0], NOW, tmp_path)
    folder = made(tmp_path, ago=3600)
    (tmp_path / "bin/scancel").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(SlurmError):
        await stop("abc_1234", slurm[0], NOW, tmp_path)
    assert folder.exists()


def test_a_wish_is_laid_down_for_its_cluster_alone(tmp_path: Path) -> None:
    file = made(tmp_path) / WISH
    said = {"kind": "scale", "wish": "a", "workers": 3}
    wish("abc_1234", {**said, "more": "than that"}, tmp_path)
    assert json.loads(file.read_text()) == said
    assert file.stat().st_mode & 0o777 == 0o600
    file.unlink()
    with pytest.raises(NoSuchCluster):
        wish("../../xy", said, tmp_path)
    odd = ["", None, [], {}, {"kind": "scale"}, {**said, "kind": "eat"}, {**said, "wish": ""}, {**said, "wish": 4}]
    odd += [{**said, "workers": number} for number in (-1, 1001, True, "3", 2.5)]
    for one in odd:
        with pytest.raises(ValueError, match=r"wish|workers"):
            wish("abc_1234", one, tmp_path)
    assert not file.exists()
