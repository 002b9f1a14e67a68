"""What is off in an answer: comparisons that bear with rounding and types, and name a mistake without the answer.

Each gives None for a right answer, else a `Sentence`; so `close_to(…) or same_set(…)` gives the first that is off.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from aif.core.sentence import Sentence

#: Within this share of the right value, a number is right.
WITHIN = 0.01
#: Factors that tell a mistake in units, with the word for each way.
_FACTORS = (100, 1000, 1_000_000)


def told(key: str, **gaps: object) -> Sentence:
    """What the widgets' catalogue says under `key`; whoever shows it knows the language."""
    return Sentence(key, **gaps)


Trap = tuple[Any, "str | Sentence"]


def close_to(answer: Any, right: float, within: float = WITHIN, traps: Sequence[Trap] = ()) -> Sentence | None:
    """None when `answer` is `right` give or take the share `within` of it; a wrong value of `traps` gets its sentence.

    >>> close_to(7.004, 7)
    >>> str(close_to(12, 7, traps=[(12, "That is the sum of both.")]))
    'That is the sum of both.'
    """
    number = _number(answer)
    if isinstance(number, Sentence):
        return number
    if _near(number, right, within):
        return None
    trapped = _trapped(number, right, within, traps)
    return trapped or _unlike(number, right, within)


def between(answer: Any, low: float, high: float, traps: Sequence[Trap] = ()) -> Sentence | None:
    """None when `answer` is a number from `low` to `high`: for results that differ a little from run to run."""
    number = _number(answer)
    if isinstance(number, Sentence):
        return number
    if low <= number <= high:
        return None
    middle = (low + high) / 2
    return _trapped(number, middle, WITHIN, traps) or _unlike(number, middle, 0.0)


def same_set(answer: Any, right: str | Iterable[Any], traps: Sequence[Trap] = ()) -> Sentence | None:
    """None when `answer` names what `right` names, in any order; capitals and outer blanks do not matter.

    >>> same_set(" stretch FILM", "Stretch film")
    >>> str(same_set(["a", "b"], ["a", "c"]))
    'learn.off.set.extra'
    """
    missing = _unanswered(answer)
    if missing:
        return missing
    given, wanted = _names(answer), _names(right)
    if given is None or wanted is None:
        return told("learn.off.kind.names", kind=_kind(answer))
    if set(given) == set(wanted):
        return None
    for value, says in traps:
        if set(given) == set(_names(value) or ()):
            return _sentence(says)
    extra = [shown for key, shown in given.items() if key not in wanted]
    if extra:
        return told("learn.off.set.extra", name=extra[0])
    return told("learn.off.set.few", count=len(given), right=len(wanted))


def same_table(
    answer: Any, right: Any, within: float = WITHIN, in_order: bool = False, traps: Sequence[Trap] = ()
) -> Sentence | None:
    """None when two tables hold the same: pandas, Polars or cuDF, frame, series or dict, keys as index or as columns.

    Columns beyond those of `right` do not matter, nor their order; the order of the rows only if `in_order`. A wrong
    table of `traps` gets its sentence.
    """
    from aif.learn import tables  # needs pandas, which a check of a number does not

    off = _unanswered(answer) or tables.unlike(answer, right, within, in_order)
    if off is None:
        return None
    trapped = (says for wrong, says in traps if tables.unlike(answer, wrong, within, in_order) is None)
    return next((_sentence(says) for says in trapped), off)


# Below: the parts -----------------------------------------------------------------------------------------------------


def _unanswered(answer: Any) -> Sentence | None:
    if answer is ... or answer is None:
        return told("learn.off.unanswered")
    if hasattr(answer, "compute") and hasattr(answer, "dask"):
        return told("learn.off.lazy", call=".compute()")
    if type(answer).__name__ == "LazyFrame":
        return told("learn.off.lazy", call=".collect()")
    if callable(answer) and not hasattr(answer, "shape"):
        return told("learn.off.call")
    return None


def _number(answer: Any) -> float | Sentence:
    missing = _unanswered(answer)
    if missing:
        return missing
    if isinstance(answer, (str, bytes, bool)):
        return told("learn.off.kind.number", kind=_kind(answer))
    if getattr(answer, "size", 1) == 1 and hasattr(answer, "item"):
        answer = answer.item()
    try:
        number = float(answer)
    except (TypeError, ValueError):
        return told("learn.off.kind.number", kind=_kind(answer))
    return told("learn.off.nan") if math.isnan(number) else number


def _near(number: float, right: float, within: float) -> bool:
    return abs(number - right) <= max(within * (abs(right) or 1.0), 1e-9 * abs(right))


def _trapped(number: float, right: float, within: float, traps: Sequence[Trap]) -> Sentence | None:
    for value, says in traps:
        if not _near(float(value), right, within) and _near(number, float(value), min(within, WITHIN)):
            return _sentence(says)
    return None


def _unlike(number: float, right: float, within: float) -> Sentence:
    """The likeliest mistake behind `number`; how far off it is stays rough, so that nobody reads the answer from it."""
    if math.isinf(number):
        return told("learn.off.infinite")
    if number and right and _near(-number, right, within or WITHIN):
        return told("learn.off.sign")
    for factor in _FACTORS if right else ():
        if _near(number / factor, right, within or WITHIN):
            return told("learn.off.percent.high" if factor == 100 else "learn.off.factor.high", factor=factor)
        if _near(number * factor, right, within or WITHIN):
            return told("learn.off.percent.low" if factor == 100 else "learn.off.factor.low", factor=factor)
    side = "high" if number > right else "low"
    if right and _near(number, right, 10 * within):
        return told(f"learn.off.near.{side}")
    far = right and not (0.5 <= number / right <= 2)
    return told(f"learn.off.far.{side}" if far else f"learn.off.{side}")


def _names(value: Any) -> dict[str, str] | None:
    """Each name as it is compared, and as it is shown; None for what is no list of names."""
    if isinstance(value, str):
        value = [value]
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (int, float, bool)):
        value = [value]
    if not isinstance(value, Iterable):
        return None
    return {" ".join(str(each).split()).casefold(): str(each) for each in value}


def _kind(answer: Any) -> str:
    return type(answer).__name__


def _sentence(says: str | Sentence) -> Sentence:
    return says if isinstance(says, Sentence) else Sentence(says)
