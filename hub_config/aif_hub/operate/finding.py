"""One line of `aif check`: what is so, how bad that is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Level(Enum):
    """How a finding counts: only what is wrong makes the check fail. `UNSEEN` could not be looked at."""

    OK = "ok"
    UNSEEN = "unseen"
    WARNING = "warning"
    WRONG = "wrong"


_SIGNS = {Level.OK: "✓", Level.UNSEEN: "–", Level.WARNING: "!", Level.WRONG: "✗"}


@dataclass(frozen=True)
class Finding:
    """`what` is a sentence about the site as it is; `fix` one about what to do, empty where nothing is."""

    level: Level
    what: str
    fix: str = ""

    @property
    def line(self) -> str:
        """As the operator reads it."""
        return f"  {_SIGNS[self.level]} {self.what}{f' → {self.fix}' if self.fix else ''}"


@dataclass(frozen=True)
class Section:
    """The findings about one thing."""

    title: str
    findings: tuple[Finding, ...]


def ok(what: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, what)


def unseen(what: str, fix: str = "") -> Finding:
    """It was not looked at, and why."""
    return Finding(Level.UNSEEN, what, fix)


def warning(what: str, fix: str) -> Finding:
    """The workbench runs, but not as well or as safely as it could."""
    return Finding(Level.WARNING, what, fix)


def wrong(what: str, fix: str) -> Finding:
    """A promise of the workbench does not hold, or it does not run."""
    return Finding(Level.WRONG, what, fix)


def in_words(sections: Iterable[Section]) -> str:
    """The whole check, with its sum as the last line."""
    shown = [section for section in sections if section.findings]
    lines = [line for section in shown for line in (section.title, *(finding.line for finding in section.findings))]
    return "\n".join([*lines, "", _sum([finding for section in shown for finding in section.findings])])


def as_json(sections: Sequence[Section]) -> dict[str, Any]:
    """For programs: `ok` is what the exit status says."""
    return {
        "ok": not failed(sections),
        "findings": [
            {"section": section.title, "level": finding.level.value, "what": finding.what, "fix": finding.fix}
            for section in sections
            for finding in section.findings
        ],
    }


def failed(sections: Iterable[Section]) -> bool:
    """Whether anything is wrong; warnings are not."""
    return any(finding.level is Level.WRONG for section in sections for finding in section.findings)


def _sum(findings: Sequence[Finding]) -> str:
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    words = {
        Level.WRONG: "wrong",
        Level.WARNING: "to think about",
        Level.UNSEEN: "not looked at",
        Level.OK: "as it should be",
    }
    said = [f"{counts[level]} {words[level]}" for level in words if counts[level] or level in (Level.WRONG, Level.OK)]
    return f"{', '.join(said)}."
