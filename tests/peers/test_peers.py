"""Notebooks of well-known open tutorials, none of them ours, run unchanged in the kernel *Python (data)*.

`notebooks.toml` says where they come from. They are run where AIF_TEST_PEERS names a folder with their repositories, by
AIF_TEST_PYTHON, that kernel's Python. What they are and how they went stands in the developers' page on testing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from executed import SOURCE, executed

TOLD = tomllib.loads(Path(__file__).with_name("notebooks.toml").read_text(encoding="utf-8"))
REPOSITORIES: dict[str, dict[str, str]] = TOLD["repository"]
NOTEBOOKS: list[dict[str, Any]] = TOLD["notebook"]
PAGE = SOURCE / "hub_config/docs/developers/testing.md"
SHIPPED = json.loads((SOURCE / "kernels/aif-python/kernel.json").read_text(encoding="utf-8"))
SECONDS = 120


def name(notebook: dict[str, Any]) -> str:
    """``"dask-tutorial/05_futures"``."""
    return f"{notebook['repository']}/{Path(next(iter(notebook['files']))).stem}"


def test_each_has_an_origin_and_a_line_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for repository in REPOSITORIES.values():
        assert re.fullmatch("[0-9a-f]{40}", repository["commit"])
        assert repository["address"] in page
    assert len({name(notebook) for notebook in NOTEBOOKS}) == len(NOTEBOOKS)
    for notebook in NOTEBOOKS:
        assert all(re.fullmatch("[0-9a-f]{64}", mark) for mark in notebook["files"].values())
        licence = REPOSITORIES[notebook["repository"]]["licence"]
        went = f"no: {notebook['why']}" if "why" in notebook else "yes"
        assert f"| `{name(notebook)}` | {licence} | {went} |" in page


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name)
def test_it_runs_unchanged(notebook: dict[str, Any], tmp_path: Path) -> None:
    """In a copy, since some write beside themselves."""
    pytest.importorskip("nbclient")
    above, python = os.environ.get("AIF_TEST_PEERS"), os.environ.get("AIF_TEST_PYTHON")
    if not (above and python):
        pytest.skip("set AIF_TEST_PEERS to a folder of checkouts, and AIF_TEST_PYTHON to the data kernel's Python")
    for file, mark in notebook["files"].items():
        origin, copy = Path(above, notebook["repository"], file), tmp_path / "peer" / file
        assert hashlib.sha256(origin.read_bytes()).hexdigest() == mark, f"{origin} is not as in notebooks.toml"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, copy)
    argv = [python, *SHIPPED["argv"][1:]]
    told = executed(tmp_path / "peer" / next(iter(notebook["files"])), argv, tmp_path / "home", SECONDS)
    print(f"{name(notebook)}: {60 * told['minutes']:.1f} s, {told['memory_gb']:.1f} GB")
    failed = [cell["says"] for cell in told["failed_cells"]]
    if "says" in notebook:
        assert notebook["says"] in failed[0]
    else:
        assert failed == []
