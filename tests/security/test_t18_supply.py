"""Software is what was locked: every file by its hash, nothing beside it, none below its floor, all of it listed."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.markers import Marker
from threats import Attempts

from aif_hub.demo import environments as built
from aif_hub.demo import services
from aif_hub.demo.errors import CommandFailed
from aif_hub.operate import locks, sbom
from aif_hub.operate.checks import versions

SOURCE = Path(__file__).parents[2]
LOCKS = sorted([*SOURCE.glob("hub_config/requirements/*.lock"), *SOURCE.glob("kernels/*/requirements.lock")])
PROXY_LOCK = SOURCE / "hub_config/proxy/package-lock.json"
#: Below the standard library's own, without which there is no environment; and ourselves.
NOT_LOCKED = {"aif-workbench"}

pytestmark = pytest.mark.threat("T18")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_package_has_one_version_and_the_hash_of_each_of_its_files(lock: Path, attempts: Attempts) -> None:
    found = locks.python_lock(lock.read_text())  # refuses any other line, such as an address or a version range
    assert len(found) > 5
    for one in found:
        attempts.check(bool(one.hashes), f"any file for {one.name} in {lock}")


def test_every_package_of_the_proxy_has_its_hash(attempts: Attempts) -> None:
    for one in locks.npm_lock(PROXY_LOCK.read_text()):
        attempts.check(one.hashes[0].startswith("sha512-"), f"any file for {one.name}")


@pytest.mark.parametrize(
    "line",
    [
        "idna>=3",
        "idna",
        "git+https://example.org/x.git",
        "idna @ https://example.org/idna.whl",
        "-e .",
        "--no-binary x",
    ],
)
def test_what_has_no_version_or_comes_from_an_address_is_no_lock(line: str, attempts: Attempts) -> None:
    with pytest.raises(locks.NotALock):
        locks.python_lock(line)
    attempts.tried()


def test_no_locked_version_is_below_its_floor(attempts: Attempts) -> None:
    floors = versions.read((SOURCE / "hub_config/minimum_versions.toml").read_text())
    least = {one.package: one.least for one in floors.packages}
    asked = set()
    for lock in LOCKS:
        for one in locks.python_lock(lock.read_text()):
            if one.name in least:
                asked.add(one.name)
                enough = versions.numbers(one.version) >= versions.numbers(least[one.name])
                attempts.check(enough, f"{one.name} {one.version} in {lock}, below {least[one.name]}")
    assert asked == set(least), "a floor under something that nobody installs"
    for one in locks.npm_lock(PROXY_LOCK.read_text()):
        if one.name in floors.npm:
            asked.add(one.name)
            enough = versions.numbers(one.version) >= versions.numbers(floors.npm[one.name])
            attempts.check(enough, f"{one.name} {one.version}, below {floors.npm[one.name]}")
    assert asked == {*least, *floors.npm}


def test_the_list_names_everything_once_and_is_the_same_from_the_same_locks(attempts: Attempts) -> None:
    listed = json.loads(sbom.written(SOURCE, "1.0"))
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", listed["serialNumber"])
    where = {
        (one["name"], one["version"]): {told["value"] for told in one["properties"]} for one in listed["components"]
    }
    assert len(where) == len({one["bom-ref"] for one in listed["components"]}) == len(listed["components"])
    for environment, packages in locks.environments(SOURCE).items():
        for one in packages:
            known = environment in where.get((one.name, one.version), ())
            attempts.check(known, f"{one.name} {one.version} in {environment}, unlisted")
    assert sbom.written(SOURCE, "1.0") == sbom.written(SOURCE, "1.0")


# -- on a machine ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where an environment is built in a test, with the instance's tools."""

    prefix: Path
    tools: Path
    source: Path = SOURCE
    dev: bool = False

    def env(self, name: str) -> Path:
        return self.tools if name == "boot" else self.prefix / "env" / name


@pytest.fixture
def place(instance: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Packages come from one folder, in which there is one."""
    (tmp_path / "instance.json").write_text('{"stamps": {}}')
    wheel = tmp_path / "files/tiny-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    about = "tiny-1.0.dist-info"
    with ZipFile(wheel, "w") as parts:
        parts.writestr("tiny.py", "")
        parts.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        parts.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        parts.writestr(f"{about}/RECORD", f"tiny.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    settings = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(wheel.parent), "UV_CACHE_DIR": str(tmp_path / "cache")}
    monkeypatch.setattr(built, "index_settings", lambda *_: settings)
    return Place(tmp_path, Path(instance["prefix"]) / "env/boot")


@pytest.mark.demo
def test_a_file_with_another_hash_or_a_package_without_one_is_not_installed(place: Place, attempts: Attempts) -> None:
    builder, lock = built.Builder(place), place.prefix / "tiny.lock"
    hash_of = subprocess.run(
        ["sha256sum", place.prefix / "files/tiny-1.0-py3-none-any.whl"], capture_output=True, check=True
    )
    right = hash_of.stdout.decode().split()[0]
    for line in ("tiny==1.0", f"tiny==1.0 --hash=sha256:{'0' * 64}", "tiny"):
        lock.write_text(line + "\n")
        with pytest.raises(CommandFailed) as refusal:
            builder.ensure_locked("tiny", lock)
        assert re.search("[Hh]ash|pinned", refusal.value.said)
        attempts.check(not list(place.env("tiny").glob("lib/*/site-packages/tiny.py")), f"installed: {line}")
    lock.write_text(f"tiny==1.0 --hash=sha256:{right}\n")
    builder.ensure_locked("tiny", lock)
    assert list(place.env("tiny").glob("lib/*/site-packages/tiny.py"))


@pytest.mark.demo
@pytest.mark.parametrize("name", ["hub", "notebook", "kernels/aif-python"])
def test_an_environment_has_what_its_lock_names_and_nothing_else(
    instance: dict[str, Any], name: str, attempts: Attempts
) -> None:
    there = list(
        distributions(path=[str(next((Path(instance["prefix"]) / "env" / name).glob("lib/python3*/site-packages")))])
    )
    python = ".".join(Path(there[0].locate_file("")).parent.name.removeprefix("python").split(".")[:2])
    surroundings = {"python_version": python, "python_full_version": f"{python}.0"}
    locked = {
        (one.name, one.version)
        for one in locks.environments(SOURCE)[name]
        if not one.marker or Marker(one.marker).evaluate(surroundings)
    }
    found = {(_plain(one), one.version) for one in there if _plain(one) not in NOT_LOCKED}
    for one in found | locked:
        attempts.check((one in found) == (one in locked), f"{one} is not both locked and installed in {name}")


def _plain(one: Distribution) -> str:
    return re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()


@pytest.mark.demo
def test_the_proxys_files_are_those_of_its_lock(instance: dict[str, Any], attempts: Attempts) -> None:
    modules = services.program(Path(instance["prefix"]) / "env/hub").parents[2]
    names = {(one.name, one.version) for one in locks.npm_lock(PROXY_LOCK.read_text())}
    for about in modules.rglob("package.json"):
        if about.parent.parent.name == "node_modules" or about.parent.parent.name.startswith("@"):
            told = json.loads(about.read_text())
            if "version" in told:
                attempts.check((told["name"], told["version"]) in names, f"{told['name']} {told['version']}")
