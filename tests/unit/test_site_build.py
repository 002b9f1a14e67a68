"""What `aif build` makes of the documentation: a copy in the release that the hub serves, under a name of its own."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from operate_material import is_ok, is_warning, seen

from aif.core.site import Cluster
from aif_hub import cli
from aif_hub.demo.environments import Builder
from aif_hub.manual import build as manual
from aif_hub.operate import build, init, locks
from aif_hub.operate.build import Software
from aif_hub.operate.checks import folders

ROOT = Path(__file__).parents[2]
#: In place of Sphinx: one page, and the mark by which a built site is known.
SPHINX = """#!/bin/sh
for target; do :; done
mkdir -p "$target"
echo "$@" >"$target/index.html"
touch "$target/.buildinfo"
"""


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    """A release whose tools are there already, the documentation's among them."""
    made = Builder(Software(tmp_path / "release", ROOT))
    made.inst.prefix.mkdir()
    build._begin_book(made.inst.prefix)
    for name in ("boot", "docs"):
        python = made.inst.env(name) / "bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(SPHINX)
        python.chmod(0o755)
        made._stamp(name, made.locks / f"{name}.lock")
    return made


def test_a_release_has_the_documentation_in_every_language_and_makes_it_once(builder: Builder) -> None:
    manual.ensure(builder)
    place = manual.folder(builder.inst.prefix)
    assert place == builder.inst.prefix / "share/docs"
    assert "language=en" in (place / "index.html").read_text()
    assert "language=nl" in (place / "nl/index.html").read_text()
    assert place.stat().st_mode & 0o777 == 0o755, "the hub's user reads it"
    first = place.stat().st_ino
    manual.ensure(builder)
    assert place.stat().st_ino == first
    shutil.rmtree(place)
    manual.ensure(builder)
    assert (place / "index.html").exists()


def test_a_changed_page_is_another_release_and_not_another_wheel(tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests", "build", "pictures"))
    name, wheel = build.release_name(copy), Builder(Software(copy, copy)).source_digest
    assert build.release_name(copy) == name
    page = copy / "hub_config/docs/index.md"
    page.write_text(page.read_text() + "\nOne more sentence.\n")
    assert build.release_name(copy) != name
    assert Builder(Software(copy, copy)).source_digest == wheel


def test_a_new_site_file_names_it(tmp_path: Path) -> None:
    words = ["init", "--yes", "--name", "x", "--contact", "y", "--url", "http://127.0.0.1:8000", "--prefix", "/opt/x"]
    facts = init._facts(cli.parser().parse_args(words), seen(), Cluster("", "/etc/slurm/slurm.conf"))
    assert facts[""]["docs_dir"] == "/opt/x/share/docs"
    assert facts["session"]["kernel_dirs"] == ["/opt/x/share/jupyter"]


def test_pages_without_help_are_told(tmp_path: Path) -> None:
    is_warning(folders.help_pages("", tmp_path), "docs_dir is missing", f'docs_dir = "{tmp_path}/share/docs"')
    is_warning(folders.help_pages(str(tmp_path), tmp_path), f"no documentation in {tmp_path}", "aif build")
    (tmp_path / "index.html").touch()
    is_ok(folders.help_pages(str(tmp_path), tmp_path))


def test_what_it_is_built_with_is_in_the_list_of_software() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = {one.name for one in locks.environments(ROOT)["docs"]}
    for requirement in project["optional-dependencies"]["docs"]:
        assert requirement.partition(">")[0] in listed
