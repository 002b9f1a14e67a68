"""Commands of the documentation that bring up and take away whole instances, typed at a terminal, on ones of their own.

The first has the software of the tests' instance and only has to start; the second is built from nothing, from a copy
of the checkout that everybody may read, as `--dev` wants it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docs_blocks
import pexpect
import pytest
from docs_blocks import Block

from aif_hub.demo import beside
from aif_hub.demo import instance as instances

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(1800)]
#: What a page calls somebody's instance.
THEIRS = "t1a2b3"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INDEXES = ("PIP_", "UV_", "NPM_", "npm_", "SSL_")
SECONDS = 1500


class Newcomer:
    """Somebody at a terminal, as root, in a checkout whose `./aif` means an instance of theirs."""

    def __init__(self, name: str, prefix: Path, source: Path, folder: Path) -> None:
        self.name, self.prefix, self.source, self.folder = name, prefix, source, folder
        program = folder / "aif"
        program.write_text((Path(__file__).parent / "aif_of_instance.sh").read_text())
        program.chmod(0o755)
        environ = {key: value for key, value in os.environ.items() if key.startswith(INDEXES)}
        environ |= {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb"}
        self._environ = {**environ, "INSTANCE": name, "PREFIX": str(prefix), "SOURCE": str(source)}

    def type(self, block: Block) -> str:
        """What a block of a page says, whose questions are answered with yes, or with the instance's name."""
        code = block.code.replace("sudo ", "").replace(THEIRS, self.name)
        terminal = pexpect.spawn(
            "bash",
            ["-euo", "pipefail", "-c", code],
            cwd=self.folder,
            env=self._environ,
            encoding="utf-8",
            timeout=SECONDS,
            dimensions=(50, 200),
        )
        said = ""
        while asked := terminal.expect([pexpect.EOF, r"\[Y/n\] ", "to go on: "]):
            said += f"{terminal.before}{terminal.after}"
            terminal.sendline("y" if asked == 1 else self.name)
        said += terminal.before
        terminal.close()
        assert terminal.exitstatus == 0, f"{block}\n{code}\n{said}"
        return said

    @property
    def book(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.prefix / "instance.json").read_text())
        return found

    def answers(self) -> bool:
        """Whether their hub does."""
        url = f"http://127.0.0.1:{self.book['ports']['public']}/hub/health"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.status == 200)

    def leave_nothing(self) -> None:
        """Whatever a test that failed, or one that was killed, has left."""
        if (self.prefix / "instance.json").exists():
            argv = [self.folder / "aif", "reset", "--yes"]
            subprocess.run(argv, cwd=self.folder, env=self._environ, timeout=600, check=False)
        shutil.rmtree(self.prefix, ignore_errors=True)


@pytest.fixture
def newcomer(instance: dict[str, Any], tmp_path: Path) -> Iterator[Newcomer]:
    """With the tests' own checkout."""
    prefix = Path(instance["prefix"])
    name = f"{instance['instance'][:7]}c"
    made = Newcomer(name, prefix.with_name(name), Path(instance["source"]), tmp_path)
    made.leave_nothing()
    yield made
    made.leave_nothing()


@pytest.fixture
def developer(instance: dict[str, Any], tmp_path: Path) -> Iterator[Newcomer]:
    """With a copy of the checkout beside the instances, where everybody may read."""
    prefix = Path(instance["prefix"])
    name = f"{instance['instance'][:7]}d"
    source = prefix.with_name(f"{name}-checkout")
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(instance["source"], source, ignore=shutil.ignore_patterns(".*", "__pycache__", "build"))
    shutil.copy(Path(instance["source"]) / ".gitignore", source)
    made = Newcomer(name, prefix.with_name(name), source, tmp_path)
    made.leave_nothing()
    yield made
    made.leave_nothing()
    shutil.rmtree(source)


def of(page: str) -> list[Block]:
    return [block for block in docs_blocks.marked("run", "instance") if block.page == page]


def test_an_instance_comes_and_goes_as_the_pages_say(newcomer: Newcomer, instance: dict[str, Any]) -> None:
    up, down = of("operators/index.md")
    tests_own = instances.load(instance["instance"], Path(instance["prefix"]))
    beside.prepare(tests_own, newcomer.name, newcomer.prefix, instance["version"])
    said = newcomer.type(up)
    assert "10 services run" in said
    assert f"{newcomer.name}" in said
    assert newcomer.answers()
    said = newcomer.type(down)
    assert "Type the instance's name to go on" in said
    assert f"Nothing of '{newcomer.name}' is left on this machine" in said
    assert not newcomer.prefix.exists()
    assert Path(instance["prefix"], "env/hub/bin/python").exists(), "whose software it was keeps it"


def test_an_instance_that_runs_the_checkout_comes_from_nothing_and_goes(developer: Newcomer) -> None:
    their_own, dev = of("developers/testing.md")
    developer.type(dev)
    assert developer.book["dev"] is True
    assert developer.answers()
    said = developer.type(their_own)
    assert "10 services run" in said
    assert not developer.prefix.exists()
