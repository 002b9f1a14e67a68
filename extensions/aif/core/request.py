"""What a person asks for, parsed once at the border: the only thing that reaches the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from aif.core.errors import RequestError
from aif.core.ledger.allocation import Allocation
from aif.core.sentence import Sentence
from aif.core.site import Profile, Site
from aif.core.units import gpu_hours

#: The only keys that a form, a REST body, a link or stored options may carry.
KEYS = ("profile", "minutes", "project", "allocation")
SHORTEST_MINUTES = 5


@dataclass(frozen=True)
class Project:
    """A Slurm account that a person may charge, with its name in plain words.

    `qos` is what pays where nobody says otherwise, `all_qos` what the person may choose from; empty: Slurm did not say.
    """

    account: str
    title: str
    qos: str = ""
    all_qos: tuple[str, ...] = ()

    def payers(self, site: Site) -> tuple[Allocation, ...]:
        """What the site says may pay for it, what ends first in front; none where the site says nothing of it."""
        stated = [one for one in site.allocations if one.account == self.account]
        mine = [one for one in stated if not one.qos or not self.all_qos or one.qos in self.all_qos]
        return tuple(sorted(mine, key=lambda one: one.compute_end or date.max))


@dataclass(frozen=True)
class JobRequest:
    """One job, complete and checked. Memory in MB, time in minutes, `gpu_weight` in whole GPUs per GPU."""

    profile: str
    title: str
    cluster: str
    account: str
    qos: str
    partition: str
    minutes: int
    cpus: int
    memory_mb: int
    gpus: int
    gpu_type: str
    gpu_weight: Fraction
    reservation: str = ""
    allocation: str = ""  # which of the site's allocations pays; empty where the site names none for the account

    @classmethod
    def parse(cls, options: Mapping[str, Any], site: Site, projects: Sequence[Project]) -> JobRequest:
        """The request that `options` describe, for a person who may charge `projects`.

        `options` is untrusted: a form's, a REST body's, a link's or yesterday's. An absent key takes its default (first
        profile, its default length, first project, of what pays for it what ends first); an allocation alone names its
        project too. Raises RequestError with asked, allowed and what to do.
        """
        unknown = [key for key in options if key not in KEYS]
        if unknown:
            raise unknown_key(unknown[0], KEYS)
        profile = _profile(options.get("profile"), site)
        project, payer = _payer(options.get("project"), options.get("allocation"), site, projects)
        return cls(
            profile=profile.name,
            title=str(profile.title),  # in the first language, whoever asks in which
            cluster=profile.cluster,
            account=project.account,
            qos=payer.qos or project.qos if payer else project.qos,
            partition=profile.partition,
            minutes=_minutes(options.get("minutes"), profile),
            cpus=profile.cpus,
            memory_mb=profile.memory_gb * 1024,
            gpus=profile.gpus,
            gpu_type=profile.gpu_type,
            gpu_weight=profile.gpu_weight,
            reservation=profile.reservation,
            allocation=payer.name if payer else "",
        )

    @property
    def options(self) -> dict[str, str]:
        """What `parse` makes the same request of, as a form's fields."""
        asked = {"profile": self.profile, "minutes": str(self.minutes), "project": self.account}
        return asked | ({"allocation": self.allocation} if self.allocation else {})

    @property
    def time_limit(self) -> timedelta:
        """The longest it may run."""
        return timedelta(minutes=self.minutes)

    @property
    def most_gpu_hours(self) -> Fraction:
        """What it costs at most, in GPU-hours of whole GPUs."""
        return gpu_hours(self.gpus, self.gpu_weight, self.time_limit)

    def launcher_job(self) -> dict[str, Any]:
        """The job as the launcher takes it; every value was checked here and is checked again there."""
        return {
            "account": self.account,
            "qos": self.qos or None,
            "partition": self.partition,
            "minutes": self.minutes,
            "cpus": self.cpus,
            "memory_mb": self.memory_mb,
            "gpus": self.gpus,
            "gpu_type": self.gpu_type or None,
            "reservation": self.reservation or None,
            "nodes": 1,
        }

    def to_json(self) -> dict[str, Any]:
        """A plain dict for the hub's database; `from_json` reads it back."""
        return asdict(self) | {"gpu_weight": str(self.gpu_weight)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> JobRequest:
        """The request that `to_json` wrote."""
        return cls(**{**data, "gpu_weight": Fraction(data["gpu_weight"])})


def unknown_key(key: Any, keys: Sequence[str]) -> RequestError:
    """The refusal of a `key` that is none of `keys`."""
    return RequestError(
        Sentence("{key} is not something a session can be asked for.", key=quoted(key)),
        Sentence("It takes {keys}.", keys=", ".join(keys)),
        Sentence("Leave the rest out."),
    )


def quoted(value: Any) -> str:
    """What was asked, safe to repeat: short, printable, in quotes."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(char if char.isprintable() else "�" for char in text[:41])
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def _profile(value: Any, site: Site) -> Profile:
    if value is None:
        return site.profiles[0]
    profile = site.profile(value) if isinstance(value, str) else None
    if profile is None:
        names = ", ".join(profile.name for profile in site.profiles)
        raise RequestError(
            Sentence("There is no size called {name}.", name=quoted(value)),
            Sentence("The sizes are {names}.", names=names),
            Sentence("Choose one of these."),
            code="size",
        )
    return profile


def _project(value: Any, projects: Sequence[Project]) -> Project:
    if not projects:
        raise RequestError(
            Sentence("You are not a member of a project yet."),
            Sentence("A session needs a project that pays for it."),
            Sentence("Ask the person who invited you to add you to theirs."),
            code="no-project",
        )
    if value is None:
        return projects[0]
    for project in projects:
        if project.account == value:
            return project
    names = ", ".join(project.account for project in projects)
    raise RequestError(
        Sentence("You cannot use the project {name}.", name=quoted(value)),
        Sentence("Yours: {names}.", names=names),
        Sentence("Choose one of these."),
        code="project",
    )


def _payer(account: Any, name: Any, site: Site, projects: Sequence[Project]) -> tuple[Project, Allocation | None]:
    """The project that is charged and which of its allocations pays; a project without any is named by its account."""
    if name is None or not projects:
        project = _project(account, projects)
        return project, next(iter(project.payers(site)), None)
    offered: dict[str, tuple[Project, Allocation | None]] = {}
    for project in projects if account is None else [_project(account, projects)]:
        for one in project.payers(site) or (None,):
            offered.setdefault(one.name if one else project.account.lower(), (project, one))
    if isinstance(name, str) and name in offered:
        return offered[name]
    raise RequestError(
        Sentence("You cannot use the allocation {name}.", name=quoted(name)),
        Sentence("Yours: {names}.", names=", ".join(offered)),
        Sentence("Choose one of these."),
        code="allocation",
    )


def _minutes(value: Any, profile: Profile) -> int:
    most = int(profile.hours_max * 60)
    if value is None:
        return min(int(profile.hours_default * 60), most)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 6:
        value = int(value)
    if type(value) is not int or not SHORTEST_MINUTES <= value <= most:
        raise RequestError(
            Sentence("{minutes} minutes is not a length this size can have.", minutes=quoted(value)),
            Sentence(
                "{size} runs from {least} minutes to {most}.",
                size=profile.title,
                least=SHORTEST_MINUTES,
                most=timedelta(minutes=most),
            ),
            Sentence("Choose at most {most} minutes, or another size.", most=most),
            code="length",
        )
    return value
