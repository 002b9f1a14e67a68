"""What the start page shows: sizes with price and what is free, lengths with clock times, projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aif.core.request import SHORTEST_MINUTES, Project
from aif.core.site import Profile, Site
from aif_hub import prices, words
from aif_hub.calendar import Cap
from aif_hub.speech import N_, _
from aif_hub.views_parts import When

#: Lengths to choose from, in minutes; a size's own default and longest are added.
LENGTHS = (15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 600, 720, 1440, 2880, 4320, 5760, 7200, 10080)

#: What one of each unit is.
UNITS = {
    "gpu-hour": N_("A GPU-hour, the unit of your project's budget, is one whole GPU for one hour."),
    "core-hour": N_("A core-hour, the unit of your project's budget, is one processor core for one hour."),
    "node-hour": N_("A node-hour, the unit of your project's budget, is one computer for one hour."),
    "billing-hour": N_(
        "Your project's budget is in billing hours, which Slurm works out from all that a job is given."
    ),
}


@dataclass(frozen=True)
class ProfileCard:
    """A size to choose."""

    name: str
    title: str
    text: str
    memory: str
    computer: str
    free: str
    free_tone: str
    price: str
    default_minutes: int
    most_minutes: int
    most: str
    why: str  # why it cannot be longer, when that is less than usual
    chosen: bool


@dataclass(frozen=True)
class Length:
    """A length to choose, and when it would end."""

    minutes: int
    text: str
    until: When
    chosen: bool


@dataclass(frozen=True)
class ProjectChoice:
    """A project to charge."""

    account: str
    title: str
    chosen: bool


@dataclass(frozen=True)
class StartForm:
    """The start page's form."""

    profiles: tuple[ProfileCard, ...]
    lengths: tuple[Length, ...]
    projects: tuple[ProjectChoice, ...]
    project: str
    as_of: When | None
    profile: str
    minutes: int
    account: str
    units: tuple[str, ...]  # what one of the unit is in which the budgets are kept


def start_form(
    site: Site,
    projects: Sequence[Project],
    free: Mapping[tuple[str, str], tuple[int, int]],
    as_of: datetime | None,
    wished: Mapping[str, str],
    now: datetime,
    caps: Mapping[str, Cap] | None = None,
) -> StartForm:
    """The form with `wished` chosen where it fits; `wished` is untrusted and only ever compared.

    `free` is (free, total) by cluster and GPU type; `caps` are the longest lengths of today by profile.
    """
    caps = caps or {}
    profile = site.profile(wished.get("profile", "")) or site.profiles[0]
    most = {one.name: caps[one.name].minutes if one.name in caps else int(one.hours_max * 60) for one in site.profiles}
    minutes = _wished_minutes(wished.get("minutes", ""), profile, most[profile.name])
    project = next((one for one in projects if one.account == wished.get("project")), projects[0] if projects else None)
    longest = max(most.values())
    units = prices.units_of(projects, site)
    own = {int(one.hours_default * 60) for one in site.profiles} | set(most.values())
    offered = {length for length in {*LENGTHS, *own} if SHORTEST_MINUTES <= length <= longest}
    lengths = sorted(offered | {minutes})
    return StartForm(
        profiles=tuple(
            _profile_card(one, free.get((one.cluster, one.gpu_type)), _cap(one, caps), units, chosen=one is profile)
            for one in site.profiles
        ),
        lengths=tuple(
            Length(
                minutes=length,
                text=words.length(timedelta(minutes=length)),
                until=When.of(now + timedelta(minutes=length), now),
                chosen=length == minutes,
            )
            for length in lengths
        ),
        projects=tuple(ProjectChoice(one.account, site.project_title(one.account), one is project) for one in projects),
        project=site.project_title(project.account) if project else "",
        as_of=When.of(as_of, now) if as_of and free else None,
        profile=profile.name,
        minutes=minutes,
        account=project.account if project else "",
        units=tuple(_(UNITS[unit]) for unit in units),
    )


def _cap(profile: Profile, caps: Mapping[str, Cap]) -> Cap:
    return caps.get(profile.name) or Cap(int(profile.hours_max * 60))


def _wished_minutes(text: str, profile: Profile, most: int) -> int:
    """The wished length where it could be one at all, so that a refused choice stays visible; else the default."""
    if text.isascii() and text.isdigit() and SHORTEST_MINUTES <= int(text[:6]) <= 7 * 24 * 60:
        return int(text[:6])
    return max(SHORTEST_MINUTES, min(int(profile.hours_default * 60), most))


def _profile_card(
    profile: Profile, free: tuple[int, int] | None, cap: Cap, units: Sequence[str], *, chosen: bool
) -> ProfileCard:
    counted = _("{free} of {total} parts free") if profile.gpu_weight < 1 else _("{free} of {total} GPUs free")
    shown = free if profile.gpus and free and free[1] else None
    if profile.gpu_memory_gb and profile.gpus:
        gigabytes = f"{profile.gpus} × {profile.gpu_memory_gb}" if profile.gpus > 1 else f"{profile.gpu_memory_gb}"
        memory = _("{gigabytes} GB of GPU memory").format(gigabytes=gigabytes)
    else:
        memory = ""
    return ProfileCard(
        name=profile.name,
        title=profile.title,
        text=profile.text,
        memory=memory,
        computer=_("{cores} processor cores, {gigabytes} GB of memory").format(
            cores=profile.cpus, gigabytes=profile.memory_gb
        ),
        free=counted.format(free=shown[0], total=shown[1]) if shown else "",
        free_tone="good" if shown and shown[0] >= profile.gpus else "warn",
        price=prices.an_hour_of(profile, units),
        default_minutes=int(profile.hours_default * 60),
        most_minutes=cap.minutes,
        most=words.length(timedelta(minutes=cap.minutes)),
        why=cap.why,
        chosen=chosen,
    )
