"""Which keys belong to the cluster at an address: its own, of this person, for as long as it is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aif.core.clusters import CLUSTERS, TOLD
from aif.scale.joining import NotJoined, keys

HERE, OTHER = "tls://127.0.1.1:4711", "tls://127.0.1.2:4712"
KINDS = {"tls_ca_file": "ca_file", "tls_client_cert": "cert", "tls_client_key": "key"}


def cluster(home: Path, name: str, told: object, *, closes: bool = False) -> Path:
    """The folder of one that has told that; where it `closes`, its keys are gone already."""
    folder = home / CLUSTERS / name
    folder.mkdir(parents=True)
    (folder / TOLD).write_text(told if isinstance(told, str) else json.dumps(told))
    for kind in () if closes else KINDS.values():
        (folder / f".dask-jobqueue.worker.{kind}.x7").touch()
    return folder


def test_the_keys_are_those_of_the_cluster_that_listens_there(tmp_path: Path) -> None:
    cluster(tmp_path, "aaaaaaaa", {"scheduler": OTHER})
    folder = cluster(tmp_path, "bbbbbbbb", {"scheduler": HERE})
    assert keys(HERE, tmp_path) == {
        name: str(folder / f".dask-jobqueue.worker.{kind}.x7") for name, kind in KINDS.items()
    }


def test_where_none_listens_it_says_so_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotJoined, match=r"None of your clusters listens at tls://127\.0\.1\.1:4711"):
        keys(HERE, tmp_path)
    cluster(tmp_path, "aaaaaaaa", {"id": "aaaaaaaa"})  # of an older kernel
    cluster(tmp_path, "bbbbbbbb", "{")
    cluster(tmp_path, "cccccccc", [1])
    cluster(tmp_path, "dddddddd", {"scheduler": HERE}, closes=True)
    with pytest.raises(NotJoined, match="Try again in a moment"):
        keys(HERE, tmp_path)
