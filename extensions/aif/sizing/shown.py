"""The calculator's answer in words: for a terminal, for a saved notebook, and as what the form in a browser draws."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

from aif.sizing import modes as access
from aif.sizing.application import application, ends
from aif.sizing.words import about, exact, spoken, took
from aif.widgets.figures import Speech

if TYPE_CHECKING:
    from aif.sizing.calculator import Calculator

#: A verdict's shape, for it is never a colour alone.
SHAPES = {"fits": "●", "perhaps": "◐", "by-call": "○", "too-much": "■", "too-little": "□"}
_LEFT = "text-align:left;padding:2px 16px 2px 0"


def answer(of: Calculator) -> dict[str, Any]:
    """All that is shown, in words: `figures`, sentences, a table of `modes` and one of `assumed`, and `application`."""
    words = spoken(of.language)
    return {
        "figures": [
            [f"{words.say('calc.hours')}, {words.say(f'calc.{name}')}", figure]
            for name, figure in ends(of.gpu_hours, words).items()
        ],
        "hours": [of.low, of.likely, of.high],
        "sentence": _sentence(of, words),
        "lines": [_calendar(of, words), *_budget(of, words), *_other_device(of, words)],
        "source": f"{_measured(of, words)} {words.say('calc.estimate')}",
        "modes": [_mode(of, mode, words) for mode in access.of(of.wish.who, of.modes)],
        "proposed": _proposed(of, words),
        "note": words.say("calc.modes.note", moment=_month(words)),
        "assumed": _assumed(of, words),
        "formula": words.say("calc.formula"),
        "application": application(of, of.language),
    }


def text(of: Calculator) -> str:
    """In lines."""
    words, said = spoken(of.language), answer(of)
    rows = [
        f"{one['shape']} {one['name']}: {one['verdict']} ({one['limit']}, {one['months']})" for one in said["modes"]
    ]
    lines = [said["sentence"], *said["lines"], said["proposed"], *rows, said["note"], said["source"]]
    return "\n".join([words.say("calc.title"), *(f"  {line}" for line in lines)])


def html(of: Calculator) -> str:
    """Without script or style sheet, in colours that can be read on light and on dark ground."""
    words, said = spoken(of.language), answer(of)
    figures = "".join(
        f'<div><strong style="font-size:1.8em;line-height:1.2">{escape(figure)}</strong><br>{escape(name)}</div>'
        for name, figure in said["figures"]
    )
    heads = ("calc.mode", "calc.mode.limit", "calc.mode.months", "calc.mode.verdict")
    rows = [[one["name"], one["limit"], one["months"], f"{one['shape']} {one['verdict']}"] for one in said["modes"]]
    assumed = [[name, *values] for name, *values in said["assumed"]]
    return "".join(
        [
            f'<div role="group" aria-label="{escape(words.say("calc.title"))}" style="max-width:600px">',
            _paragraph(f"<strong>{escape(words.say('calc.title'))}</strong>"),
            f'<div style="display:flex;flex-wrap:wrap;gap:0 32px">{figures}</div>',
            *(_paragraph(escape(line)) for line in (said["sentence"], *said["lines"], said["proposed"])),
            _table(words.say("calc.modes"), [words.say(key) for key in heads], rows),
            _paragraph(escape(said["note"])),
            _table(
                words.say("calc.assumed"),
                [words.say(key) for key in ("calc.assumed.what", "calc.low", "calc.likely", "calc.high")],
                assumed,
            ),
            *(_paragraph(escape(line)) for line in (said["formula"], said["source"])),
            "</div>",
        ]
    )


# Below: the parts -----------------------------------------------------------------------------------------------------


def _sentence(of: Calculator, words: Speech) -> str:
    if not of.wish.gpus:
        return words.say("calc.sentence.none", hours=about(of.estimate.session_hours.likely, words))
    return words.say("calc.sentence", **ends(of.gpu_hours, words))


def _calendar(of: Calculator, words: Speech) -> str:
    days, many = of.estimate.days, of.wish.at_once > 1
    gaps = {
        "at_once": exact(of.wish.at_once, words),
        "days": about(days.likely, words),
        "high": about(days.high, words),
    }
    if days.high < 1:
        return words.say("calc.calendar.short.many" if many else "calc.calendar.short", **gaps)
    return words.say("calc.calendar" if many else "calc.calendar.one", **gaps)


def _budget(of: Calculator, words: Speech) -> list[str]:
    if not of.wish.gpus:
        return []
    if of.budget is None or of.budget.free_to_plan is None:
        return [words.say("calc.budget.unknown")]
    free = max(0.0, of.budget.free_to_plan)
    verdict = "fits" if of.high <= free else "perhaps" if of.likely <= free else "too-much"
    lines = [words.say(f"calc.budget.{verdict}", free=words.large(free))]
    if of.budget.days_left is not None and of.budget.days_left < of.estimate.days.high:
        lines.append(words.say("calc.budget.late", left=of.budget.days_left))
    return lines


def _other_device(of: Calculator, words: Speech) -> list[str]:
    """A processor's time says little of a GPU's."""
    return [words.say("calc.on.cpu")] if of.measured.on == "cpu" and of.wish.gpus else []


def _measured(of: Calculator, words: Speech) -> str:
    size, time = exact(of.measured.size, words), took(of.measured.seconds, words)
    return " ".join(words.say("calc.measured", size=size, unit=of.measured.unit, time=time).split())


def _mode(of: Calculator, mode: access.Mode, words: Speech) -> dict[str, str]:
    verdict = mode.verdict(of.estimate) if of.wish.gpus else "too-little"
    said = words.say(f"calc.verdict.{verdict}")
    count = mode.at_once(of.estimate, of.wish.at_once)
    if verdict in ("fits", "perhaps", "by-call") and count > of.wish.at_once:
        said = f"{said}; {words.say('calc.mode.at-once', count=exact(count, words))}"
    return {
        "name": mode.name,
        "limit": _limit(mode, words),
        "months": words.say("calc.mode.months.of", months=mode.months),
        "verdict": said,
        "state": verdict,
        "shape": SHAPES[verdict],
    }


def _limit(mode: access.Mode, words: Speech) -> str:
    if mode.most is not None:
        return words.say("calc.mode.seen" if mode.seen else "calc.mode.up-to", most=exact(mode.most, words))
    return words.say("calc.mode.from", least=exact(mode.least, words)) if mode.least else words.say("calc.mode.call")


def _proposed(of: Calculator, words: Speech) -> str:
    mode = of.mode
    if mode is None:
        return words.say("calc.proposed.none" if of.wish.gpus else "calc.proposed.nothing")
    language = "nl" if words is spoken("nl") else "en"
    return words.say("calc.proposed", mode=mode.name, meant=mode.meant[language], answer=mode.answer[language])


def _month(words: Speech) -> str:
    year, month = access.as_of().split("-")
    return words.day(date(int(year), int(month), 1)).split(" ", 1)[1]


def _assumed(of: Calculator, words: Speech) -> list[list[str]]:
    growth, again, busy, off = of.assumed.growth, of.assumed.again, of.assumed.busy, of.assumed.off
    rows = {
        "growth": [words.amount(2**each) for each in (growth.low, growth.likely, growth.high)],
        "again": [words.amount(each) for each in (again.low, again.likely, again.high)],
        "busy": [words.share(each) for each in (busy.high, busy.likely, busy.low)],  # the low end computes most
        "off": [words.amount(each) for each in (off.low, off.likely, off.high)],
    }
    return [[words.say(f"calc.assumed.{name}"), *values] for name, values in rows.items()]


def _paragraph(inside: str) -> str:
    return f'<p style="margin:0 0 .5em">{inside}</p>'


def _table(caption: str, heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f'<th scope="col" style="{_LEFT}">{escape(each)}</th>' for each in heads)
    body = "".join(
        f'<tr><th scope="row" style="{_LEFT};font-weight:400">{escape(first)}</th>'
        + "".join(f'<td style="{_LEFT}">{escape(each)}</td>' for each in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        '<table style="font-size:inherit"><caption style="text-align:left;caption-side:top;font-weight:600">'
        f"{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
