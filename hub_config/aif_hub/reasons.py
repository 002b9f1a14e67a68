"""Slurm's pending reasons in plain words: one table, read from the top."""

from __future__ import annotations

from aif.core.request import JobRequest
from aif_hub.speech import N_, _, ngettext
from aif_hub.words import Said, count, length

#: How Slurm's word begins, what to say, what to do; the first row that fits wins.
_WAITING: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("Resources",), N_("Waiting for {place}. You are among the next in line."), ""),
    (("Priority",), N_("Waiting for {place}. Others are ahead of you."), ""),
    (
        ("AssocGrpBillingRunMinutes", "QOSGrpBillingRunMinutes", "AssocGrpGRESRunMinutes", "QOSGrpGRESRunMinutes"),
        N_("Running sessions of {project} already claim the rest of its budget."),
        N_("It frees as they end. Stop one that is not needed, or wait."),
    ),
    (
        (
            *("AssocGrpBillingMinutes", "QOSGrpBillingMinutes", "AssocGrpGRESMinutes", "QOSGrpGRESMinutes"),
            *("AssocGrpCPUMinutes", "QOSGrpCPUMinutes", "AssocMaxBillingMinutes", "QOSMaxBillingMinutes"),
        ),
        N_("{project} does not have enough budget left for {length} of this size."),
        N_("Cancel and choose a shorter session or a smaller size, or ask who leads the project for more."),
    ),
    (
        ("QOSMaxWallDuration", "AssocMaxWallDuration", "QOSGrpWall", "AssocGrpWall", "PartitionTimeLimit"),
        N_("{length} is longer than this kind of session may take."),
        N_("Cancel and choose a shorter one."),
    ),
    (
        (
            *("QOSMaxGRESPerUser", "QOSMaxJobsPerUser", "QOSMaxSubmit", "AssocMaxJobs", "AssocMaxSubmit"),
            *("AssocMaxGRES", "QOSMaxCpuPerUser", "QOSMaxMemoryPerUser", "QOSMaxNodePerUser", "AssocMaxCpu"),
        ),
        N_("You already use as much at once as one person may."),
        N_("Stop another session, or wait until one ends."),
    ),
    (
        ("AssocGrp", "QOSGrp", "QOSMax", "AssocMax"),
        N_("{project} already uses as much at once as it may."),
        N_("Stop another session of the project, or wait until one ends."),
    ),
    (("ReservationDeleted",), N_("The reservation for your class is gone."), N_("Cancel and start a normal session.")),
    (("Reservation",), N_("Starts when your class's reservation opens."), ""),
    (
        ("ReqNodeNotAvail, Reserved for maintenance", "Reserved for maintenance"),
        N_("Maintenance is planned, and this session would run into it."),
        N_("A shorter session may start now: cancel and choose one."),
    ),
    (
        ("ReqNodeNotAvail", "Nodes required for job are DOWN", "NodeDown", "PartitionDown", "PartitionInactive"),
        N_("The computers with this kind of GPU are switched off or being repaired just now."),
        N_("Your request keeps its place. Another size may start sooner."),
    ),
    (("BeginTime", "Cleaning", "Prolog"), N_("Starts in a moment."), ""),
    (("Dependency",), N_("Waits for another job to end first."), ""),
    (("Licenses",), N_("Waiting for a free software licence."), ""),
    (
        ("JobHeldUser",),
        N_("This request was paused by its owner, in Slurm."),
        N_("Release it there, or cancel it here and start again."),
    ),
    (
        ("JobHeldAdmin", "job requeued in held state", "launch failed requeued held"),
        N_("This request was paused by an operator."),
        N_("Ask the contact below why."),
    ),
    (
        ("PartitionNodeLimit", "BadConstraints", "InvalidAccount", "InvalidQOS", "AccountNotAllowed", "QOSNotAllowed"),
        N_("Slurm can never start this request as it stands."),
        N_("Cancel and choose another size. If that does not help, send the diagnosis to the contact below."),
    ),
    (("SystemFailure", "JobLaunchFailure"), N_("Slurm had trouble starting this and will try again."), ""),
)
_NOT_LOOKED_YET = N_("Your request is with Slurm, which is looking for {place}.")


def why(reason: str, request: JobRequest, project: str, ahead: int | None = None) -> Said:
    """Why a job waits; `ahead` is how many people are before it, where that is known.

    An unknown reason is named, since a guess would be worse.
    """
    reason = reason.replace("_", " ").strip("() ")
    gaps = {"place": place_for(request), "project": project, "length": length(request.time_limit)}
    if reason in ("", "None"):
        return Said(_(_NOT_LOOKED_YET).format(**gaps))
    if reason.startswith("Priority") and ahead is not None:
        text = _in_line(ahead).format(people=capital(count(ahead)), **gaps)
        return Said(text, term=reason)
    for starts, text, todo in _WAITING:
        if reason.startswith(starts):
            return Said(capital(_(text).format(**gaps)), _(todo) if todo else "", term=reason)
    return Said(_("Slurm says: {reason}.").format(reason=reason), term=reason)


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
