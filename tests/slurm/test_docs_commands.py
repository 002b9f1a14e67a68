"""Every command of the documentation, run where its page says: on the hub's host, in a session, or by REST."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docs_blocks
import pytest
from docs_blocks import Block
from notebook_client import Notebook
from person_client import Person

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(300)]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


#: Files that somebody has downloaded who reads that page, and from where.
FILES = {"researchers/project-use.md": {"usage.json": "hub/api/aif/v1/allocations/{allocation}/usage"}}


def paying(person: Person) -> str:
    """What pays for the person's sessions."""
    return str(person.api("GET", "hub/api/aif/v1/allocations")["allocations"][0]["id"])


def pages_with(place: str) -> list[str]:
    """The pages that have something to run there."""
    return [page for page in docs_blocks.pages() if not docs_blocks.followed_by(page) and blocks_for(page, place)]


def blocks_for(page: str, place: str) -> list[Block]:
    return [block for block in docs_blocks.marked("run", place) if block.page == page]


@pytest.fixture(scope="module")
def checkout(instance: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout as somebody on the hub's host has it, whose `./aif` means this very instance."""
    place, source = tmp_path_factory.mktemp("checkout"), Path(instance["source"])
    for entry in source.iterdir():
        if entry.name != "aif":
            (place / entry.name).symlink_to(entry)
    program = place / "aif"
    program.write_text((Path(__file__).parent / "aif_of_instance.sh").read_text())
    program.chmod(0o755)
    return place


@pytest.fixture
def person(instance: dict[str, Any]) -> Iterator[Person]:
    """Somebody of the class, whose sessions are stopped afterwards."""
    somebody = Person(instance, "class44")
    yield somebody
    somebody.stop_all()


@pytest.mark.parametrize("page", pages_with("hub"))
def test_what_an_operator_is_told_to_type(page: str, checkout: Path, instance: dict[str, Any]) -> None:
    environ = {"INSTANCE": instance["instance"], "PREFIX": instance["prefix"], "SOURCE": instance["source"]}
    run_all(blocks_for(page, "hub"), checkout, {"SLURM_CONF": instance["slurm_conf"], "HOME": "/root", **environ})


@pytest.mark.parametrize("page", pages_with("rest"))
def test_what_is_told_of_rest(page: str, person: Person, tmp_path: Path) -> None:
    environ = {"HUB": person.url.rstrip("/"), "TOKEN": person.token(), "NAME": person.login, "HOME": str(tmp_path)}
    run_all(blocks_for(page, "rest"), tmp_path, environ)


@pytest.mark.parametrize("page", pages_with("notebook"))
async def test_what_a_person_is_told_to_run_in_a_session(page: str, person: Person) -> None:
    person.start({"profile": "cpu", "minutes": "15"})
    async with Notebook(person) as notebook:
        for name, address in FILES.get(page, {}).items():
            text = person.page(address.format(allocation=paying(person))).decode()
            await notebook.run(f"open({name!r}, 'w', encoding='utf-8').write({text!r})")
        for block in blocks_for(page, "notebook"):
            for code, expected in block.steps:
                said = await notebook.run(code if block.language == "python" else f"%%bash\nset -euo pipefail\n{code}")
                assert not expected or docs_blocks.fits(said, expected), f"{block}: said {said!r}"


def run_all(blocks: list[Block], folder: Path, environ: dict[str, str]) -> None:
    """Each block's commands in a bash of their own; the first that fails, or says what the page does not, is named."""
    for block in blocks:
        for code, expected in block.steps:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", code] if block.language != "python" else ["python3", "-c", code],
                cwd=folder,
                env={"PATH": PATH, "LANG": "C.UTF-8", "TERM": "dumb", **environ},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=200,
                check=False,
            )
            assert done.returncode == 0, f"{block}\n{code}\n{done.stdout}{done.stderr}"
            assert not expected or docs_blocks.fits(done.stdout, expected), f"{block}: said {done.stdout!r}"
