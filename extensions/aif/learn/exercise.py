"""An exercise of a tutorial: its check, its hints in steps, its solution, and what the person did of it."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aif.core.errors import AifError
from aif.core.sentence import Sentence
from aif.learn import kept
from aif.learn.compare import told as library
from aif.learn.folder import Companion, NoSuchTutorial, companion
from aif.server import tutorials as copies
from aif.session import spoken
from aif.widgets.figures import Speech, speech
from aif.widgets.reply import Reply

Accepts = Callable[..., "Sentence | str | None"]
__all__ = ["Exercise", "NoSuchExercise", "NoSuchTutorial", "Tutorial", "checked", "start_over", "tutorial"]


class NoSuchExercise(AifError):
    """A tutorial has no exercise of that number."""

    def __init__(self, number: object, name: str, numbers: list[int]) -> None:
        super().__init__(f"{name} has no exercise {number}; it has {', '.join(map(str, numbers)) or 'none'}.")


@dataclass(frozen=True)
class Check:
    """What a tutorial's file of checks says of one exercise."""

    number: int
    hints: tuple[str, ...]
    accepts: Accepts


def checked(number: int, *hints: str) -> Callable[[Accepts], Accepts]:
    """Marks a function as the check of exercise `number`, with its hints from gentle to nearly all.

    The function gets the answer, and if it takes a second argument the notebook's variables; it returns None for a
    right answer, else what is off: a sentence, `off(…)` for one with gaps, or what a comparison of `aif.learn` gave.
    """

    def mark(accepts: Accepts) -> Accepts:
        accepts.__dict__["aif_check"] = Check(number, hints, accepts)
        return accepts

    return mark


class Tutorial:
    """The exercises of one tutorial: `exercise(2)` is its second."""

    def __init__(self, told: Companion, language: str) -> None:
        self.told = told
        self.language = language
        self.checks = checks(told.checks)

    def __call__(self, number: int) -> Exercise:
        """The exercise of that number; raises NoSuchExercise, which names those that there are."""
        if number not in self.checks:
            raise NoSuchExercise(number, self.told.name, sorted(self.checks))
        return Exercise(self, self.checks[number])

    def __repr__(self) -> str:
        words = speech(self.language)
        return words.say("learn.tutorial", title=self.told.title(self.language), count=len(self.checks))


