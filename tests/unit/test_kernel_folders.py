"""Each kernel folder is complete, and its lock can be installed anywhere."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from fakehub import REPOSITORY

KERNELS = sorted(path.parent for path in (REPOSITORY / "kernels").glob("*/kernel.json"))
each = pytest.mark.parametrize("folder", KERNELS, ids=lambda path: path.name)


def locked(folder):
    """Name → version of everything in the lock."""
    return dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", (folder / "requirements.lock").read_text()))


def test_both_kernels_of_the_first_release_are_there():
    assert [folder.name for folder in KERNELS] == ["aif-gpu", "aif-python"]


@each
def test_the_kernelspec_names_python_and_not_a_path(folder):
    spec = json.loads((folder / "kernel.json").read_text())
    assert spec["argv"][:3] == ["python", "-m", "aif_kernels.launch"]
    assert "{connection_file}" in spec["argv"]
    assert spec["language"] == "python"
    assert spec["display_name"]
    assert not spec["metadata"]["debugger"], "it would open a port to all on the node"


@each
def test_the_logo_is_a_drawing_with_a_text_for_those_who_do_not_see_it(folder):
    root = ET.parse(folder / "logo-svg.svg").getroot()  # noqa: S314 - our own file
    assert root.get("aria-label") == json.loads((folder / "kernel.json").read_text())["display_name"]


@each
def test_the_lock_has_a_hash_for_everything_and_names_no_host(folder):
    text = (folder / "requirements.lock").read_text()
    assert "://" not in text
    assert "--index-url" not in text
    entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


@each
def test_every_pin_that_was_asked_for_is_in_the_lock(folder):
    lock = locked(folder)
    for name, version in re.findall(
        r"(?m)^([a-z0-9-]+)(?:\[[^]]*\])?==(\S+)", (folder / "requirements.in").read_text()
    ):
        assert lock[name] == version


def test_code_moves_between_the_kernels_without_a_change_of_version():
    data, gpu = (locked(REPOSITORY / "kernels" / name) for name in ("aif-python", "aif-gpu"))
    frames, drawn = ("pandas", "numpy", "dask", "distributed", "dask-jobqueue", "polars", "pyarrow"), "seaborn"
    for name in (*frames, drawn, "ipykernel"):
        assert data[name] == gpu[name]


def test_the_gpu_kernel_runs_pandas_and_dask_code_on_the_gpu_unchanged():
    spec = json.loads((REPOSITORY / "kernels" / "aif-gpu" / "kernel.json").read_text())
    assert spec["argv"][-2:] == ["--ext", "cudf.pandas"]
    assert spec["env"] == {"DASK_DATAFRAME__BACKEND": "cudf"}
