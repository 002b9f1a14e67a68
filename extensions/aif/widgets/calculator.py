"""The live form of a calculator: the kernel calculates and words, the browser draws and says what was typed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import anywidget
import traitlets

from aif.refusals import said_in
from aif.sizing import shown
from aif.sizing.calculator import Calculator
from aif.sizing.estimate import WHO, BadNumber, Wish
from aif.sizing.words import spoken
from aif.widgets.modules import sheets, whole


class CalculatorWidget(anywidget.AnyWidget):
    """One calculator, drawn by `calculator.js`."""

    _esm = whole("calculator.js")
    _css = sheets("meter.css", "calculator.css")

    wish = traitlets.Dict().tag(sync=True)
    """What was asked, by the names of `Wish`; the browser changes it."""
    answer = traitlets.Dict().tag(sync=True)
    """What follows, in words (`aif.sizing.shown`)."""
    trouble = traitlets.Unicode().tag(sync=True)
    """Why nothing follows from what was typed; then the answer before it stays."""
    who = traitlets.List(list(WHO)).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    """Labels, in the session's language."""


def form(of: Calculator) -> CalculatorWidget:
    """A form that changes the wish of this calculator."""
    words = spoken(of.language)
    labels = {key: text for key, text in words.words.items() if key.startswith("calc.")}
    unit = of.measured.unit
    labels["calc.own"] = words.say("calc.own", unit=unit) if unit else words.say("calc.own.plain")
    widget = CalculatorWidget(wish=asdict(of.wish), answer=shown.answer(of), words=labels)

    def changed(_: Any) -> None:
        try:
            of.wish = _wish(widget.wish)
            answer = shown.answer(of)
        except BadNumber as fault:
            widget.trouble = f"{words.words.get(f'calc.{fault.name}', '')}: {said_in(fault.allowed, of.language)}"
            return
        with widget.hold_sync():
            widget.answer, widget.trouble = answer, ""

    widget.observe(changed, "wish")
    return widget


def _wish(typed: dict[str, Any]) -> Wish:
    numbers = {}
    for name in ("own", "runs", "gpus", "at_once"):
        value = typed.get(name)
        numbers[name] = float(value) if isinstance(value, (int, float)) else float("nan")
    return Wish(**numbers, who=str(typed.get("who")))
