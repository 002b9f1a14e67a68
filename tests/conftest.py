"""What all tests share: the running instance that `./aif test` brings up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import settings
from instances import FIRST, SECOND, described
from next_door import NextDoor
from own_hub import OwnHub
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["threat_plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Asked for where benches are played, each in minutes."""
    parser.addoption("--long", action="store_true", help="also what takes minutes each, as `./aif test long` asks")


# How long an example takes says how busy the machine is, and nothing of the code: times are for the benchmarks.
settings.register_profile("aif", deadline=None)
settings.load_profile("aif")


@pytest.fixture(scope="session")
def instance() -> dict[str, Any]:
    """The instance's own description."""
    return described(FIRST)


HUB: pytest.StashKey[OwnHub] = pytest.StashKey()


@pytest.fixture(scope="session")
def own_hub(instance: dict[str, Any], pytestconfig: pytest.Config) -> Iterator[OwnHub]:
    """A running hub of the tests' own on the instance's Slurm; a test that kills it starts it again."""
    hub = pytestconfig.stash[HUB] = OwnHub(instance)
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
    """Stand-ins end with the module that asked for them; the two next door with the folder: others want their node."""
    hub = item.config.stash.get(HUB, None)
    if hub is not None and (nextitem is None or nextitem.path != item.path):
        hub.end_standins()
    if nextitem is None or _folder(nextitem) != _folder(item):
        for made in item.config.stash.get(DOORS, []):
            made.close()
        item.config.stash[DOORS] = []


#: Quick answers first. The browser last: Playwright's event loop would be in the way of the other tests' own.
ORDER = ("unit", "peers", "security", "slurm", "bench", "chaos", "gpu", "browser")


class Rooms(LoadScopeScheduling):
    """Of the processes of `./aif test`, one has the instance; the unit tests are shared out to the others by file.

    Where there is a second instance, another has that too, with the browser: half of the rest is the browser's.
    """

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        if folder in ("unit", "peers"):
            return f"apart{crc32(nodeid.partition('::')[0].encode()) % max(1, self.numnodes - 1)}"
        return "apart0" if folder == "browser" and SECOND in os.environ else "instance"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Rooms:
    """Asked by pytest-xdist where several processes are."""
    return Rooms(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts the tests by folder."""
    items.sort(key=lambda item: ORDER.index(_folder(item)))


def _folder(item: pytest.Item) -> str:
    return Path(item.path).relative_to(Path(__file__).parent).parts[0]
