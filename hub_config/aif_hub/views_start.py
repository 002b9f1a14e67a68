"""What the start page shows: sizes with price and what is free, lengths with clock times, projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aif.core.request import SHORTEST_MINUTES, Project
from aif.core.site import Profile, Site
from aif_hub import words
from aif_hub.views import When

#: Lengths to choose from, in minutes; a size's own default and longest are added.
LENGTHS = (15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 600, 720, 1440, 2880)


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
    price_number: float
    default_minutes: int
    most_minutes: int
    most: str
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
    ends: str
    most: str


def start_form(
    site: Site,
    projects: Sequence[Project],
    free: Mapping[tuple[str, str], tuple[int, int]],
    as_of: datetime | None,
    wished: Mapping[str, str],
    now: datetime,
) -> StartForm:
    """The form with `wished` chosen where it fits; `wished` is untrusted and only ever compared.

    `free` is (free, total) by cluster and GPU type.
    """
    profile = site.profile(wished.get("profile", "")) or site.profiles[0]
    minutes = _wished_minutes(wished.get("minutes", ""), profile)
    project = next((one for one in projects if one.account == wished.get("project")), projects[0] if projects else None)
    longest = max(int(one.hours_max * 60) for one in site.profiles)
    own = {int(one.hours_default * 60) for one in site.profiles} | {int(one.hours_max * 60) for one in site.profiles}
    lengths = sorted({length for length in LENGTHS if length <= longest} | own | {minutes})
    cost = profile.gpus * profile.gpu_weight * minutes / 60
    return StartForm(
        profiles=tuple(
            _profile_card(one, free.get((one.cluster, one.gpu_type)), chosen=one is profile) for one in site.profiles
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
        ends=words.clock(now + timedelta(minutes=minutes), now),
        most=words.amount(cost),
    )


def _wished_minutes(text: str, profile: Profile) -> int:
    """The wished length where it could be one at all, so that a refused choice stays visible; else the default."""
    if text.isascii() and text.isdigit() and SHORTEST_MINUTES <= int(text[:6]) <= 7 * 24 * 60:
        return int(text[:6])
    return int(profile.hours_default * 60)


def _profile_card(profile: Profile, free: tuple[int, int] | None, *, chosen: bool) -> ProfileCard:
    most = int(profile.hours_max * 60)
    noun = "parts" if profile.gpu_weight < 1 else "GPUs"
    shown = free if profile.gpus and free and free[1] else None
    if profile.gpu_memory_gb and profile.gpus:
        times = f"{profile.gpus} × " if profile.gpus > 1 else ""
        memory = f"{times}{profile.gpu_memory_gb} GB of GPU memory"
    else:
        memory = ""
    return ProfileCard(
        name=profile.name,
        title=profile.title,
        text=profile.text,
        memory=memory,
        computer=f"{profile.cpus} processor cores, {profile.memory_gb} GB of memory",
        free=f"{shown[0]} of {shown[1]} {noun} free" if shown else "",
        free_tone="good" if shown and shown[0] >= profile.gpus else "warn",
        price=words.gpu_hours_an_hour(profile.gpus, profile.gpu_weight),
        price_number=float(profile.gpus * profile.gpu_weight),
        default_minutes=int(profile.hours_default * 60),
        most_minutes=most,
        most=words.length(timedelta(minutes=most)),
        chosen=chosen,
    )
