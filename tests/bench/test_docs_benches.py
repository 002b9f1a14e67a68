"""Commands of the documentation that take minutes, played short: with few people, and no longer than they need.

Those of EACH_RUN are part of every whole run. The others, which take minutes all the same, run with `--long`, as
`./aif test long` asks: they would double the time of all tests.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docs_blocks
import pytest
from docs_blocks import Block
from docs_long import EACH_RUN, SHORT, called

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(1800)]
AIF = Path(__file__).parents[1] / "slurm/aif_of_instance.sh"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: What a machine says of the indexes from which a new instance is built.
INDEXES = ("PIP_", "UV_", "NPM_", "npm_", "SSL_")


@pytest.fixture
def checkout(instance: dict[str, Any], tmp_path: Path) -> Iterator[Path]:
    """A folder whose `./aif` is the checkout's and means the tests' instance."""
    program = tmp_path / "aif"
    program.write_text(AIF.read_text())
    program.chmod(0o755)
    yield tmp_path
    bench = Path(instance["prefix"]) / "bench"
    assert not bench.exists(), "a bench leaves nothing behind"


@pytest.mark.parametrize("block", docs_blocks.marked("run", "long"), ids=called)
def test_a_command_that_takes_minutes_played_short(
    block: Block, checkout: Path, instance: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name = called(block)
    if name not in EACH_RUN and not request.config.getoption("--long"):
        pytest.skip("takes minutes: `./aif test long` runs it")
    command = block.code.strip().removeprefix("sudo ")  # which would forget what the instance is called
    short = SHORT[name].format(instance=instance["instance"], prefix=instance["prefix"], folder=checkout)
    environ = {key: value for key, value in os.environ.items() if key.startswith(INDEXES)}
    environ |= {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb"}
    environ |= {"INSTANCE": instance["instance"], "PREFIX": instance["prefix"], "SOURCE": instance["source"]}
    with subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", f"{command} {short}"],
        cwd=checkout,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(checkout / "said").open("w"),
        text=True,
    ) as run:
        try:
            out, _ = run.communicate()
        finally:
            run.terminate()  # it takes back what it changed
    said = (checkout / "said").read_text()
    assert run.returncode == 0, f"{block}\n{command} {short}\n{out}\n{said[-6000:]}"
    if "--json" in command.split():
        assert json.loads(out), said[-6000:]
