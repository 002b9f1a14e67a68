"""What Slurm's reason for a job that waits means: one table, read from the top, for sessions and for workers.

Each layer says it in its own words and language: `aif_hub.reasons` to who waits for a session, `aif.scale.reasons` of
a worker.
"""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """Why a job waits, as people ask it."""

    NEW = "new"  # Slurm has not said anything yet
    RESOURCES = "resources"
    PRIORITY = "priority"
    BUDGET_CLAIMED = "budget-claimed"  # by what runs; it frees as that ends
    BUDGET = "budget"
    LENGTH = "length"
    PERSON = "person"  # what one person may have at once
    PROJECT = "project"  # what a project may have at once
    RESERVATION_GONE = "reservation-gone"
    RESERVATION = "reservation"
    MAINTENANCE = "maintenance"
    AWAY = "away"  # the nodes
    MOMENT = "moment"
    NEVER = "never"
    DEPENDENCY = "dependency"
    LICENCE = "licence"
    HELD = "held"
    HELD_BY_OPERATOR = "held-operator"
    HELD_AFTER_FAULT = "held-fault"
    TROUBLE = "trouble"
    OTHER = "other"  # a guess would be worse than Slurm's own word


#: How Slurm's word begins, and what that means; the first row that fits wins, so a longer word stands above a shorter.
_BEGINS: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    (Reason.RESOURCES, ("Resources",)),
    (Reason.PRIORITY, ("Priority",)),
    (
        Reason.BUDGET_CLAIMED,
        ("AssocGrpBillingRunMinutes", "QOSGrpBillingRunMinutes", "AssocGrpGRESRunMinutes", "QOSGrpGRESRunMinutes"),
    ),
    (
        Reason.BUDGET,
        (
            *("AssocGrpBillingMinutes", "QOSGrpBillingMinutes", "AssocGrpGRESMinutes", "QOSGrpGRESMinutes"),
            *("AssocGrpCPUMinutes", "QOSGrpCPUMinutes", "AssocMaxBillingMinutes", "QOSMaxBillingMinutes"),
        ),
    ),
    (
        Reason.LENGTH,
        ("QOSMaxWallDuration", "AssocMaxWallDuration", "QOSGrpWall", "AssocGrpWall", "PartitionTimeLimit"),
    ),
    (
        Reason.PERSON,
        (
            *("QOSMaxGRESPerUser", "QOSMaxJobsPerUser", "QOSMaxSubmit", "AssocMaxJobs", "AssocMaxSubmit"),
            *("AssocMaxGRES", "QOSMaxCpuPerUser", "QOSMaxMemoryPerUser", "QOSMaxNodePerUser", "AssocMaxCpu"),
        ),
    ),
    (Reason.PROJECT, ("AssocGrp", "QOSGrp", "QOSMax", "AssocMax")),
    (Reason.RESERVATION_GONE, ("ReservationDeleted",)),
    (Reason.RESERVATION, ("Reservation",)),
    (Reason.MAINTENANCE, ("ReqNodeNotAvail, Reserved for maintenance", "Reserved for maintenance")),
    (
        Reason.AWAY,
        ("ReqNodeNotAvail", "Nodes required for job are DOWN", "NodeDown", "PartitionDown", "PartitionInactive"),
    ),
    (Reason.MOMENT, ("BeginTime", "Cleaning", "Prolog", "SchedDefer")),
    (Reason.NEVER, ("DependencyNeverSatisfied",)),
    (Reason.DEPENDENCY, ("Dependency",)),
    (Reason.LICENCE, ("Licenses",)),
    (Reason.HELD, ("JobHeldUser",)),
    (Reason.HELD_AFTER_FAULT, ("launch failed requeued held", "JobHoldMaxRequeue")),
    (Reason.HELD_BY_OPERATOR, ("JobHeldAdmin", "job requeued in held state")),
    (
        Reason.NEVER,
        (
            *("PartitionNodeLimit", "BadConstraints", "InvalidAccount", "InvalidQOS", "AccountNotAllowed"),
            *("QOSNotAllowed", "QOSMin"),
        ),
    ),
    (Reason.TROUBLE, ("SystemFailure", "JobLaunchFailure")),
)


def reason_of(word: str) -> tuple[Reason, str]:
    """What Slurm's word means, and the word as people read it; empty where it has said nothing.

    >>> reason_of("QOSGrpBillingMinutes")[0], reason_of("ReqNodeNotAvail,_UnavailableNodes:gpu01")[1]
    (<Reason.BUDGET: 'budget'>, 'ReqNodeNotAvail, UnavailableNodes:gpu01')
    >>> reason_of("(null)"), reason_of("SomethingNew")[0]
    ((<Reason.NEW: 'new'>, ''), <Reason.OTHER: 'other'>)
    """
    term = word.replace("_", " ").strip("() ")
    if term in ("", "None", "null"):
        return Reason.NEW, ""
    return next((reason for reason, begins in _BEGINS if term.startswith(begins)), Reason.OTHER), term
