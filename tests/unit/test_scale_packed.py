"""A packed environment is unpacked once on a node, is its person's own, and goes with the last worker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aif.scale.packed import FILE, PYTHON, pack, unpacking
from aif.scale.plan import NotPlanned

#: A worker, which says that it is there, and stays until its input ends.
WORKER = f"{PYTHON} && cat\n"
SAYS = "#!/bin/sh\necho {who}\n"


class Node:
    """With a folder for what comes and goes, and a cluster's folder with an environment that was packed."""

    def __init__(self, folder: Path) -> None:
        self.tmp, self.home, self.prefix = folder / "tmp", folder / "x7", folder / "env"
        for one in (self.tmp, self.home, self.prefix / "bin"):
            one.mkdir(parents=True)
        self.program(self.prefix, "the packed one")
        self.place = self.tmp / f"aif-env-{os.getuid()}-x7"

    def program(self, prefix: Path, who: str) -> None:
        (prefix / "bin").mkdir(parents=True, exist_ok=True)
        (prefix / "bin/python").write_text(SAYS.format(who=who))
        (prefix / "bin/python").chmod(0o755)

    def worker(self) -> subprocess.Popen[str]:
        script = "\n".join([*unpacking(self.home / FILE), WORKER])
        env = {"PATH": os.defpath, "TMPDIR": str(self.tmp)}
        pipe = subprocess.PIPE
        return subprocess.Popen(["bash", "-c", script], env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    made = Node(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(made.prefix))
    return made


def first_line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


def test_it_is_there_for_as_long_as_workers_are(node: Node) -> None:
    assert pack(node.home) == node.home / FILE
    workers = [node.worker() for _ in range(3)]
    assert [first_line(one) for one in workers] == ["the packed one"] * 3
    for one in workers[:2]:
        one.communicate(timeout=30)
    assert (node.place / "bin/python").exists()
    workers[2].communicate(timeout=30)
    assert not node.place.exists()


def test_what_nobody_holds_any_more_goes_with_the_next(node: Node) -> None:
    pack(node.home)
    left = node.tmp / f"aif-env-{os.getuid()}-older"
    left.mkdir()
    worker = node.worker()
    assert first_line(worker) == "the packed one"
    assert not left.exists()
    worker.communicate(timeout=30)


def test_a_place_that_is_somewhere_else_is_not_used_and_not_touched(node: Node) -> None:
    """Its name is known to whoever may look at the queue: another could lay a link there, to programs of their own."""
    pack(node.home)
    theirs = node.tmp / "theirs"
    node.program(theirs, "of another")
    (theirs / ".whole").touch()
    node.place.symlink_to(theirs)
    out, err = node.worker().communicate(timeout=30)
    assert out.startswith("The environment could not be unpacked in "), (out, err)
    assert "of another" not in out
    assert (theirs / "bin/python").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")
def test_nor_is_one_that_is_another_persons(node: Node) -> None:
    pack(node.home)
    node.program(node.place, "of another")
    (node.place / ".whole").touch()
    os.chown(node.place, 65534, 65534)
    out, _ = node.worker().communicate(timeout=30)
    assert out.startswith("The environment could not be unpacked in ")
    assert "of another" not in out


def test_one_that_broke_says_so_and_leaves_nothing(node: Node) -> None:
    (node.home / FILE).write_text("no archive")
    worker = node.worker()
    out, _ = worker.communicate(timeout=30)
    assert (out.startswith("The environment could not be unpacked in "), worker.returncode) == (True, 1)
    assert not node.place.exists()


def test_what_cannot_be_packed_is_refused_in_words(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(node.prefix / "nowhere"))
    with pytest.raises(NotPlanned, match=r"could not be packed: .*nowhere"):
        pack(node.home)
    assert list(node.home.iterdir()) == []
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    with pytest.raises(NotPlanned, match="Only a virtual environment can be packed"):
        pack(node.home)
