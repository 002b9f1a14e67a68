"""JupyterHub's own test fixtures, with our spawner in place of its mock: real Slurm jobs of a stand-in server.

Its tests invent people (rosie, walnut); here each of them is one of the demo's class accounts.
"""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import batchspawner.batchspawner
import pytest
from jupyterhub.tests import test_api, test_named_servers
from jupyterhub.tests.conftest import *  # noqa: F403
from jupyterhub.tests.mocking import MockHub

import aif_hub.sessions
import aif_hub.spawner
from aif.core import site as sites
from aif_hub.launch import Launcher
from aif_hub.spawner import SlurmSessionSpawner
from aif_hub.workbench import Workbench

INSTANCE = os.environ["AIF_INSTANCE"]
_logins: dict[str, str] = {}


def real(login: str) -> str:
    """The class account that plays this person."""
    return _logins.setdefault(login, f"{INSTANCE}-class{len(_logins) % 25 + 1:02d}")


class ActedLauncher(Launcher):
    async def _ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        return await super()._ask({**request, "login": real(request["login"])}, seconds)


def acted_workbench() -> Workbench:
    workbench = Workbench(sites.load())
    workbench.launcher = ActedLauncher(list(workbench.site.launcher))
    projects_of = workbench.projects.of
    workbench.projects.of = lambda login: projects_of(real(login))  # type: ignore[method-assign]
    for module in (aif_hub.sessions, aif_hub.spawner, batchspawner.batchspawner):
        module.pwd = SimpleNamespace(getpwnam=lambda login: pwd.getpwnam(real(login)))  # type: ignore[attr-defined]
    return workbench


@pytest.fixture(scope="module")
async def app(ssl_tmpdir: Path) -> AsyncIterator[MockHub]:
    """Their hub with internal TLS, our spawner and our workbench."""
    hub = MockHub.instance(
        internal_ssl=True,
        internal_certs_location=str(ssl_tmpdir),
        spawner_class=SlurmSessionSpawner,
        tornado_settings={"aif": acted_workbench()},
    )
    await hub.initialize([])
    await hub.start()
    yield hub
    hub.log.handlers = []
    MockHub.clear_instance()
    try:
        await hub.stop()
    except Exception as error:
        print(f"stopping the hub: {error}", file=sys.stderr)


@pytest.fixture(autouse=True)
def state_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a spawner keeps as its state is its own business; their mock keeps a process id."""
    normalize = test_api.normalize_user

    def without_state(user: dict[str, Any]) -> dict[str, Any]:
        model: dict[str, Any] = normalize(user)
        for server in model.get("servers", {}).values():
            assert set(server["state"]) <= {"session", "job_id", "job_status"}
            server["state"] = {"pid": 0}
        return model

    monkeypatch.setattr(test_named_servers, "normalize_user", without_state)
