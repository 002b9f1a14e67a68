"""What the proxy shows while the hub is away: whose workbench it is, what to do, and whom to tell, in each language."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import hub_material as material
import pytest

from aif.core.site import Site
from aif_hub import proxy_page
from aif_hub.proxy import Proxy
from aif_hub.speech import LANGUAGES


def part(page: str, language: str) -> str:
    found = re.search(rf'<section lang="{language}".*?</section>', page, re.DOTALL)
    assert found
    return found[0]


def site(state: Path, **facts: object) -> Site:
    return material.site(state_dir=str(state), **facts)


def test_each_language_names_the_site_and_its_contact(tmp_path: Path) -> None:
    name = {"en": "AI Factory & Co", "nl": "AI-fabriek <Groningen>"}
    page = proxy_page.page(site(tmp_path, name=name, contact="help@example.org"))
    assert "the contact of AI Factory &amp; Co:" in part(page, "en")
    assert "het contactpunt van AI-fabriek &lt;Groningen&gt;:" in part(page, "nl")
    for language in LANGUAGES:
        assert '<a href="mailto:help@example.org">help@example.org</a>' in part(page, language)
        assert part(page, language).count('data-copied="') == 1
    assert not re.search(r"\$(?!{)", page)


def test_a_contact_that_is_no_address_is_said_as_it_is(tmp_path: Path) -> None:
    said = {"en": "the desk <3> on floor 2", "nl": "de balie op verdieping 2"}
    page = proxy_page.page(site(tmp_path, contact=said))
    assert "the desk &lt;3&gt; on floor 2." in part(page, "en")
    assert "de balie op verdieping 2." in part(page, "nl")
    assert "mailto:" not in page


def test_it_asks_nobody_else_for_anything_and_tells_no_query(tmp_path: Path) -> None:
    page = proxy_page.page(site(tmp_path))
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<link|src=", page)
    [told] = re.findall(r"text\.textContent = `([^`]*)`", page)
    assert "${location.origin}${location.pathname}" in told
    assert "search" not in told
    assert "href" not in told


def test_it_lies_where_the_proxy_looks_and_follows_the_site_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aif_hub.proxy.node", lambda environment: environment / "node")
    argv = Proxy(Path("/e"), "127.0.0.1", 1, 2, tmp_path / "internal-ssl").argv
    place = Path(argv[argv.index("--error-path") + 1])
    proxy_page.write(site(tmp_path, contact="old@example.org"))
    assert "old@example.org" in (place / "error.html").read_text()
    proxy_page.write(site(tmp_path, contact="new@example.org"))
    text = (place / "error.html").read_text()
    assert "new@example.org" in text
    assert "old@example.org" not in text
    assert [path.name for path in place.iterdir()] == ["error.html"]


def test_a_state_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    proxy_page.write(site(tmp_path / "state"))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_keeps_no_hub_from_starting(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "proxy").write_text("in the way")
    with caplog.at_level(logging.WARNING, "aif.proxy"):
        proxy_page.write(site(tmp_path))
    assert "cannot be written" in caplog.text
