"""A tutorial opens with the kernel for what the session has, and nothing of the person's is written for that."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fakehub import REPOSITORY

from aif.tutorials import build, catalogue

pytest.importorskip("jupyter_server")

from aif.server.files import SessionFiles

TUTORIALS = REPOSITORY / "tutorials"
WITH, WITHOUT = {"gpus": 1, "gpus_emulated": False}, {"gpus": 0, "gpus_emulated": False}
BOTH = {"aif-python": "Python (data)", "aif-gpu": "Python GPU dataframes"}
NAME = "01_spreadsheet"


class Specs:
    """The kernels of a site, by name."""

    def __init__(self, titles: dict[str, str]) -> None:
        self._titles = titles

    def find_kernel_specs(self) -> dict[str, str]:
        return dict.fromkeys(self._titles, "/somewhere")

    def get_kernel_spec(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(display_name=self._titles[name])


class Home:
    """A person's home with their copy of a tutorial, and what sessions make of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / f"tutorials/{NAME}.ipynb"
        self.file.parent.mkdir(parents=True)
        self.file.write_text(build.notebook(TUTORIALS / f"{NAME}.py"))

    async def opened(self, facts: dict[str, Any], kernels: dict[str, str] = BOTH, path: str = "") -> dict[str, Any]:
        files = SessionFiles(root_dir=str(self.folder))
        files.desk, files.specs = SimpleNamespace(facts=facts, tutorials=TUTORIALS), Specs(kernels)
        model = await files.get(path or f"tutorials/{NAME}.ipynb", content=True, require_hash=True)
        assert model["hash"] == (await files.get(model["path"], content=False, require_hash=True))["hash"]
        return dict(model["content"])

    def saves(self, notebook: dict[str, Any], kernel: str = "") -> None:
        """As JupyterLab does, which writes the kernel that is in use, and leaves other metadata alone."""
        if kernel:
            notebook["metadata"]["kernelspec"] = {"display_name": kernel, "language": "python", "name": kernel}
        self.file.write_text(json.dumps(notebook))


def kernel(notebook: dict[str, Any]) -> str:
    return str(notebook["metadata"]["kernelspec"]["name"])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize(
    ("facts", "kernels", "opens"),
    [
        (WITH, BOTH, "aif-gpu"),
        (WITHOUT, BOTH, "aif-python"),
        ({**WITH, "gpus_emulated": True}, BOTH, "aif-python"),  # there is no real one that it could compute on
        (WITH, {"aif-python": "Python (data)"}, "aif-python"),  # the site has not installed the other
    ],
)
async def test_it_opens_with_the_kernel_for_what_the_session_has(
    home: Home, facts: dict[str, Any], kernels: dict[str, str], opens: str
) -> None:
    before = home.file.read_bytes()
    notebook = await home.opened(facts, kernels)
    assert notebook["metadata"]["kernelspec"]["display_name"] == kernels[opens]
    assert kernel(notebook) == opens
    assert home.file.read_bytes() == before


async def test_a_saved_copy_follows_from_session_to_session(home: Home) -> None:
    home.saves(await home.opened(WITH))
    assert kernel(json.loads(home.file.read_text())) == "aif-gpu"
    home.saves(await home.opened(WITHOUT))
    assert kernel(json.loads(home.file.read_text())) == "aif-python"
    assert kernel(await home.opened(WITH)) == "aif-gpu"


async def test_the_kernel_that_a_person_chose_stays(home: Home) -> None:
    home.saves(await home.opened(WITH), "aif-python")
    assert kernel(await home.opened(WITH)) == "aif-python"
    home.saves(await home.opened(WITHOUT), "my-own")
    assert kernel(await home.opened(WITH)) == "my-own"


async def test_what_is_no_copy_of_a_tutorial_for_gpus_is_left_as_it_is(home: Home) -> None:
    for name in ("02_data", "99_mine", f"{NAME} 2027-04-01 14.30"):
        (home.file.parent / f"{name}.ipynb").write_text(home.file.read_text())
        assert kernel(await home.opened(WITH, path=f"tutorials/{name}.ipynb")) == "aif-python"
    notebook = json.loads(home.file.read_text())
    notebook["metadata"] = {"aif": "mine"}
    home.saves(notebook)
    assert (await home.opened(WITH))["metadata"] == {"aif": "mine"}


def test_the_tutorials_for_gpus_name_a_kernel_that_is_shipped() -> None:
    chosen = {entry.name: entry.gpu_kernel for entry in catalogue.read(TUTORIALS).entries if entry.gpu_kernel}
    assert all((REPOSITORY / "kernels" / name / "kernel.json").is_file() for name in chosen.values())
    asks = re.compile(r"= backend\(\)|import examine$", re.MULTILINE)
    assert set(chosen) == {each.stem for each in TUTORIALS.glob("[0-9][0-9]_*.py") if asks.search(each.read_text())}
