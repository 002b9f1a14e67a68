"""Numbers, lengths and clock times as they are said in the language of the request; `words` gives them on."""

from __future__ import annotations

import datetime as dates
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from aif.core.ledger import told
from aif.core.units import length_form, rounded_up
from aif_hub.speech import N_, _, ngettext, speaking

#: How clock times and lengths are put together. The pages' script says them too, so that they stand here once.
PATTERNS = {
    "time": N_("{hour}:{minute}"),
    "tomorrow": N_("{time} tomorrow"),
    "yesterday": N_("{time} yesterday"),
    "day": N_("{time} on {date}"),
    "at": N_("at {time}"),
    "at-tomorrow": N_("at {time} tomorrow"),
    "at-yesterday": N_("at {time} yesterday"),
    "at-day": N_("at {time} on {date}"),
    "moment": N_("under a minute"),
    "minutes": N_("{minutes} min"),
    "hours": N_("{hours} h"),
    "hours-minutes": N_("{hours} h {minutes} min"),
    "days": N_("{days} d"),
    "days-hours": N_("{days} d {hours} h"),
    "under": N_("under {amount}"),
}
#: Dates in Babel's letters: ``Fri 27 Nov``, and ``27 November 2026`` where years may lie between.
DATE = "EEE d MMM"
WHOLE_DATE = "d MMMM y"
SMALLEST = Fraction(1, 100)
#: So many numbers, and so many days, are kept as they were said: page after page says the same ones.
KEPT = 4096


def patterns() -> dict[str, str]:
    """The patterns in the language of this request, for the script of its page."""
    return {name: _(text) for name, text in PATTERNS.items()}


def clock(moment: datetime, now: datetime) -> str:
    """The moment as somebody at `now` says it: ``16:30``, ``02:30 tomorrow``, ``16:30 on Fri 27 Nov``.

    >>> now = datetime.fromisoformat("2027-04-01T22:00+02:00")
    >>> clock(now + timedelta(hours=1), now), clock(now + timedelta(hours=3), now)
    ('23:00', '01:00 tomorrow')
    """
    day = _day(moment, now)
    return _pattern(day).format(time=_time(moment, now), date=_date(moment, now)) if day else _time(moment, now)


def at(moment: datetime, now: datetime) -> str:
    """The same within a sentence: ``at 16:30``, ``at 02:30 tomorrow``, which other languages put in another order.

    >>> now = datetime.fromisoformat("2027-04-01T22:00+02:00")
    >>> at(now + timedelta(hours=1), now), at(now + timedelta(days=5), now)
    ('at 23:00', 'at 22:00 on Tue 6 Apr')
    """
    day = _day(moment, now)
    return _pattern(f"at-{day}" if day else "at").format(time=_time(moment, now), date=_date(moment, now))


def moment(when: datetime, now: datetime) -> str:
    """The moment in full, as on paper: ``1 April 2027, 16:30 UTC+02:00``. `now` gives the time zone.

    >>> now = datetime.fromisoformat("2027-04-01T22:00+02:00")
    >>> moment(now, now)
    '1 April 2027, 22:00 UTC+02:00'
    """
    local = when.astimezone(now.tzinfo)
    return _("{date}, {time}").format(date=day(local.date()), time=f"{_time(local, now)} {local:%Z}")


def date(moment: datetime) -> str:
    """A day long ago or far off: ``27 November 2026``."""
    return day(moment.astimezone().date())


def length(time: timedelta) -> str:
    """A length of time in short words: ``2 h 05 min``, ``40 min``, ``3 d 4 h``; below a minute ``under a minute``.

    >>> length(timedelta(minutes=125)), length(timedelta(seconds=20)), length(timedelta(days=3, hours=4))
    ('2 h 05 min', 'under a minute', '3 d 4 h')
    """
    form, gaps = length_form(time)
    return _pattern(form).format(**gaps)


def about(time: timedelta) -> str:
    """A length that is only roughly known: ``about 2 min``, ``under a minute``."""
    return length(time) if time < timedelta(minutes=1) else _("about {length}").format(length=length(time))


def amount(value: Fraction) -> str:
    """An amount of a budget as people act on it: two places below ten, one above, thousands apart.

    >>> amount(Fraction(2, 7)), amount(Fraction(4)), amount(Fraction(4997, 10)), amount(Fraction(12300))
    ('0.29', '4', '499.7', '12,300')
    """
    shown = _as_told(value)
    if value > 0 and shown <= SMALLEST / 2:
        return _pattern("under").format(amount=_decimal(SMALLEST, 2))
    return _decimal(shown, _places(shown))


def cost(value: Fraction, unit: str = "gpu-hour") -> str:
    """What something cost, with its unit.

    >>> cost(Fraction(2, 7)), cost(Fraction(1)), cost(Fraction(0)), cost(Fraction(3), "node-hour")
    ('0.29 GPU-hours', '1 GPU-hour', 'No GPU-hours', '3 node-hours')
    """
    if not value and unit == "gpu-hour":
        return _("No GPU-hours")
    return in_unit(amount(value), unit)