class Exercise:
    """One exercise; what it answers is shown by a notebook, and is kept for the person."""

    def __init__(self, of: Tutorial, check: Check) -> None:
        self.of = of
        self.number = check.number
        self._check = check

    def check(self, answer: Any) -> Reply:
        """Whether `answer` is right, else what is off; never the right answer."""
        off = self._off(answer)
        stamp = datetime.now(UTC).isoformat(timespec="seconds")

        def tried(before: kept.Attempt) -> kept.Attempt:
            tries = before.tries if answer is ... else before.tries + 1
            if off is not None or before.done_at:
                return replace(before, tries=tries)
            return replace(before, tries=tries, done_at=stamp, alone=not before.solution)

        if off is None:
            return self._reply("right", self._words.say("learn.right"), tried)
        text = f"{self._said(off)} {self._words.say('learn.more', call=f'exercise({self.number}).hint()')}"
        return self._reply("off", text, tried)

    def hint(self) -> Reply:
        """The next hint; after the last, all that there were."""
        seen = self._kept().hints
        hints, at = self._check.hints, min(seen + 1, len(self._check.hints))

        def one_more(before: kept.Attempt) -> kept.Attempt:
            return replace(before, hints=max(before.hints, at))

        shown = hints if seen >= len(hints) else hints[at - 1 : at]
        text = "\n".join(self._said(hint) for hint in shown)
        more = "learn.hint.last" if at >= len(hints) else "learn.hint.next"
        text = f"{text}\n{self._words.say(more, call=f'exercise({self.number}).solution()')}"
        return self._reply("hint", text, one_more, at=at, of=len(hints))

    def solution(self) -> Reply:
        """One way to do it, as code; that it was shown is kept."""

        def shown(before: kept.Attempt) -> kept.Attempt:
            return replace(before, solution=True)

        code = self.of.told.solution(self.number, self.of.language)
        text = self._words.say("learn.solution" if code else "learn.solution.none")
        return self._reply("solution", text, shown, code)

    # Below: the parts -------------------------------------------------------------------------------------------------

    @property
    def _words(self) -> Speech:
        return speech(self.of.language)

    def _kept(self) -> kept.Attempt:
        course = kept.courses().get(self.of.told.name)
        return course.exercises.get(self.number, kept.Attempt()) if course else kept.Attempt()

    def _off(self, answer: Any) -> Sentence | None:
        if answer is ...:
            return library("learn.off.unanswered")
        try:
            wants = len(inspect.signature(self._check.accepts).parameters)
            said = self._check.accepts(answer, _notebook()) if wants > 1 else self._check.accepts(answer)
        except _NotThere as fault:
            return library("learn.off.not-run", name=fault.args[0])
        except Exception as fault:  # an answer may be of any kind, and a check that stumbles over it has to say so
            return library("learn.off.odd", kind=type(answer).__name__, fault=f"{type(fault).__name__}: {fault}")
        return Sentence(said) if isinstance(said, str) else said

    def _said(self, sentence: Sentence | str) -> str:
        words, told = self._words, self.of.told

        def show(gap: object) -> object:
            return words.amount(gap) if isinstance(gap, float) and gap >= 0 else gap

        def translated(text: str) -> str:
            return words.words.get(text) or told.translated(text, self.of.language)

        if isinstance(sentence, str):
            return translated(sentence)
        return sentence.said(translated, show)

    def _reply(
        self,
        state: str,
        text: str,
        how: Callable[[kept.Attempt], kept.Attempt],
        code: str = "",
        **gaps: object,
    ) -> Reply:
        trouble = kept.change(self.of.told.name, self.number, how)
        note = self._words.say("learn.not-kept", why=trouble) if trouble else ""
        title = self._words.say(f"learn.title.{state}", number=self.number, **gaps)
        return Reply(state, title, text, note, code)


def tutorial(name: str, language: str = "") -> Tutorial:
    """The exercises of the tutorial `name`, in `language` or else the session's; raises NoSuchTutorial."""
    told, language = companion(name), language or spoken()
    kept.change(name, None, lambda before: before)
    if copies.newer(told.folder, name):
        words = speech(language)
        print(words.say("learn.newer", call=f'start_over("{name}")'))
        if changed := copies.news(told.folder, name):
            print(words.say("learn.newer.parts", names=", ".join(f"“{heading}”" for heading in changed)))
    return Tutorial(told, language)


def start_over(name: str, language: str = "") -> None:
    """A fresh notebook of tutorial `name`; the old one is kept beside it, and said where. Raises NoSuchTutorial."""
    folder, language = companion(name).folder, language or spoken()
    source = copies.brought_from(folder)
    if source is None:
        raise NoSuchTutorial(name, [str(folder / copies.RECORD)])
    old = copies.start_over(source, folder, name, language)
    words = speech(language)
    print(words.say("learn.fresh", file=f"{name}.ipynb"))
    if old:
        print(words.say("learn.fresh.kept", file=old.name))


def checks(file: Path) -> Mapping[int, Check]:
    """The checks that a tutorial's file of them has, by their exercise's number."""
    name = f"aif_checks_{file.stem}"
    above = str(file.parent.parent)
    if above not in sys.path:
        sys.path.append(above)  # the tutorial's makers of data are found beside it
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise NoSuchTutorial(file.stem, [str(file)])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [each.aif_check for each in vars(module).values() if isinstance(getattr(each, "aif_check", None), Check)]
    return {check.number: check for check in sorted(found, key=lambda check: check.number)}


class _NotThere(KeyError):
    """A check asks for a variable of a cell that has not run."""


class _Variables(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        raise _NotThere(name)


def _notebook() -> Mapping[str, Any]:
    return _Variables(vars(sys.modules["__main__"]))
