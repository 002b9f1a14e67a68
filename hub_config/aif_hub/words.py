"""What pages say: end causes, refusals, lengths and times in plain words; `reasons` has why a job waits.

All sentences of the hub are here, there and in `templates/`: whole, with named gaps, marked here and
said in the language of the request (`speech`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aif.core.request import JobRequest
from aif.core.states import EndCause
from aif_hub.figures import (
    about,
    amount,
    at,
    at_least,
    at_most,
    balance,
    clock,
    cost,
    count,
    date,
    day,
    in_unit,
    large,
    length,
    moment,
    patterns,
    share,
)
from aif_hub.speech import N_, _, ngettext
from aif_hub.stopping import Trouble

__all__ = [
    "Said",
    "about",
    "amount",
    "at",
    "at_least",
    "at_most",
    "balance",
    "came_true",
    "clock",
    "cost",
    "count",
    "date",
    "day",
    "ended",
    "ending",
    "found",
    "in_unit",
    "large",
    "length",
    "login_error",
    "moment",
    "patterns",
    "plain",
    "refused",
    "share",
]


@dataclass(frozen=True)
class Said:
    """A sentence, what to do about it, and the standard term one step below."""

    text: str
    todo: str = ""
    term: str = ""


# The waiting page -----------------------------------------------------------------------------------------------------

STEP_WORDS = (N_("Asked"), N_("Waiting"), N_("Starting"), N_("Opening"))
HEADLINES = (
    N_("Sending your request"),
    N_("Waiting for your turn"),
    N_("Your session is starting"),
    N_("Opening your session"),
)
CANCELLING = N_("Cancelling")
ASKING = N_("Your request is written down and on its way to Slurm, which shares out the GPUs.")
STARTING = N_("You have a place on {node}. JupyterLab is starting there, which usually takes a few seconds.")
A_NODE = N_("a computer of the cluster")
OPENING = N_("JupyterLab has answered. This page opens it by itself.")
NO_ESTIMATE = N_("Slurm cannot say when this will start. Smaller sessions usually start sooner.")
ANY_MOMENT = N_("Slurm expects it to start any moment now.")
ESTIMATE = N_("Slurm expects it to start {at} ({wait}). This can change as others start and stop.")
NOT_REACHED = N_("We cannot reach the batch system just now. Your session goes on; this page will catch up.")


def came_true(tried: int, close: int) -> str:
    """Of so many expectations of Slurm's, how many came true."""
    return ngettext(
        "Of the last {tried} such expectations, {close} was right within 2 minutes.",
        "Of the last {tried} such expectations, {close} were right within 2 minutes.",
        close,
    ).format(tried=tried, close=close)


# While a session is being ended, or cannot be opened ------------------------------------------------------------------

_ENDING = {
    Trouble.NONE: N_("Slurm is ending it. It goes on counting until it is gone, in a moment."),
    Trouble.UNANSWERED: N_(
        "Slurm has not answered yet that it is ended. It is asked again until it does; your session counts until then."
    ),
    Trouble.REFUSED: N_(
        "Slurm does not end it yet. It is asked again until it does; your session counts until then. "
        "If this stays, tell the contact below."
    ),
    Trouble.SLOW: N_(
        "Slurm is ending it and takes long: its computer is still cleaning up. Your session counts until it is gone. "
        "If this stays, tell the contact below."
    ),
}
_FOUND = N_(
    "The hub has lost its record of this session, so it cannot be opened. It runs on and counts until it is stopped."
)


def ending(trouble: Trouble) -> Said:
    """Of a session that is being stopped: what Slurm does about it."""
    return Said(_(_ENDING[trouble]))


def found() -> Said:
    """Of a session whose job was found without a record."""
    return Said(_(_FOUND))


# Why a session ended ------------------------------------------------------------------------------------------------

SAVED = N_("What you saved is in your home folder.")
_AGAIN = N_("Start again whenever you like.")
_TWICE = N_("Start again. If it happens twice, send the diagnosis below to the contact.")

#: A few words for a list, the sentence, and what to do; `when` is said as in "at 12:52".
_ENDED: dict[EndCause, tuple[str, str, tuple[str, ...]]] = {
    EndCause.FINISHED: (N_("Finished"), N_("JupyterLab was shut down from inside {when}."), (SAVED,)),
    EndCause.STOPPED: (N_("Stopped by you"), N_("You stopped it {when}."), (SAVED,)),
    EndCause.IDLE: (
        N_("Stopped when idle"),
        N_("Nothing ran in it any more, so it was stopped {when}."),
        (SAVED, _AGAIN),
    ),
    EndCause.CANCELLED: (
        N_("Cancelled"),
        N_("It was cancelled in Slurm {when}, by you or by an operator."),
        (SAVED, _AGAIN),
    ),
    EndCause.TIME_LIMIT: (
        N_("Time limit reached"),
        N_("It reached its time limit of {length} {when}."),
        (SAVED, N_("Start again, and choose a longer session if you need more time.")),
    ),
    EndCause.OUT_OF_MEMORY: (
        N_("Out of memory"),
        N_("Its programs asked for more than the {memory} GB of memory that this size has, and were ended {when}."),
        (SAVED, N_("Start again with a larger size, or load less data at once.")),
    ),
    EndCause.NODE_FAILED: (
        N_("Computer failed"),
        N_("The computer it ran on stopped working {when}. You did not cause this."),
        (SAVED, N_("Start again: Slurm picks another computer.")),
    ),
    EndCause.PREEMPTED: (
        N_("Place taken back"),
        N_("Slurm gave its place to a job with higher priority {when}."),
        (SAVED, N_("Start again: it waits until there is a place.")),
    ),
    EndCause.FAILED: (N_("Ended by an error"), N_("Its server ended with an error {when}."), (_TWICE,)),
    EndCause.NEVER_STARTED: (
        N_("Did not start"),
        N_("It was given up {when}, before it opened. Nothing of it runs on."),
        (_TWICE,),
    ),
    EndCause.RECORD_LOST: (
        N_("Record lost"),
        N_("The hub had lost its record of it, so nobody could open it any more, and it was stopped {when}."),
        (SAVED, _AGAIN),
    ),
    EndCause.NOT_RECORDED: (N_("Ended"), N_("It ended {when}. Slurm no longer knows why."), (SAVED, _AGAIN)),
}
_NODE_FAILED = N_("The computer it ran on ({node}) stopped working {when}. You did not cause this.")
_COULD_NOT_START = N_("Its server could not start, {when}.")
_CANCELLED_BEFORE = N_("It was cancelled {when}, before it started.")


