"""An allocation in text and in plain HTML: what stays in a saved notebook and in an export, and says when it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from html import escape
from typing import Any

from aif.widgets.figures import DIGITS, Speech, speech

#: Each state's shape, as a character.
SHAPES = {"active": "●", "low": "▲", "full_commit": "◆", "exhausted": "■", "suspended": "‖", "pending": "○"}
ENDED = "□"
#: The meter's parts: their word, the figure, a character for text and a ground for HTML.
PARTS = (
    ("consumed", "consumed", "█", "#00677a"),
    ("committed", "committed", "▒", "repeating-linear-gradient(135deg,#5b7f95 0 4px,#cfe3e8 4px 6px)"),
    ("free", "free_to_plan", "░", "#cfe3e8"),
)
BAR_CHARACTERS = 40


def text(told: Mapping[str, Any], language: str) -> str:
    """In lines, for a terminal and for who reads a notebook's file."""
    words = speech(language)
    lines = [f"{_title(told)}: {_state(told, words)}"]
    shown = (
        _headline(told, words),
        _drawn(told),
        *_parts(told, words),
        _meaning(told, words),
        *_lines(told, words),
    )
    lines += [f"  {line}" for line in shown if line]
    rows = list(people(told, words))
    wide = max((len(name) for name, _, _ in rows), default=0)
    lines += [f"  {words.say('people')}:"] if rows else []
    lines += [f"    {name:<{wide}}  {used:>9}" for name, used, _ in rows]
    return "\n".join([*lines, f"  {_source(told, words)}"])


def html(told: Mapping[str, Any], language: str) -> str:
    """Without script or style sheet, in colours that can be read on light and on dark ground."""
    words = speech(language)
    state = "<br>".join(escape(each) for each in (_state(told, words), _meaning(told, words)) if each)
    paragraphs = [
        f"<strong>{escape(_title(told))}</strong><br>{state}",
        f'<strong style="font-size:1.5em">{escape(_headline(told, words))}</strong>',
    ]
    below = [*_lines(told, words), _source(told, words), words.say("still")]
    return "".join(
        [
            f'<div role="group" aria-label="{escape(_title(told))}" style="max-width:600px">',
            *(f'<p style="margin:0 0 .5em">{each}</p>' for each in paragraphs),
            _bar(told, words),
            f'<p style="margin:.25em 0 .5em">{" · ".join(escape(each) for each in _parts(told, words))}</p>',
            _table(told, words),
            f'<p style="margin:.5em 0 0">{"<br>".join(escape(each) for each in below)}</p>',
            "</div>",
        ]
    )


def people(told: Mapping[str, Any], words: Speech) -> Iterator[tuple[str, str, str]]:
    """Name, used and committed of everybody in sight, most first, and of the rest together; they add up to all."""
    rows = sorted(told["people"], key=lambda one: (-one["consumed"], one["name"]))
    for one in rows:
        yield one["name"], words.amount(one["consumed"]), words.amount(one["committed"])
    if told["unattributed"]:
        yield words.say("people.unattributed"), words.amount(told["unattributed"]), ""
    elif told["unattributed"] is None and told["consumed"] is not None:
        used = max(0.0, round(told["consumed"] - sum(one["consumed"] for one in rows), DIGITS))
        committed = max(0.0, round(told["committed"] - sum(one["committed"] for one in rows), DIGITS))
        if used or committed:
            yield words.say("people.others"), words.amount(used), words.amount(committed)


# Below: the parts -----------------------------------------------------------------------------------------------------


def _title(told: Mapping[str, Any]) -> str:
    title, project = told["title"] or told["project"], told["project"]
    return str(title if title == project else f"{title} ({project})")


def _state(told: Mapping[str, Any], words: Speech) -> str:
    return f"{SHAPES.get(told['state'], ENDED)} {words.say('state.' + told['state'])}"


def _headline(told: Mapping[str, Any], words: Speech) -> str:
    left = words.or_unknown(None if told["left"] is None else words.large(told["left"]))
    hours = words.say("left", unit=words.unit(told["unit"], left))
    days = told["days_left"]
    until = words.say("days.none") if days is None else f"{days} {words.say('days.one' if days == 1 else 'days')}"
    return f"{left} {hours} · {until}" if told["left"] is not None else f"{hours}: {left} · {until}"


