"""Slurm's pending reasons in plain words: one table, read from the top."""

from __future__ import annotations

from aif.core.request import JobRequest
from aif_hub.words import Said, count, length

#: How Slurm's word begins, what to say, what to do; the first row that fits wins.
_WAITING: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("Resources",), "Waiting for {place}. You are among the next in line.", ""),
    (("Priority",), "Waiting for {place}. Others are ahead of you.", ""),
    (
        ("AssocGrpBillingRunMinutes", "QOSGrpBillingRunMinutes", "AssocGrpGRESRunMinutes", "QOSGrpGRESRunMinutes"),
        "Running sessions of {project} already claim the rest of its budget.",
        "It frees as they end. Stop one that is not needed, or wait.",
    ),
    (
        (
            *("AssocGrpBillingMinutes", "QOSGrpBillingMinutes", "AssocGrpGRESMinutes", "QOSGrpGRESMinutes"),
            *("AssocGrpCPUMinutes", "QOSGrpCPUMinutes", "AssocMaxBillingMinutes", "QOSMaxBillingMinutes"),
        ),
        "{project} does not have enough budget left for {length} of this size.",
        "Cancel and choose a shorter session or a smaller size, or ask who leads the project for more.",
    ),
    (
        ("QOSMaxWallDuration", "AssocMaxWallDuration", "QOSGrpWall", "AssocGrpWall", "PartitionTimeLimit"),
        "{length} is longer than this kind of session may take.",
        "Cancel and choose a shorter one.",
    ),
    (
        (
            *("QOSMaxGRESPerUser", "QOSMaxJobsPerUser", "QOSMaxSubmit", "AssocMaxJobs", "AssocMaxSubmit"),
            *("AssocMaxGRES", "QOSMaxCpuPerUser", "QOSMaxMemoryPerUser", "QOSMaxNodePerUser", "AssocMaxCpu"),
        ),
        "You already use as much at once as one person may.",
        "Stop another session, or wait until one ends.",
    ),
    (
        ("AssocGrp", "QOSGrp", "QOSMax", "AssocMax"),
        "{project} already uses as much at once as it may.",
        "Stop another session of the project, or wait until one ends.",
    ),
    (("ReservationDeleted",), "The reservation for your class is gone.", "Cancel and start a normal session."),
    (("Reservation",), "Starts when your class's reservation opens.", ""),
    (
        ("ReqNodeNotAvail, Reserved for maintenance", "Reserved for maintenance"),
        "Maintenance is planned, and this session would run into it.",
        "A shorter session may start now: cancel and choose one.",
    ),
    (
        ("ReqNodeNotAvail", "Nodes required for job are DOWN", "NodeDown", "PartitionDown", "PartitionInactive"),
        "The computers with this kind of GPU are switched off or being repaired just now.",
        "Your request keeps its place. Another size may start sooner.",
    ),
    (("BeginTime", "Cleaning", "Prolog"), "Starts in a moment.", ""),
    (("Dependency",), "Waits for another job to end first.", ""),
    (("Licenses",), "Waiting for a free software licence.", ""),
    (
        ("JobHeldUser",),
        "This request was paused by its owner, in Slurm.",
        "Release it there, or cancel it here and start again.",
    ),
    (
        ("JobHeldAdmin", "job requeued in held state", "launch failed requeued held"),
        "This request was paused by an operator.",
        "Ask the contact below why.",
    ),
    (
        ("PartitionNodeLimit", "BadConstraints", "InvalidAccount", "InvalidQOS", "AccountNotAllowed", "QOSNotAllowed"),
        "Slurm can never start this request as it stands.",
        "Cancel and choose another size. If that does not help, send the diagnosis to the contact below.",
    ),
    (("SystemFailure", "JobLaunchFailure"), "Slurm had trouble starting this and will try again.", ""),
)
_NOT_LOOKED_YET = Said("Your request is with Slurm, which is looking for {place}.")


def why(reason: str, request: JobRequest, project: str) -> Said:
    """Why a job waits. An unknown reason is named, since a guess would be worse."""
    reason = reason.replace("_", " ").strip("() ")
    gaps = {"place": place_for(request), "project": project, "length": length(request.time_limit)}
    if reason in ("", "None"):
        return Said(_NOT_LOOKED_YET.text.format(**gaps))
    for starts, text, todo in _WAITING:
        if reason.startswith(starts):
            return Said(capital(text.format(**gaps)), todo, term=reason)
    return Said(f"Slurm says: {reason}.", term=reason)


def place_for(request: JobRequest) -> str:
    """What a session of this size waits for: ``a free GPU part``, ``four free GPUs``."""
    if request.gpus == 0:
        return "a free place"
    noun = "GPU part" if request.gpu_weight < 1 else "GPU"
    return f"a free {noun}" if request.gpus == 1 else f"{count(request.gpus)} free {noun}s in one computer"


def capital(text: str) -> str:
    """The sentence with its first letter large, where a gap begins it."""
    return text[:1].upper() + text[1:]