def ended(cause: EndCause, request: JobRequest, node: str, when: str, ran: bool) -> tuple[str, Said]:
    """A session's end: a few words for a list, and a sentence with what to do.

    `when` is as `at` says it, `ran` says whether the session opened.
    """
    word, text, todo = _ENDED[cause]
    if cause is EndCause.NODE_FAILED and node:
        text = _NODE_FAILED
    elif cause is EndCause.FAILED and not ran:
        text = _COULD_NOT_START
    elif cause in (EndCause.STOPPED, EndCause.CANCELLED) and not ran:
        word, text, todo = _ENDED[EndCause.CANCELLED][0], _CANCELLED_BEFORE, ()
    gaps = {"when": when, "node": node, "length": length(request.time_limit), "memory": request.memory_mb // 1024}
    return _(word), Said(_(text).format(**gaps), " ".join(_(sentence) for sentence in todo), term=cause.name)


# Pages that say no ----------------------------------------------------------------------------------------------------

#: Headline, what happened, what to do, by HTTP status.
_REFUSED: dict[int, tuple[str, str, str]] = {
    400: (
        N_("This could not be done"),
        N_("The hub did not understand what was asked."),
        N_("Go back and try once more."),
    ),
    403: (
        N_("This is not open to you"),
        N_("You are signed in, but this page or action belongs to somebody else."),
        N_("Go to your home page. If you expected access, ask the contact below."),
    ),
    404: (
        N_("There is no page here"),
        N_("The address may be misspelt, or what it named is gone."),
        N_("Your sessions and files are on your home page."),
    ),
    405: (N_("This could not be done"), N_("This page cannot be used that way."), N_("Start from your home page.")),
    413: (
        N_("That is too large"),
        N_("What was sent is longer than anything that a page here sends. Nothing was changed."),
        N_("Go back and send less at once."),
    ),
    429: (
        N_("That is a lot at once"),
        N_("More was asked in this minute than one person may ask. Nothing of yours is lost."),
        N_("Try again in a minute."),
    ),
    500: (
        N_("Something went wrong on our side"),
        N_("The hub met an error it did not expect. Running sessions go on, and your files are safe."),
        N_("Try again in a minute. If it stays, tell the contact below when it happened."),
    ),
    503: (
        N_("Not reachable just now"),
        N_("The hub is starting, or your session does not answer. Running sessions go on, and your files are safe."),
        N_("This page tries again by itself. Your home page shows how your sessions are."),
    ),
}
_TOO_OLD = (
    N_("This page was open too long"),
    N_("For your safety a form only works for a while, and only for who opened it. Nothing was changed."),
    N_("Go back, load the page again and repeat the step."),
)


#: What the hub answers to programs, and what tells its page apart from others of its status.
NO_DATABASE = "the hub cannot reach its database"
_NO_DATABASE = (
    N_("The hub cannot reach its records"),
    N_("Its database does not answer just now. Running sessions go on, and your files are safe."),
    N_("This page tries again by itself. You stay signed in."),
)


def refused(status: int, message: str = "") -> tuple[str, Said]:
    """The headline and the sentences for an HTTP status; `message` tells a page that was open too long apart."""
    fallback = 503 if status in (502, 504) else 500 if status >= 500 else 400
    row = _REFUSED.get(status, _REFUSED[fallback])
    if status == 403 and "xsrf" in message.lower():
        row = _TOO_OLD
    if status == 503 and message == NO_DATABASE:
        row = _NO_DATABASE
    title, text, todo = row
    return _(title), Said(_(text), _(todo))


def plain(message: str) -> str:
    """A message without the frame that JupyterHub puts around an error's words.

    >>> plain("HTTP 400: error (“600” minutes is too long (4 h at most).)")
    '“600” minutes is too long (4 h at most).'
    """
    match = re.fullmatch(r"HTTP \d{3}: [^(]*\((.*)\)", message, re.DOTALL)
    return match[1] if match else message


_LOGIN_ERRORS = {
    "Invalid username or password": N_("That name and password do not belong together. Check both and try again."),
    "Login form invalid or expired. Try again.": N_("The sign-in page was open too long. Sign in again."),
}


def login_error(message: str) -> str:
    """Why somebody could not sign in: JupyterHub's own messages in our words, an authenticator's as they are."""
    return _(_LOGIN_ERRORS[message]) if message in _LOGIN_ERRORS else message