def at_most(value: Fraction, unit: str = "gpu-hour") -> str:
    """What something may cost, with its unit: a promise, so rounded up where `cost` rounds to the nearest.

    >>> at_most(Fraction(1, 7)), at_most(Fraction(2, 7)), at_most(Fraction(1001, 100)), at_most(Fraction(0))
    ('0.15 GPU-hours', '0.29 GPU-hours', '10.1 GPU-hours', 'No GPU-hours')
    """
    return cost(rounded_up(value, _places(value)), unit)


def balance(value: Fraction) -> str:
    """What is left of a budget, so exact that what a session uses can be seen in it.

    >>> balance(Fraction(349800, 700)), balance(Fraction(500)), balance(Fraction(759971, 100))
    ('499.71', '500', '7,599.7')
    """
    shown = _as_told(value)
    return _decimal(shown, 2 if shown < 1000 else 1)


def at_least(value: Fraction) -> str:
    """What of it will be left, as promised beside `at_most`: rounded down where `balance` rounds to the nearest.

    >>> at_least(500 - Fraction(1, 7)), at_least(Fraction(500)), at_least(Fraction(759979, 100))
    ('499.85', '500', '7,599.7')
    """
    return balance(-rounded_up(-value, 2 if value < 1000 else 1))


def large(value: Fraction) -> str:
    """The same as `balance`, as a large figure: one place, which small amounts have always.

    >>> large(Fraction(500)), large(Fraction(49991, 100)), large(Fraction(7600))
    ('500.0', '499.9', '7,600')
    """
    shown = _as_told(value)
    return _decimal(shown, 1, fixed=shown < 1000)


def in_unit(shown: str, unit: str) -> str:
    """An amount that is in words already, with the unit of its allocation."""
    number = 1 if shown == "1" else 2
    if unit == "node-hour":
        text = ngettext("{amount} node-hour", "{amount} node-hours", number)
    elif unit == "core-hour":
        text = ngettext("{amount} core-hour", "{amount} core-hours", number)
    elif unit == "billing-hour":
        text = ngettext("{amount} billing hour", "{amount} billing hours", number)
    else:
        text = ngettext("{amount} GPU-hour", "{amount} GPU-hours", number)
    return text.format(amount=shown)


def share(value: Fraction) -> str:
    """A part of a whole.

    >>> share(Fraction(123, 200)), share(Fraction(1, 9999))
    ('61.5%', 'under 0.1%')
    """
    shown = _percent_in(speaking(), max(float(_as_told(value)), 0.001) if value else 0.0)
    return _pattern("under").format(amount=shown) if 0 < value < Fraction(1, 2000) else shown


def day(value: dates.date) -> str:
    """A day of the calendar: ``28 February 2028``."""
    return _day_in(speaking(), value, WHOLE_DATE)


def count(number: int) -> str:
    """A small number in letters, as in a sentence.

    >>> count(3), count(40)
    ('three', '40')
    """
    letters = _("no one two three four five six seven eight nine ten").split()
    return letters[number] if 0 <= number < len(letters) else _decimal(Fraction(number), 0)


# Below: the parts ---------------------------------------------------------------------------------------------------


def _day(moment: datetime, now: datetime) -> str:
    """Which pattern says the day; none for today."""
    days = (moment.astimezone(now.tzinfo).date() - now.date()).days
    return {0: "", 1: "tomorrow", -1: "yesterday"}.get(days, "day")


def _pattern(name: str) -> str:
    return _(PATTERNS[name])


def _time(moment: datetime, now: datetime) -> str:
    local = moment.astimezone(now.tzinfo)
    return _pattern("time").format(hour=f"{local.hour:02}", minute=f"{local.minute:02}")


def _date(moment: datetime, now: datetime) -> str:
    return _day_in(speaking(), moment.astimezone(now.tzinfo).date(), DATE)


def _places(value: Fraction) -> int:
    """Of an amount that people act on."""
    return 2 if value < 10 else 1


def _decimal(value: Fraction, places: int, *, fixed: bool = False) -> str:
    return _number_in(speaking(), value, places, fixed)


@lru_cache(KEPT)
def _day_in(language: str, value: dates.date, pattern: str) -> str:
    return format_date(value, pattern, locale=language)


@lru_cache(KEPT)
def _number_in(language: str, value: Fraction, places: int, fixed: bool) -> str:
    number = Decimal(value.numerator) / Decimal(value.denominator)
    after = ("0" if fixed else "#") * places
    return format_decimal(number, f"#,##0.{after}" if places else "#,##0", locale=language)


@lru_cache(KEPT)
def _percent_in(language: str, value: float) -> str:
    return str(format_percent(value, "#,##0.#%", locale=language))


@lru_cache(KEPT)
def _as_told(value: Fraction) -> Fraction:
    """As the REST API tells it: who rounds that further, as a notebook does, arrives at the digits of the pages."""
    return Fraction(str(told.amount(value)))
