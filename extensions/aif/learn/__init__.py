"""Exercises that check themselves, and a person's own progress: what the tutorials' notebooks import.

>>> from aif.learn import tutorial
>>> exercise = tutorial("01_spreadsheet")  # doctest: +SKIP
>>> exercise(1).check(answer)  # doctest: +SKIP
Exercise 1: not yet
  This is a thousand times too large. Are both sides in the same unit?
>>> exercise(1).hint()  # doctest: +SKIP
>>> exercise(1).solution()  # doctest: +SKIP
>>> from aif.learn import progress
>>> progress()  # doctest: +SKIP
>>> progress().save("completion.html")  # doctest: +SKIP

A tutorial's checks are written with `checked` and the comparisons below, in `tutorials/checks/NAME.py`. Everything
works without a network, and outside a session.
"""

from aif.core.sentence import Sentence
from aif.learn.compare import between, close_to, same_set, same_table
from aif.learn.exercise import Exercise, NoSuchExercise, NoSuchTutorial, Tutorial, checked, start_over, tutorial
from aif.learn.progress import Progress, progress

off = Sentence  # how a file of checks calls a sentence with gaps

__all__ = [
    "Exercise",
    "NoSuchExercise",
    "NoSuchTutorial",
    "Progress",
    "Tutorial",
    "between",
    "checked",
    "close_to",
    "off",
    "progress",
    "same_set",
    "same_table",
    "start_over",
    "tutorial",
]