def _parts(told: Mapping[str, Any], words: Speech) -> list[str]:
    shown = [(word, None if told[key] is None else words.amount(told[key])) for word, key, _, _ in PARTS]
    lines = [f"{words.say(word)}: {words.or_unknown(amount)}" for word, amount in shown if amount or word != "free"]
    if told["limit"] is None:
        return [*lines, words.say("limit.none")]
    limit = words.amount(told["limit"])
    return [*lines, words.say("limit", amount=limit, unit=words.unit(told["unit"], limit))]


def _lines(told: Mapping[str, Any], words: Speech) -> list[str]:
    return [line for line in (_rate(told, words), _lasts(told, words), _old(told, words)) if line]


def _meaning(told: Mapping[str, Any], words: Speech) -> str:
    key = f"state.{told['state']}.text"
    days = {"start": told["start"], "data_end": told["data_end"]}
    needed = {"pending": "start", "compute_ended": "data_end"}.get(told["state"])
    if needed and days[needed] is None:
        key += ".short"
    gaps = {name: words.day(date.fromisoformat(day)) if day else "" for name, day in days.items()}
    used = words.or_unknown(None if told["used_share"] is None else words.share(told["used_share"]))
    return words.say(key, used=used, **gaps) if key in words.words else ""


def _rate(told: Mapping[str, Any], words: Speech) -> str:
    if told["rate"] is None:
        return ""
    shown = words.amount(told["rate"])
    unit = words.unit(told["unit"], shown)
    return words.say("rate", amount=shown, unit=unit) if told["rate"] else words.say("rate.none")


def _lasts(told: Mapping[str, Any], words: Speech) -> str:
    until, end = told["lasts_until"], told["compute_end"]
    if not until:
        return ""
    if end and until > end:
        return words.say("lasts.beyond", date=words.day(date.fromisoformat(end)))
    return words.say("lasts", date=words.day(date.fromisoformat(until)))


def _old(told: Mapping[str, Any], words: Speech) -> str:
    return words.say("old") if told["trouble"] else ""


def _source(told: Mapping[str, Any], words: Speech) -> str:
    moment = words.moment(datetime.fromisoformat(told["as_of"]))
    return words.say("source", moment=moment, source=words.say(f"source.{told['source']}"))


def _values(told: Mapping[str, Any]) -> list[float]:
    values = [told[key] for _, key, _, _ in PARTS]
    return [] if told["limit"] is None or None in values or not sum(values) else values


def _drawn(told: Mapping[str, Any]) -> str:
    values = _values(told)
    if not values:
        return ""
    used, committed, _ = (max(1, round(each / sum(values) * BAR_CHARACTERS)) if each else 0 for each in values)
    return "".join(PARTS[at][2] * wide for at, wide in enumerate((used, committed, BAR_CHARACTERS - used - committed)))


def _bar(told: Mapping[str, Any], words: Speech) -> str:
    values = _values(told)
    if not values:
        return ""
    shown = {word: words.amount(told[key]) for word, key, _, _ in PARTS} | {"limit": words.amount(told["limit"])}
    label = words.say("meter", **shown, unit=words.unit(told["unit"], shown["limit"]))
    parts = "".join(
        f'<span style="flex:{value} 1 0;min-width:3px;background:{ground}"></span>'
        for value, (_, _, _, ground) in zip(values, PARTS, strict=True)
        if value
    )
    return f'<div role="img" aria-label="{escape(label)}" style="display:flex;gap:2px;height:16px">{parts}</div>'


def _table(told: Mapping[str, Any], words: Speech) -> str:
    rows = list(people(told, words))
    if not rows:
        return ""
    right = 'style="text-align:right"'
    head = "".join(
        f'<th scope="col" style="text-align:{side}">{escape(words.say(key))}</th>'
        for key, side in (("people.name", "left"), ("people.used", "right"), ("people.committed", "right"))
    )
    body = "".join(
        f'<tr><th scope="row" style="text-align:left;font-weight:400">{escape(name)}</th>'
        f"<td {right}>{escape(used)}</td><td {right}>{escape(committed)}</td></tr>"
        for name, used, committed in rows
    )
    caption = f'<caption style="text-align:left;caption-side:top">{escape(words.say("people"))}</caption>'
    return f'<table style="font-size:inherit">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
