"""A client of a cluster that another process of this person's made, such as dask-labextension's side bar."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aif.core.clusters import CLUSTERS, TOLD
from aif.core.sentence import Sentence
from aif.refusals import Refusal

if TYPE_CHECKING:
    from distributed import Client

#: dask-jobqueue's files with what its workers, and so their owner, are known by.
_KEYS = {"tls_ca_file": "ca_file", "tls_client_cert": "cert", "tls_client_key": "key"}


class NotJoined(Refusal):
    """No cluster of this person's listens there."""


def join(address: str, **options: Any) -> Client:
    """Dask's client of this person's cluster whose scheduler is at `address`; `options` are that client's.

    >>> client = join("tls://127.0.1.1:38215")  # doctest: +SKIP

    The keys are in the cluster's folder, which nobody else may enter. Raises NotJoined.
    """
    from distributed import Client, Security

    return Client(address, security=Security(require_encryption=True, **keys(address)), **options)


def keys(address: str, home: Path | None = None) -> dict[str, str]:
    """The files by which the scheduler at `address` knows its owner, as Dask names them. Raises NotJoined."""
    for folder, listens in _listening(home or Path.home()):
        if listens == address:
            found = {name: [*folder.glob(f".dask-jobqueue.worker.{kind}.*")] for name, kind in _KEYS.items()}
            if all(found.values()):
                return {name: str(files[0]) for name, files in found.items()}
    raise NotJoined(
        Sentence("None of your clusters listens at {address}.", address=address),
        Sentence("It has ended, or began less than ten seconds ago."),
        Sentence("Try again in a moment, or make one with {call}.", call="gpu_cluster()"),
    )


def _listening(home: Path) -> Iterator[tuple[Path, str]]:
    """The folder of each cluster, and what it told last of where its scheduler is."""
    for file in (home / CLUSTERS).glob(f"*/{TOLD}"):
        try:
            yield file.parent, str(json.loads(file.read_bytes())["scheduler"])
        except (OSError, ValueError, KeyError, TypeError):  # it closes just now, or an older kernel tells less
            continue
