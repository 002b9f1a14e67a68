"""The site's JupyterLab settings: each is one that the installed JupyterLab knows, and they reach the page."""

import json
import sys
import tomllib
from pathlib import Path

import pytest
from fakehub import REPOSITORY

OVERRIDES = json.loads((REPOSITORY / "extensions" / "overrides.json").read_text())
SCHEMAS = Path(sys.prefix, "share", "jupyter", "lab", "schemas")


def test_the_wheel_puts_them_where_jupyterlab_looks():
    build = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    shared = build["targets"]["wheel"]["shared-data"]
    assert shared["extensions/overrides.json"] == "share/jupyter/lab/settings/overrides.json"


def test_notebooks_are_saved_every_minute_and_nothing_is_fetched():
    assert OVERRIDES["@jupyterlab/docmanager-extension:plugin"] == {"autosave": True, "autosaveInterval": 60}
    assert OVERRIDES["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="no JupyterLab in this environment")
@pytest.mark.parametrize("plugin", OVERRIDES)
def test_each_setting_is_known_to_jupyterlab(plugin):
    package, name = plugin.split(":")
    schema = json.loads(Path(SCHEMAS, package, f"{name}.json").read_text())
    for key, value in OVERRIDES[plugin].items():
        allowed = schema["properties"][key]
        kinds = {"boolean": bool, "number": int, "string": str}
        assert isinstance(value, kinds[allowed["type"]])
        assert value in allowed.get("enum", [value])
