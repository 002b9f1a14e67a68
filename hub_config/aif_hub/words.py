"""What pages say: end causes, refusals, lengths and times in plain words; `reasons` has why a job waits.

All sentences of the hub are here, there and in `templates/`: whole, with named gaps, so that they can be translated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aif.core.request import JobRequest
from aif.core.states import EndCause
from aif_hub.figures import about, amount, at, clock, cost, count, gpu_hours_an_hour, length, patterns

__all__ = [
    "Said",
    "about",
    "amount",
    "at",
    "clock",
    "cost",
    "count",
    "ended",
    "gpu_hours_an_hour",
    "length",
    "patterns",
    "plain",
    "refused",
]


@dataclass(frozen=True)
class Said:
    """A sentence, what to do about it, and the standard term one step below."""

    text: str
    todo: str = ""
    term: str = ""


# The waiting page -----------------------------------------------------------------------------------------------------

STEP_WORDS = ("Asked", "Waiting", "Starting", "Opening")
HEADLINES = ("Sending your request", "Waiting for your turn", "Your session is starting", "Opening your session")
CANCELLING = "Cancelling"
ASKING = "Your request is written down and on its way to Slurm, which shares out the GPUs."
STARTING = "You have a place on {node}. JupyterLab is starting there, which usually takes a few seconds."
A_NODE = "a computer of the cluster"
OPENING = "JupyterLab has answered. This page opens it by itself."
NO_ESTIMATE = "Slurm cannot say when this will start. Smaller sessions usually start sooner."
ANY_MOMENT = "Slurm expects it to start any moment now."
ESTIMATE = "Slurm expects it to start at {clock} ({wait}). This can change as others start and stop."
NOT_REACHED = "We cannot reach the batch system just now. Your session goes on; this page will catch up."

# Why a session ended ------------------------------------------------------------------------------------------------

SAVED = "What you saved is in your home folder."


def ended(cause: EndCause, request: JobRequest, node: str, when: str, ran: bool) -> tuple[str, Said]:
    """A session's end: a few words for a list, and a sentence with what to do. `ran` says whether it opened."""
    memory = f"{request.memory_mb // 1024} GB"
    rows: dict[EndCause, tuple[str, str, str]] = {
        EndCause.FINISHED: ("Finished", f"JupyterLab was shut down from inside at {when}.", SAVED),
        EndCause.STOPPED: ("Stopped by you", f"You stopped it at {when}.", SAVED),
        EndCause.CANCELLED: (
            "Cancelled",
            f"It was cancelled in Slurm at {when}, by you or by an operator.",
            f"{SAVED} Start again whenever you like.",
        ),
        EndCause.TIME_LIMIT: (
            "Time limit reached",
            f"It reached its time limit of {length(request.time_limit)} at {when}.",
            f"{SAVED} Start again, and choose a longer session if you need more time.",
        ),
        EndCause.OUT_OF_MEMORY: (
            "Out of memory",
            f"Its programs asked for more than the {memory} of memory that this size has, and were ended at {when}.",
            f"{SAVED} Start again with a larger size, or load less data at once.",
        ),
        EndCause.NODE_FAILED: (
            "Computer failed",
            f"The computer it ran on{f' ({node})' if node else ''} stopped working at {when}. You did not cause this.",
            f"{SAVED} Start again: Slurm picks another computer.",
        ),
        EndCause.PREEMPTED: (
            "Place taken back",
            f"Slurm gave its place to a job with higher priority at {when}.",
            f"{SAVED} Start again: it waits until there is a place.",
        ),
        EndCause.FAILED: (
            "Ended by an error",
            f"Its server ended with an error at {when}." if ran else f"Its server could not start, at {when}.",
            "Start again. If it happens twice, send the diagnosis below to the contact.",
        ),
        EndCause.NEVER_STARTED: (
            "Did not start",
            f"It was given up at {when}, before it opened. Nothing of it runs on.",
            "Start again. If it happens twice, send the diagnosis below to the contact.",
        ),
        EndCause.NOT_RECORDED: (
            "Ended",
            f"It is gone since {when}. Slurm no longer knows why.",
            f"{SAVED} Start again whenever you like.",
        ),
    }
    word, text, todo = rows[cause]
    if cause in (EndCause.STOPPED, EndCause.CANCELLED) and not ran:
        word, text, todo = "Cancelled", f"It was cancelled at {when}, before it started.", ""
    return word, Said(text, todo, term=cause.name)


# Pages that say no ----------------------------------------------------------------------------------------------------

_REFUSED: dict[int, tuple[str, Said]] = {
    400: ("This could not be done", Said("The hub did not understand what was asked.", "Go back and try once more.")),
    403: (
        "This is not open to you",
        Said(
            "You are signed in, but this page or action belongs to somebody else.",
            "Go to your home page. If you expected access, ask the contact below.",
        ),
    ),
    404: (
        "There is no page here",
        Said(
            "The address may be misspelt, or what it named is gone.", "Your sessions and files are on your home page."
        ),
    ),
    405: (
        "This could not be done",
        Said("This page cannot be used that way.", "Start from your home page."),
    ),
    429: (
        "Many people are starting at once",
        Said("Too many starts are under way in this minute. Nothing of yours is lost.", "Try again in a minute."),
    ),
    500: (
        "Something went wrong on our side",
        Said(
            "The hub met an error it did not expect. Running sessions go on, and your files are safe.",
            "Try again in a minute. If it stays, tell the contact below when it happened.",
        ),
    ),
    503: (
        "Not reachable just now",
        Said(
            "The hub is starting, or your session does not answer. Running sessions go on, and your files are safe.",
            "This page tries again by itself. Your home page shows how your sessions are.",
        ),
    ),
}
_TOO_OLD = (
    "This page was open too long",
    Said(
        "For your safety a form only works for a while, and only for who opened it. Nothing was changed.",
        "Go back, load the page again and repeat the step.",
    ),
)


def plain(message: str) -> str:
    """A message without the frame that JupyterHub puts around an error's words.

    >>> plain("HTTP 400: error (“600” minutes is too long (4 h at most).)")
    '“600” minutes is too long (4 h at most).'
    """
    match = re.fullmatch(r"HTTP \d{3}: [^(]*\((.*)\)", message, re.DOTALL)
    return match[1] if match else message


def refused(status: int, message: str = "") -> tuple[str, Said]:
    """The headline and the sentences for an HTTP status; `message` tells a page that was open too long apart."""
    if status == 403 and "xsrf" in message.lower():
        return _TOO_OLD
    fallback = 503 if status in (502, 504) else 500 if status >= 500 else 400
    return _REFUSED.get(status, _REFUSED[fallback])
