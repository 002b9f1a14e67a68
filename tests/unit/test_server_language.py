"""The language that JupyterLab opens in: a default for this session alone, gone from the environment afterwards."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aif.core.text import LANGUAGES
from aif.server import language


def test_the_default_is_there_while_jupyterlab_reads_it_and_nowhere_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(language.PATHS, "/site")
    with language.spoken("nl", tmp_path):
        first, second = os.environ[language.PATHS].split(os.pathsep)
        read = json.loads((Path(first) / "labconfig/default_setting_overrides.json").read_text())
        assert read == {"@jupyterlab/translation-extension:plugin": {"locale": "nl_NL"}}
        assert second == "/site"
    assert os.environ[language.PATHS] == "/site"
    monkeypatch.delenv(language.PATHS)
    with language.spoken("nl", tmp_path / "again"):
        assert language.PATHS in os.environ
    assert language.PATHS not in os.environ


@pytest.mark.parametrize("name", ["", "en", "xx", "../.."])
def test_every_other_language_leaves_jupyterlab_as_it_is(tmp_path: Path, name: str) -> None:
    before = dict(os.environ)
    with language.spoken(name, tmp_path):
        assert dict(os.environ) == before
    assert list(tmp_path.iterdir()) == []


def test_each_language_of_the_pages_has_a_locale_or_is_jupyterlabs_own() -> None:
    assert {*language.LOCALES, "en"} == set(LANGUAGES)
