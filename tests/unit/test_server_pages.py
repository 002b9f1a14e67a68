"""JupyterLab's page: what the site says of it counts, and what lies in a home does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jupyterlab_server import config, settings_utils

from aif.server import site_pages


def test_the_page_is_made_of_the_sites_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stock = config.ConfigManager  # type: ignore[attr-defined]
    monkeypatch.setattr(config, "ConfigManager", stock)
    monkeypatch.setattr(settings_utils, "ConfigManager", stock)
    home, ours = tmp_path / "home", tmp_path / "site"
    for folder, name in ((home / ".jupyter", "of-the-home"), (ours, "of-the-site")):
        (folder / "labconfig").mkdir(parents=True)
        (folder / "labconfig/page_config.json").write_text(json.dumps({"disabledExtensions": {name: True}}))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("JUPYTER_CONFIG_DIR", raising=False)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(ours))
    assert set(config.get_static_page_config()["disabledExtensions"]) >= {"of-the-home", "of-the-site"}
    site_pages.take()
    found = set(config.get_static_page_config()["disabledExtensions"])
    assert "of-the-site" in found
    assert "of-the-home" not in found
