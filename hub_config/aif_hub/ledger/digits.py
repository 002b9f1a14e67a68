"""Amounts in exports: decimals with so many digits that a spreadsheet's sum of them is the total that is shown."""

from __future__ import annotations

from fractions import Fraction

#: A second of a seventh of a GPU is 0.0000396…: a million jobs, each rounded here, are off by less than 0.000001.
DIGITS = 12


def decimal(value: Fraction) -> str:
    """With a point, without zeros at the end and never with an exponent.

    >>> decimal(Fraction(1, 7)), decimal(Fraction(5, 2)), decimal(Fraction(0)), decimal(Fraction(-1, 4))
    ('0.142857142857', '2.5', '0', '-0.25')
    """
    scaled = round(value * 10**DIGITS)
    whole, part = divmod(abs(scaled), 10**DIGITS)
    text = f"{whole}.{part:0{DIGITS}d}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text


def number(value: Fraction) -> float:
    """The same for JSON."""
    return float(decimal(value))
