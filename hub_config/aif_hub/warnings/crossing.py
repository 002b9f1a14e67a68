"""Lines and whether they are crossed: what makes a warning come once, and again only after it was over. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from aif_hub.warnings.event import Notice


@dataclass(frozen=True)
class Line:
    """A line, and what is told when it is crossed. Where it is neither `crossed` nor `back`, it stays as it was.

    `late`: who is concerned only while it is crossed already is told then, once.
    """

    name: str
    crossed: bool
    back: bool
    notices: tuple[Notice, ...] = ()
    late: bool = False


@dataclass(frozen=True)
class Turn:
    """What follows from one look: lines crossed now, lines that are not any more, and what is to be told."""

    crossed: tuple[str, ...]
    back: tuple[str, ...]
    notices: tuple[Notice, ...]


def turn(lines: Iterable[Line], known: Container[str], told: Callable[[str], Container[str]]) -> Turn:
    """What is new, where `known` lines were crossed already and `told` says who was told of one of them."""
    lines = list(lines)
    new = [line for line in lines if line.crossed and line.name not in known]
    late = [line for line in lines if line.crossed and line.name in known and line.late]
    return Turn(
        crossed=tuple(line.name for line in new),
        back=tuple(line.name for line in lines if line.back and not line.crossed and line.name in known),
        notices=(
            *(notice for line in new for notice in line.notices),
            *(notice for line in late for notice in line.notices if notice.login not in told(line.name)),
        ),
    )
