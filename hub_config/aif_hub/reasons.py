"""Slurm's pending reasons in plain words, for who waits for a session; `aif.core.reasons` knows what each means."""

from __future__ import annotations

from aif.core.reasons import Reason, reason_of
from aif.core.request import JobRequest
from aif_hub.speech import N_, _, ngettext
from aif_hub.words import Said, count, length

#: What it means, what to say, what to do.
_WAITING: tuple[tuple[Reason, str, str], ...] = (
    (Reason.RESOURCES, N_("Waiting for {place}. You are among the next in line."), ""),
    (Reason.PRIORITY, N_("Waiting for {place}. Others are ahead of you."), ""),
    (
        Reason.BUDGET_CLAIMED,
        N_("Running sessions of {project} already claim the rest of its budget."),
        N_("It frees as they end. Stop one that is not needed, or wait."),
    ),
    (
        Reason.BUDGET,
        N_("{project} does not have enough budget left for {length} of this size."),
        N_("Cancel and choose a shorter session or a smaller size, or ask who leads the project for more."),
    ),
    (
        Reason.LENGTH,
        N_("{length} is longer than this kind of session may take."),
        N_("Cancel and choose a shorter one."),
    ),
    (
        Reason.PERSON,
        N_("You already use as much at once as one person may."),
        N_("Stop another session, or wait until one ends."),
    ),
    (
        Reason.PROJECT,
        N_("{project} already uses as much at once as it may."),
        N_("Stop another session of the project, or wait until one ends."),
    ),
    (
        Reason.RESERVATION_GONE,
        N_("The reservation for your class is gone."),
        N_("Cancel and start a normal session."),
    ),
    (Reason.RESERVATION, N_("Starts when your class's reservation opens."), ""),
    (
        Reason.MAINTENANCE,
        N_("Maintenance is planned, and this session would run into it."),
        N_("A shorter session may start now: cancel and choose one."),
    ),
    (
        Reason.AWAY,
        N_("The computers with this kind of GPU are switched off or being repaired just now."),
        N_("Your request keeps its place. Another size may start sooner."),
    ),
    (Reason.MOMENT, N_("Starts in a moment."), ""),
    (Reason.DEPENDENCY, N_("Waits for another job to end first."), ""),
    (Reason.LICENCE, N_("Waiting for a free software licence."), ""),
    (
        Reason.HELD,
        N_("This request was paused by its owner, in Slurm."),
        N_("Release it there, or cancel it here and start again."),
    ),
    (Reason.HELD_BY_OPERATOR, N_("This request was paused by an operator."), N_("Ask the contact below why.")),
    (
        Reason.HELD_AFTER_FAULT,
        N_("Starting this has failed, and Slurm holds it back."),
        N_("Cancel and start again. If it happens twice, send the diagnosis to the contact below."),
    ),
    (
        Reason.NEVER,
        N_("Slurm can never start this request as it stands."),
        N_("Cancel and choose another size. If that does not help, send the diagnosis to the contact below."),
    ),
    (Reason.TROUBLE, N_("Slurm had trouble starting this and will try again."), ""),
)
_SENTENCES = {reason: (text, todo) for reason, text, todo in _WAITING}
_NOT_LOOKED_YET = N_("Your request is with Slurm, which is looking for {place}.")


def why(reason: str, request: JobRequest, project: str, ahead: int | None = None) -> Said:
    """Why a job waits; `ahead` is how many people are before it, where that is known.

    An unknown reason is named, since a guess would be worse.
    """
    meant, term = reason_of(reason)
    gaps = {"place": place_for(request), "project": project, "length": length(request.time_limit)}
    if meant is Reason.NEW:
        return Said(_(_NOT_LOOKED_YET).format(**gaps))
    if meant is Reason.PRIORITY and ahead is not None:
        text = _in_line(ahead).format(people=capital(count(ahead)), **gaps)
        return Said(text, term=term)
    if meant in _SENTENCES:
        text, todo = _SENTENCES[meant]
        return Said(capital(_(text).format(**gaps)), _(todo) if todo else "", term=term)
    return Said(_("Slurm says: {reason}.").format(reason=term), term=term)


def _in_line(ahead: int) -> str:
    if not ahead:
        return _("Waiting for {place}. Nobody else is ahead of you.")
    return ngettext(
        "Waiting for {place}. {people} person is ahead.", "Waiting for {place}. {people} people are ahead.", ahead
    )


def place_for(request: JobRequest) -> str:
    """What a session of this size waits for: ``a free GPU part``, ``four free GPUs in one computer``."""
    if request.gpus == 0:
        return _("a free place")
    if request.gpu_weight < 1:
        text = ngettext("a free GPU part", "{count} free GPU parts in one computer", request.gpus)
    else:
        text = ngettext("a free GPU", "{count} free GPUs in one computer", request.gpus)
    return text.format(count=count(request.gpus))


def capital(text: str) -> str:
    """The sentence with its first letter large, where a gap begins it; Dutch writes "Eén", with one accent."""
    return text[:1].replace("é", "e").upper() + text[1:]
