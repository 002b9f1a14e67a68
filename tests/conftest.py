"""What all tests share: the running instance that `./aif test` brings up."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from next_door import NextDoor
from own_hub import OwnHub
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["threat_plugin"]

# How long an example takes says how busy the machine is, and nothing of the code: times are for the benchmarks.
settings.register_profile("aif", deadline=None)
settings.load_profile("aif")


@pytest.fixture(scope="session")
def instance() -> dict[str, Any]:
    """The instance's own description, $P/instance.json; without one, tests marked `demo` fail and are never skipped."""
    path = os.environ.get("AIF_INSTANCE_JSON")
    if not path:
        pytest.fail(
            "This test needs a running instance. Run ./aif test, or set AIF_INSTANCE_JSON to its instance.json.",
            pytrace=False,
        )
    description: dict[str, Any] = json.loads(Path(path).read_text())
    return description


@pytest.fixture(scope="session")
def own_hub(instance: dict[str, Any]) -> Iterator[OwnHub]:
    """A running hub of the tests' own on the instance's Slurm; a test that kills it starts it again."""
    hub = OwnHub(instance)
    try:
        hub.start()
        yield hub
    finally:
        hub.close()


DOORS: pytest.StashKey[list[NextDoor]] = pytest.StashKey()


@pytest.fixture(scope="session")
def next_door(own_hub: OwnHub, pytestconfig: pytest.Config) -> NextDoor:
    """Somebody's session with a kernel and a cluster, and a second user beside it, for all tests of security."""
    made = NextDoor(own_hub)
    pytestconfig.stash[DOORS] = [made]
    return made


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """With the folder's last test it ends: other tests want its node."""
    if nextitem is None or _folder(nextitem) != _folder(item):
        for made in item.config.stash.get(DOORS, []):
            made.close()
        item.config.stash[DOORS] = []


#: Quick answers first. The browser last: Playwright's event loop would be in the way of the other tests' own.
ORDER = ("unit", "peers", "security", "slurm", "bench", "chaos", "gpu", "browser")


class TwoRooms(LoadScopeScheduling):
    """In the two processes of `./aif test`, one has the tests that need no instance and the other the instance."""

    def _split_scope(self, nodeid: str) -> str:
        return "unit" if nodeid.startswith(("tests/unit/", "tests/peers/")) else "instance"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TwoRooms:
    """Asked by pytest-xdist where several processes are."""
    return TwoRooms(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts the tests by folder."""
    items.sort(key=lambda item: ORDER.index(_folder(item)))


def _folder(item: pytest.Item) -> str:
    return Path(item.path).relative_to(Path(__file__).parent).parts[0]
