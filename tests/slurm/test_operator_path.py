"""The operators' page operators/install.md, followed word for word on the demo's Slurm as if that were a site's own."""

from __future__ import annotations

import grp
import json
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docs_blocks
import pytest
from person_client import Person
from processes import alive, until
from site_operator import Operator

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(1800)]
PAGE = "operators/install.md"


def test_the_page_leads_from_a_slurm_to_a_session_and_back(operator: Operator, instance: dict[str, Any]) -> None:
    blocks = iter(docs_blocks.blocks(PAGE))
    site_file = Path(f"/etc/{operator.name}/site.toml")

    operator.type(next(blocks).code)  # 1. the software
    operator.type(next(blocks).code)  # … on the PATH
    said = operator.type(next(blocks).code)  # 2. the site file
    assert "partition mig: 1 node, h100_1g.10gb" in said
    assert site_file.exists()

    said = operator.type(next(blocks).code)  # 3. this host
    assert f"would write /etc/sudoers.d/{operator.name}-hub" in said
    assert pwd.getpwnam(f"{operator.name}-hub").pw_uid < 1000
    operator.let_read_logins()

    operator.type(next(blocks).code)  # 4. the people
    assert operator.person in grp.getgrnam(f"{operator.name}-people").gr_mem

    said = operator.type(next(blocks).code)  # 5. is everything as it should be?
    assert "0 wrong" in said
    for size in ("slice", "gpu", "node", "cpu"):
        assert f"✓ profile.{size} as {operator.person}: Slurm would start it at" in said
    assert f"✓ Port {operator.port} (proxy) is free." in said

    said = operator.type(next(blocks).code)  # 6. start
    assert "0 wrong" in said
    assert f"✓ Port {operator.port} (proxy) is ours." in said
    front = operator.type(f"curl -fsS http://127.0.0.1:{operator.port}/hub/login")
    assert ">How the workbench works</a>" in front, "the documentation is in the software, and init names it"
    somebody = Person(operator.instance_like(instance), "marieke")
    try:
        somebody.start({"profile": "cpu", "minutes": "15"})
        assert somebody.api("GET", f"user/{somebody.login}/api/status")["kernels"] == 0

        hub, proxy = operator.main_pid("hub"), operator.main_pid("proxy")
        operator.type(next(blocks).code)  # a change of the site file
        until(lambda: not alive(hub), "the old hub is gone")
        assert alive(proxy), "open notebooks go through the proxy, which must not restart with the hub"
        assert somebody.api("GET", f"user/{somebody.login}/api/status")["kernels"] == 0
        operator.type(
            f"curl -fsS --retry 60 --retry-all-errors --retry-delay 1 http://127.0.0.1:{operator.port}/hub/health"
        )
    finally:
        somebody.stop_all()

    operator.type(next(blocks).code)  # take it away again
    assert not alive(proxy)
    assert not Path(f"/etc/sudoers.d/{operator.name}-hub").exists()
    with pytest.raises(KeyError):
        pwd.getpwnam(f"{operator.name}-hub")
    operator.type(next(blocks).code)  # … with the data
    places = [Path("/etc").rglob(f"{operator.name}*"), Path("/var/lib").glob(f"{operator.name}*")]
    assert [path for found in places for path in found] == []
    assert not operator.prefix.exists()
    assert next(blocks, None) is None, "the page has more commands than this test follows"


@pytest.fixture
def only_the_demos_rights(instance: dict[str, Any]) -> Iterator[None]:
    """The tests' own hubs run as the demo's hub user, each with a sudoers line: sudo overlooks files with a dot."""
    own = list(Path("/etc/sudoers.d").glob(f"aif-{instance['instance']}-*"))
    aside = [line.rename(f"{line}.aside") for line in own]
    yield
    for line in aside:
        line.rename(line.with_suffix(""))


@pytest.mark.usefixtures("only_the_demos_rights")
def test_check_finds_nothing_wrong_with_the_demo_itself(instance: dict[str, Any]) -> None:
    """The demo's own site file, looked at as if it were a site's: it is not set up by `aif install`, and runs."""
    aif, site = Path(instance["prefix"]) / "env/hub/bin/aif", Path(instance["prefix"]) / "etc/site.toml"
    words = ["check", "--site", site, "--as", f"{instance['instance']}-marieke", "--json"]
    done = subprocess.run([aif, *words], capture_output=True, text=True, timeout=120, check=False)
    told = json.loads(done.stdout)
    assert [finding for finding in told["findings"] if finding["level"] == "wrong"] == []
    assert (done.returncode, told["ok"]) == (0, True)
    assert {"Slurm", "Accounting and budgets", "Clocks"} <= {finding["section"] for finding in told["findings"]}
    assert all(finding["fix"] for finding in told["findings"] if finding["level"] == "warning")
