"""Everything that can go wrong on purpose, as one tree.

AifError                      has words for a person; never a traceback for a user's mistake
├── SiteError                 the operator's site file is wrong: key, value, what is allowed
├── RequestError              what a person asked for cannot be given: asked, allowed, what to do
├── SlurmError                a Slurm command failed or did not answer
│   └── SlurmUnreachable      … because the controller or the database cannot be reached, so that nothing is known
├── LaunchRefused             the launcher or sbatch said no; nothing was submitted
└── LaunchUnknown             the launcher did not answer; a job may or may not exist
"""

from __future__ import annotations

from collections.abc import Callable

from aif.core.sentence import Sentence, plain


class AifError(Exception):
    """Base of all our errors, made of sentences; `str(error)` says them in English and may be shown to the person."""

    def __init__(self, *sentences: str | Sentence) -> None:
        self.sentences = tuple(sentence for sentence in sentences if sentence)
        super().__init__(" ".join(map(str, self.sentences)))

    def say(self, translate: Callable[[str], str] = str, show: Callable[[object], object] = plain) -> str:
        """The same in another language; what is not a `Sentence` stays as it is."""
        return " ".join(
            sentence.said(translate, show) if isinstance(sentence, Sentence) else sentence
            for sentence in self.sentences
        )

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it (IPython asks for this): its sentences, and no lines of our code."""
        return [f"{type(self).__name__}: {self}"]


class SiteError(AifError):
    """A key of the site file that cannot be used: `SiteError("profile.slice.gpus", "must be 1 or more, got 0")`."""

    def __init__(self, key: str, problem: str) -> None:
        self.key = key
        self.problem = problem
        super().__init__(f"{key}: {problem}")


class RequestError(AifError):
    """A request that is refused before anything reaches Slurm.

    `asked` names the field and value, `allowed` what would be accepted, `todo` the next step; the message joins them.
    `code` is stable and short, for counting.
    """

    def __init__(
        self, asked: str | Sentence, allowed: str | Sentence, todo: str | Sentence = "", *, code: str = "options"
    ) -> None:
        self.asked = str(asked)
        self.allowed = str(allowed)
        self.todo = str(todo)
        self.code = code
        super().__init__(asked, allowed, todo)


class SlurmError(AifError):
    """A Slurm command that failed: its name, exit status and the first line of what it said."""

    def __init__(self, command: str, status: int, said: str) -> None:
        self.command = command
        self.status = status
        self.said = said
        super().__init__(f"{command} failed with status {status}: {said or 'no message'}")


class SlurmUnreachable(SlurmError):
    """Slurm gave no answer in time or none that can be read, or its controller or database cannot be reached."""


class LaunchRefused(AifError):
    """The launcher or sbatch refused; nothing was submitted. `code` is stable, `message` is for people."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


class LaunchUnknown(AifError):
    """The launcher gave no usable answer: whether the job exists is not known, so nothing may be concluded."""
