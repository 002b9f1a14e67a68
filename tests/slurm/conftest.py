"""What takes a minute at Slurm begins early and is looked at late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from own_hub import OwnHub
from site_operator import Operator


@pytest.fixture(scope="session")
def time_limited(own_hub: OwnHub) -> str:
    """A person whose session runs into its time limit, a minute from now and whatever the hub goes through."""
    own_hub.start()
    login = own_hub.login("class39")
    own_hub.use_standin(login)
    own_hub.ask_for(login)
    session = own_hub.await_ready(login)
    own_hub.slurm("scontrol", "update", f"jobid={session['job_id']}", "TimeLimit=1")
    return login


@pytest.fixture(scope="session")
def never_answering(own_hub: OwnHub) -> str:
    """A person whose job runs and whose server never comes up."""
    own_hub.start()
    login = own_hub.login("class42")
    own_hub.close_gate(f"server-{login}")
    own_hub.ask_for(login)
    return login


@pytest.fixture
def operator(instance: dict[str, Any], tmp_path: Path) -> Iterator[Operator]:
    somebody = Operator(instance, tmp_path)
    somebody.leave_nothing()
    try:
        yield somebody
    finally:
        somebody.leave_nothing()
