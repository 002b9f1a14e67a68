"""Builds the site with Sphinx, once a language, and puts it in its place when all of it is there."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aif_hub.demo import instance
from aif_hub.demo.commands import outcome
from aif_hub.demo.environments import Builder
from aif_hub.demo.errors import DemoError
from aif_hub.manual.parts import PARTS

#: Folder of a language's pages below `hub_config/docs`, and of its site below the built one.
LANGUAGES = {"en": ".", "nl": "nl"}
_MARK = ".buildinfo"  # Sphinx's own, in every site that it builds
_SECONDS = 600


def ensure(builder: Builder) -> None:
    """A place's own copy, which its hub serves; built again only where something in it has changed."""
    inst = builder.inst
    target, made_of = folder(inst.prefix), digest(inst.source)
    if instance.stamp(inst, "docs") != made_of or not (target / "index.html").exists():
        build(environment(builder), inst.source, target)
        instance.set_stamp(inst, "docs", made_of)


def folder(prefix: Path) -> Path:
    """Where `aif up` and `aif build` put it."""
    return prefix / "share/docs"


def environment(builder: Builder) -> Path:
    """The Python that has Sphinx, as `docs.lock` has it."""
    builder.ensure_tools()
    builder.ensure_locked("docs", builder.locks / "docs.lock")
    return builder.inst.env("docs") / "bin/python"


def build(python: Path, source: Path, target: Path) -> None:
    """The site of a checkout in `target`. Raises DemoError where a page is wrong, and leaves what was there before."""
    check_place(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as place:
        made = Path(place, "site")
        for language, folder in LANGUAGES.items():
            _build_one(python, source, Path(place, f"trees-{language}"), made / folder, language)
        made.chmod(0o755)
        if target.exists():
            target.rename(Path(place, "before"))
        made.rename(target)


def _build_one(python: Path, source: Path, trees: Path, target: Path, language: str) -> None:
    docs = source / "hub_config/docs"
    options: list[str | Path] = ["-q", "-n", "-W", "--keep-going", "-b", "html", "-c", docs, "-d", trees]
    done = outcome(
        [python, "-B", "-m", "sphinx", *options, "-D", f"language={language}", docs / LANGUAGES[language], target],
        env={"PYTHONPATH": os.pathsep.join((f"{source}/hub_config", f"{source}/extensions"))},
        timeout=_SECONDS,
    )
    if done.returncode:
        raise DemoError(f"The documentation could not be built:\n{done.stderr.strip()}")


def check_place(target: Path) -> None:
    """Raises DemoError where something stands that we did not build: it would be gone afterwards."""
    if target.exists() and not (target.is_dir() and ((target / _MARK).exists() or not any(target.iterdir()))):
        raise DemoError(f"{target} has files that are not a built documentation. Name an empty folder, or one to make.")


def digest(source: Path) -> str:
    """Changes whenever anything that the site is made of does."""
    made_of = hashlib.sha256()
    for path in _read(source):
        made_of.update(f"{path.relative_to(source)}\0".encode() + path.read_bytes())
    for make in PARTS.values():
        made_of.update(make(source).encode())
    return made_of.hexdigest()[:16]


def _read(source: Path) -> Iterator[Path]:
    hub = source / "hub_config"
    yield from (hub / "requirements/docs.lock", hub / "static/tokens.css", hub / "site.example.toml")
    for folder in (hub / "docs", hub / "aif_hub/manual"):
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
