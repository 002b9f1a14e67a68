"""Text to paste into an application for computing time: the estimate, its ground, and gaps for what only you know.

What forms ask for: GPU-hours and their ground, data and who may use them, and risks (FFplus' open calls ask these).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aif.sizing.estimate import SECONDS
from aif.sizing.words import about, exact, spoken, took
from aif.widgets.figures import Speech

if TYPE_CHECKING:
    from aif.sizing.calculator import Calculator
    from aif.sizing.estimate import Range

THREE = ("low", "likely", "high")


def application(of: Calculator, language: str) -> str:
    """The whole text; its paragraphs are apart by an empty line, so that a form can take each."""
    words = spoken(language)
    parts = (
        ("calc.text.title", "\n".join(" ".join(line.split()).replace(" .", ".") for line in _time(of, words))),
        ("calc.text.data", words.say("calc.text.data.what")),
        ("calc.text.risk", words.say("calc.text.risk.what")),
    )
    return "\n\n".join([*(f"{words.say(title)}\n{body}" for title, body in parts), words.say("calc.text.honest")])


def ends(of: Range, words: Speech) -> dict[str, str]:
    """The three figures of a range, as gaps of a sentence."""
    return {name: about(getattr(of, name), words) for name in THREE}


def _time(of: Calculator, words: Speech) -> list[str]:
    asked, wish, measured = of.estimate, of.wish, of.measured
    unit = measured.unit
    hours = about(asked.session_hours.likely, words)
    run = "calc.text.ask" if wish.gpus else "calc.text.none"
    return [
        words.say(run, hours=hours, **ends(asked.gpu_hours, words)),
        words.say(
            "calc.text.measured",
            date=words.day(of.on),
            size=exact(measured.size, words),
            unit=unit,
            time=took(measured.seconds, words),
            on=words.say(f"calc.text.on.{measured.on}") if measured.on else "",
        ),
        words.say(
            "calc.text.plan",
            runs=exact(wish.runs, words),
            own=exact(wish.own, words),
            unit=unit,
            gpus=exact(wish.gpus, words),
            at_once=exact(wish.at_once, words),
        ),
        words.say("calc.text.run", **{name: took(getattr(asked.run_hours, name) * SECONDS, words) for name in THREE}),
        words.say(
            "calc.text.days",
            at_once=exact(wish.at_once, words),
            days=about(asked.days.likely, words),
            high=about(asked.days.high, words),
        ),
        words.say(
            "calc.text.added", again=words.amount(of.assumed.again.likely), busy=words.share(of.assumed.busy.likely)
        ),
        words.say("calc.text.range"),
    ]
