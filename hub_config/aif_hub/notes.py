"""What others said in English, said to the person: errors of ours, the launcher's refusals, notes in the book.

The launcher stands alone as root and the book keeps what was noted, so both are in English; their sentences are
recognised by their words. What is not known is quoted as it is.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache

from aif.core.errors import AifError, RequestError
from aif.core.text import Text
from aif_hub.figures import length
from aif_hub.speech import N_, _, speaking

#: Everything that the launcher says to people about their homes and themselves, and what sessions note of their end.
#: Within a sentence the gaps have no names that matter: each is found again where it was.
KNOWN = (
    N_("It did not answer within {minutes} minutes."),
    N_("Its job was put back in the queue."),
    N_("Slurm could not be reached, and the session is being stopped."),
    N_("The launcher could not be started: {reason}."),
    N_("The launcher had no answer within {seconds} s."),
    N_("The launcher gave no usable answer: {words}."),
    N_("The launcher's answer does not fit the question."),
    N_("Your home folder is full, so the session could not be prepared. Delete files, then retry."),
    N_("Your home folder is read-only just now. Ask the operator."),
    N_("Your home folder could not be used: {reason}. Ask the operator."),
    N_("Your home folder {path} does not exist on this machine. Ask the operator."),
    N_("The home folder of {login} is not set up. Ask the operator."),
    N_("The folder {path} is not yours, though it is your home folder. Ask the operator."),
    N_("You have no permission to write to ~/.aif/sessions. Give it back to yourself, then retry."),
    N_("{path} is a link or a file, but must be a plain folder of your own. Rename it, then retry."),
    N_("{path} belongs to somebody else. Rename it, then retry."),
    N_("The session's folder vanished while it was made. Retry."),
    N_("{login} is a system user; sessions are for people."),
    N_("{login} is not a person of this workbench: the login must exist and be in the group {group}."),
)


def said(text: str) -> str:
    """`text` in the language of this request where it is one of `KNOWN`, else quoted; empty stays empty."""
    if not text:
        return ""
    for sentence in KNOWN:
        if match := _pattern(sentence).fullmatch(text):
            return _(sentence).format(**match.groupdict())
    return _("In the system's own words: {words}").format(words=text)


def is_known(text: str) -> bool:
    """Whether `said` has it in every language."""
    return any(_pattern(sentence).fullmatch(text) for sentence in KNOWN)


def of_error(error: AifError) -> str:
    """One of our errors in the language of this request: a refusal of sentences, or words that are known here."""
    return error.say(_, _shown) if isinstance(error, RequestError) else said(str(error))


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """The sentence with any text in its gaps."""
    parts = re.split(r"\{(\w+)\}", sentence)
    shape = "".join(f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile(shape, re.DOTALL)


def _shown(gap: object) -> object:
    if isinstance(gap, Text):
        return gap.said_in(speaking())
    return length(gap) if isinstance(gap, timedelta) else gap
