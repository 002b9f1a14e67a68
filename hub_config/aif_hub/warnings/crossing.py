"""Lines and whether they are crossed: what makes a warning come once, and again only after it was over. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from aif_hub.warnings.event import Notice


@dataclass(frozen=True)
class Line:
    """A line, and what is told when it is crossed. Where it is neither `crossed` nor `back`, it stays as it was."""

    name: str
    crossed: bool
    back: bool
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Turn:
    """What follows from one look: lines crossed now, lines that are not any more, and what is to be told."""

    crossed: tuple[str, ...]
    back: tuple[str, ...]
    notices: tuple[Notice, ...]


def turn(lines: Iterable[Line], known: Container[str]) -> Turn:
    """What is new, where `known` lines were crossed already."""
    lines = list(lines)
    new = [line for line in lines if line.crossed and line.name not in known]
    return Turn(
        crossed=tuple(line.name for line in new),
        back=tuple(line.name for line in lines if line.back and not line.crossed and line.name in known),
        notices=tuple(notice for line in new for notice in line.notices),
    )
