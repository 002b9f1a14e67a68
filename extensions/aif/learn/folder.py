"""Where a tutorial's checks, solutions and translated sentences are: beside the person's notebooks, or as shipped."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aif.core.errors import AifError


class NoSuchTutorial(AifError):
    """No tutorial of that name is where tutorials are looked for."""

    def __init__(self, name: str, places: list[str]) -> None:
        super().__init__(
            f"There is no tutorial {name!r} in {', '.join(places)}. "
            "Open the notebook from the folder tutorials of a workbench session, or run it beside its folder checks."
        )


@dataclass(frozen=True)
class Companion:
    """What comes with a tutorial's notebook: made by `aif.tutorials`, one file `checks/NAME.json` a tutorial."""

    checks: Path
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The tutorial's, as in its file's name."""
        return self.checks.stem

    @property
    def folder(self) -> Path:
        """Where its notebook is, or was when it was brought."""
        return self.checks.parent.parent

    @property
    def exercises(self) -> list[int]:
        """The numbers of its exercises."""
        return [int(number) for number in self.data["exercises"]]

    @property
    def minutes(self) -> int:
        """What a learner is told that it takes."""
        return int(self.data["minutes"])

    def title(self, language: str) -> str:
        """Its question."""
        return _in(self.data["title"], language)

    def goals(self, language: str) -> str:
        """What a learner has at the end."""
        return _in(self.data["goals"], language)

    def seen(self, language: str) -> tuple[str, ...]:
        """What a learner has practised at its end, a phrase each; none of a tutorial that was brought long ago."""
        told = self.data.get("seen", {})
        return tuple(map(str, told.get(language) or told.get("en") or ()))

    def solution(self, number: int, language: str) -> str:
        """The solution's source without its mark; empty if it has none."""
        return _in(self.data["exercises"].get(str(number), {}), language)

    def translated(self, text: str, language: str) -> str:
        """A sentence of its checks in `language`, else as it is."""
        return str(self.data["messages"].get(language, {}).get(text) or text)


def companion(name: str) -> Companion:
    """What comes with tutorial `name`; raises NoSuchTutorial, which says where it was looked for."""
    for folder in _folders():
        found = _beside(folder, name)
        if found is not None:
            return found
    raise NoSuchTutorial(name, [str(folder) for folder in _folders()])


def companions() -> dict[str, Companion]:
    """All tutorials that are within reach, by name."""
    found: dict[str, Companion] = {}
    for folder in _folders():
        for file in sorted(folder.glob("checks/[0-9][0-9]_*.py")):
            if file.stem not in found and (told := _beside(folder, file.stem)) is not None:
                found[file.stem] = told
    return dict(sorted(found.items()))


def _folders() -> Iterator[Path]:
    here = Path.cwd()
    seen = [here, here.parent, Path.home() / "tutorials", Path(sys.prefix, "share", "aif", "tutorials")]
    yield from dict.fromkeys(seen)


def _beside(folder: Path, name: str) -> Companion | None:
    checks = folder / "checks" / f"{name}.py"
    if not checks.is_file() or checks.parent.parent != folder:
        return None
    try:
        data = json.loads(checks.with_suffix(".json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        from aif.tutorials import build  # beside the sources, before anything was built

        source = folder / f"{name}.py"
        if not source.is_file():
            return None
        data = build.companion(source)
    return Companion(checks, data)


def _in(texts: Mapping[str, str], language: str) -> str:
    return str(texts.get(language) or texts.get("en") or "")
