"""Python environments from locks with hashes, each with our own wheel, byte-compiled and readable by everyone."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from aif_hub.demo import instance
from aif_hub.demo.commands import run
from aif_hub.demo.errors import CommandFailed, DemoError
from aif_hub.proxy import node

PYTHON = Path("/usr/bin/python3")
_SHIPPED = ("pyproject.toml", "README.md", "LICENSE", "hub_config", "extensions", "kernels", "tutorials")
_PACKAGES = ("aif", "aif_hub", "aif_kernels")


class Place(Protocol):
    """Where environments are built, and from which checkout: an instance of the demo, or the software of a site."""

    prefix: Path
    source: Path
    dev: bool

    def env(self, name: str) -> Path:
        """The folder of one environment."""
        ...


@dataclass(frozen=True)
class Builder:
    """Builds the environments of one place from one checkout, with uv from `env/boot`."""

    inst: Place

    @property
    def boot(self) -> Path:
        return self.inst.env("boot")

    @property
    def locks(self) -> Path:
        return self.inst.source / "hub_config/requirements"

    def ensure_tools(self) -> None:
        """`env/boot` with uv and the build backend, as `boot.lock` has them."""
        lock = self.locks / "boot.lock"
        if self._is_stamped("boot", lock):
            return
        shutil.rmtree(self.boot, ignore_errors=True)
        run([PYTHON, "-m", "venv", self.boot], timeout=120)
        with network_in_words():
            run([self.boot / "bin/python", "-m", "pip", "install", "-q", "--require-hashes", "-r", lock], timeout=600)
        self._stamp("boot", lock)

    def ensure(self, name: str, lock: Path, *, editable: bool | None = None) -> None:
        """The environment `name` as the lock has it, with our wheel; only what changed is done again."""
        self.ensure_locked(name, lock)
        self._ensure_wheel(name, self.inst.dev if editable is None else editable)

    def ensure_locked(self, name: str, lock: Path) -> None:
        """The environment `name` with what the lock has and nothing else."""
        if self._is_stamped(name, lock):
            return
        folder = self.inst.env(name)
        if not instance.stamp(self.inst, f"env/{name}"):  # new, or broken off
            run([*self._uv, "venv", "--clear", "--python", PYTHON, folder], env=self.settings, timeout=120)
        instance.set_stamp(self.inst, f"wheel/{name}", "")
        argv: list[str | Path] = [
            *self._uv,
            "pip",
            "sync",
            "--python",
            folder,
            "--require-hashes",
            "--compile-bytecode",
            lock,
        ]
        with network_in_words():
            run(argv, env=self.settings, timeout=3600)
        self._stamp(name, lock)

    def ensure_npm(self, name: str, source: Path) -> bool:
        """What npm's lock in the folder `source` has, in a folder of its name in the environment `name`.

        Whether it was put there now.
        """
        environment, stamp = self.inst.env(name), source.name
        place = environment / source.name
        digest = f"2 {hashlib.sha256((source / 'package-lock.json').read_bytes()).hexdigest()[:16]}"
        if instance.stamp(self.inst, stamp) == digest and (place / "node_modules").exists():
            return False
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, place / file)
        npm = node(environment).parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
        with network_in_words():
            # The lock names each file by its hash: what npm has already is as good as what it would fetch.
            quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier"]
            run([node(environment), npm, "ci", "--omit=dev", "--ignore-scripts", *quiet], cwd=place, timeout=600)
        instance.set_stamp(self.inst, stamp, digest)
        return True

    def _ensure_wheel(self, name: str, editable: bool) -> None:
        digest = f"{'editable ' if editable else ''}{self.source_digest}"
        if instance.stamp(self.inst, f"wheel/{name}") == digest:
            return
        folder = self.inst.env(name)
        wheel = self._editable_wheel if editable else self._wheel
        argv: list[str | Path] = [
            *self._uv,
            "pip",
            "install",
            "--python",
            folder,
            "--no-deps",
            "--reinstall",
            "--offline",
            wheel,
        ]
        run(argv, env=self.settings, timeout=300)
        if not editable:
            site = next(folder.glob("lib/python3*/site-packages"))
            compiled = [site / package for package in _PACKAGES if (site / package).exists()]
            compiler: list[str | Path] = [folder / "bin/python", "-m", "compileall", "-q"]
            run([*compiler, *compiled], timeout=300)
        instance.set_stamp(self.inst, f"wheel/{name}", digest)

    @cached_property
    def _wheel(self) -> Path:
        return self._build("standard")

    @cached_property
    def _editable_wheel(self) -> Path:
        return self._build("editable")

    def _build(self, kind: str) -> Path:
        output = self.inst.prefix / "state/wheel" / kind
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir(parents=True)
        argv: list[str | Path] = [
            self.boot / "bin/python",
            "-m",
            "hatchling",
            "build",
            "-t",
            f"wheel:{kind}",
            "-d",
            output,
        ]
        run(argv, cwd=self.inst.source, timeout=300, env={"PYTHONDONTWRITEBYTECODE": "1"})
        return next(output.glob("*.whl"))

    @cached_property
    def source_digest(self) -> str:
        """Changes whenever anything that our wheel ships does."""
        return _digest_of(self.inst.source, _shipped_files(self.inst.source))

    @property
    def _uv(self) -> list[str | Path]:
        return [self.boot / "bin/uv", "--quiet", "--no-progress", "--no-python-downloads"]

    @cached_property
    def settings(self) -> dict[str, str]:
        """The machine's package index for uv: its own settings if there are any, else pip's."""
        listing = run([self.boot / "bin/python", "-m", "pip", "config", "list"], timeout=60)
        return index_settings(listing, os.environ)

    def _is_stamped(self, name: str, lock: Path) -> bool:
        there = (self.inst.env(name) / "bin/python").exists()
        return there and instance.stamp(self.inst, f"env/{name}") == _digest_of(lock.parent, [lock])

    def _stamp(self, name: str, lock: Path) -> None:
        instance.set_stamp(self.inst, f"env/{name}", _digest_of(lock.parent, [lock]))


def index_settings(pip_config: str, environ: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """uv's variables for what `pip config list` says, unless uv has settings of its own.

    Packages may come from any of the indexes, whichever has the locked version: the hashes in the lock decide.
    """
    if any(name in environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE")):
        return {}
    said: dict[str, str] = {}
    for line in pip_config.splitlines():
        key, _, value = line.partition("=")
        said[key.rpartition(".")[2]] = value.strip("'\"")
    wanted = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
    settings = {variable: said[key] for key, variable in wanted.items() if said.get(key)}
    if "cert" in said and "SSL_CERT_FILE" not in environ:
        settings["SSL_CERT_FILE"] = said["cert"]
    if "UV_INDEX" in settings:
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return settings


def _shipped_files(source: Path) -> Iterable[Path]:
    for name in _SHIPPED:
        place = source / name
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in found:
            inside = path.relative_to(source).parts
            if path.is_file() and "__pycache__" not in inside and inside[:2] != ("hub_config", "docs"):
                yield path


def _digest_of(base: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(base)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def network_in_words() -> Iterator[None]:
    """Turns what pip, uv and npm say about an index that is out of reach, or a full disk, into one sentence."""
    try:
        yield
    except CommandFailed as failed:
        if "No space left" in failed.said or "ENOSPC" in failed.said:
            raise DemoError("The disk is full: the packages did not fit. Make room and run it again.") from failed
        signs = (
            "error sending request",
            "dns error",
            "onnection",
            "Temporary failure",
            "timed out",
            "EAI_AGAIN",
            "ENOTFOUND",
        )
        if any(sign in failed.said for sign in signs):
            raise DemoError(
                "The package index could not be reached. Check the network, or the index that the settings of pip, uv "
                "or npm name, and run it again: what is done already is kept."
            ) from failed
        raise
