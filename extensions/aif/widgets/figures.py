"""Numbers, lengths, days and sentences in the session's language: what `speech.js` says, for what no browser draws."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from aif.core.units import length_form

CATALOGUES = Path(__file__).parent / "static"
#: What is said where the session's language is not known.
FIRST = "en"
#: Digits after the point of an amount in the REST API.
DIGITS = 4


@dataclass(frozen=True)
class Speech:
    """One catalogue; the digits are those of the hub's pages (`aif_hub.figures`)."""

    words: dict[str, str]

    def say(self, key: str, **gaps: object) -> str:
        """The sentence `key` with its gaps filled."""
        return self.words[key].format(**gaps)

    def amount(self, value: float) -> str:
        """A part of a budget, or what an hour uses: ``0.29``, ``487.7``."""
        if 0 < value <= 0.005:
            return self.say("amount.under", amount=self._decimal(0.01, 2))
        return self._decimal(value, 2 if value < 10 else 1)

    def large(self, value: float) -> str:
        """What is left, as a large figure: ``500.0``, ``7,600``."""
        return self._decimal(value, 1, fixed=value < 1000)

    def share(self, value: float) -> str:
        """A part of a whole, which is 1: ``61.5%``."""
        return f"{self._decimal(value * 100, 1)}%"

    def unit(self, name: str, shown: str = "") -> str:
        """The unit's word for an amount that is in words already."""
        return self.say(f"units.{name}.one" if shown == "1" else f"units.{name}")

    def length(self, time: timedelta) -> str:
        """``2 h 05 min``, ``40 min``, ``under a minute``."""
        form, gaps = length_form(time)
        return self.say(f"length.{form}", **gaps)

    def day(self, value: date) -> str:
        """``27 November 2026``."""
        return self.say("date", day=value.day, month=self.words["months"].split()[value.month - 1], year=value.year)

    def time(self, value: datetime) -> str:
        """``16:30``, by the clock of its own time zone."""
        return self.say("time", hour=f"{value:%H}", minute=f"{value:%M}")

    def clock(self, value: datetime, now: datetime) -> str:
        """As somebody at `now` says it, in that time zone: ``16:30``, ``02:30 tomorrow``, ``16:30 on Fri 27 Nov``."""
        value = value.astimezone(now.tzinfo)
        apart = (value.date() - now.date()).days
        if not apart:
            return self.time(value)
        name = {1: "tomorrow", -1: "yesterday"}.get(apart, "day")
        return self.say(f"clock.{name}", time=self.time(value), date=self._short(value))

    def moment(self, value: datetime) -> str:
        """``27 November 2026, 16:30``: what is kept may be read on another day."""
        return self.say("moment", date=self.day(value), time=self.time(value))

    def or_unknown(self, shown: str | None) -> str:
        """`shown`, or that it is not recorded."""
        return self.words["not-recorded"] if shown is None else shown

    def _short(self, value: date) -> str:
        weekday, month = self.words["weekdays.short"].split(), self.words["months.short"].split()
        return self.say("date.short", weekday=weekday[value.weekday()], day=value.day, month=month[value.month - 1])

    def _decimal(self, value: float, places: int, fixed: bool = False) -> str:
        unit = 10 ** (DIGITS - places)
        whole, rest = divmod(round(value * 10**DIGITS), unit)
        if rest * 2 > unit or (rest * 2 == unit and whole % 2):  # a half goes to the even digit
            whole += 1
        before, after = divmod(whole, 10**places)
        grouped = f"{before:,}".replace(",", self.words["number.group"])
        digits = f"{after:0{places}d}"
        digits = digits if fixed else digits.rstrip("0")
        return f"{grouped}{self.words['number.point']}{digits}" if digits else grouped


@cache
def speech(language: str) -> Speech:
    """What is said in `language`; in the first where we do not have it."""
    file = CATALOGUES / f"words.{language}.json"
    if not language.isalpha() or not file.is_file():
        file = CATALOGUES / f"words.{FIRST}.json"
    return Speech(json.loads(file.read_text(encoding="utf-8")))
