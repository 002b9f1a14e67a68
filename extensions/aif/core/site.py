"""The site file: every fact an operator states, parsed and checked once into frozen values."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from aif.core import host as hosts
from aif.core import own_data
from aif.core import terms as terms_of_use
from aif.core.audit import Audit
from aif.core.entries import build, entries_of
from aif.core.errors import SiteError
from aif.core.front import front, has_names_below
from aif.core.host import Host
from aif.core.ledger import stated
from aif.core.ledger.allocation import Allocation, UsageFile, Waldur
from aif.core.login import Login, completed
from aif.core.mail import Mail, with_port
from aif.core.names import SlurmName
from aif.core.own_data import OwnData
from aif.core.terms import Terms
from aif.core.text import Text

T = TypeVar("T")

__all__ = [
    "Cluster",
    "Host",
    "Hub",
    "Login",
    "OwnData",
    "Profile",
    "ProjectName",
    "SessionRules",
    "Site",
    "UsageFile",
    "Waldur",
    "load",
]


@dataclass(frozen=True)
class Hub:
    """Where the hub listens and who runs it; ports are TCP ports of this host."""

    bind_url: str
    api_port: int
    api_host: str
    proxy_api_port: int
    base_url: str = "/"
    admins: tuple[str, ...] = ()
    database: str = ""  # none: SQLite in state_dir
    database_passfile: str = ""
    metrics_token_file: str = ""
    ledger_token_file: str = ""
    public_url: str = ""  # where something in front of the proxy has the browsers come in; empty: at bind_url
    trusted_proxies: tuple[str, ...] = ()
    tls_certificate: str = ""
    tls_key: str = ""
    person_subdomains: bool = False  # each person's servers below a name of their own
    requests_a_second: float = 10.0  # of one person, on the average


@dataclass(frozen=True)
class SessionRules:
    """How sessions are started and watched; every number carries its unit in its name."""

    start_timeout_seconds: float = 300
    look_seconds_starting: float = 2.0
    look_seconds_idle: float = 15.0
    submissions_at_once: int = 4
    starts_a_minute: int = 10  # of one person
    sessions_at_once: int = 20  # likewise
    long_wait_seconds: float = 180
    idle_notice_minutes: Fraction = Fraction(15)  # a fraction never changes
    idle_stop_minutes: Fraction = Fraction(30)  # 0: never
    idle_stop_in_reservations: bool = False
    lost_record_minutes: Fraction = Fraction(60)  # 0: never
    server: str = "lab"
    kernel_dirs: tuple[str, ...] = ()
    tutorials_dir: str = ""


@dataclass(frozen=True)
class Cluster:
    """One Slurm: where its commands and configuration are, and the name all our jobs carry in it."""

    name: str
    slurm_conf: str
    slurm_bin: str = "/usr/bin"
    job_name: str = "aif"
    addresses: Mapping[str, str] | None = None  # node name → address, only where DNS does not know the nodes
    emulated_gpus: bool = False  # its GPUs are device nodes with nothing behind them


@dataclass(frozen=True)
class Profile:
    """A named size to choose.

    Memory in GB of 1024 MB, as Slurm counts; `gpu_weight` says how many whole GPUs one of its GPUs counts for.
    """

    name: str
    title: Text
    cluster: str
    partition: SlurmName
    cpus: int
    memory_gb: int
    hours_default: float
    hours_max: float
    text: Text = Text("")  # noqa: RUF009  # a text never changes
    gpus: int = 0
    gpu_type: str = ""
    gpu_weight: Fraction = Fraction(1)
    gpu_memory_gb: int = 0
    reservation: str = ""
    idle_notice_minutes: Fraction | None = None  # None: as [session] says
    idle_stop_minutes: Fraction | None = None


@dataclass(frozen=True)
class ProjectName:
    """The plain-words name and kind of organisation behind a Slurm account."""

    account: SlurmName
    title: Text
    kind: str = ""
    pi: tuple[str, ...] = ()  # logins of the principal investigator and deputies: they see each member's use


@dataclass(frozen=True)
class Site:
    """All an operator states about one deployment."""

    name: Text
    contact: Text
    data_location: Text
    state_dir: str
    launcher: tuple[str, ...]
    hub: Hub
    login: Login
    session: SessionRules
    clusters: tuple[Cluster, ...]
    profiles: tuple[Profile, ...]
    projects: tuple[ProjectName, ...] = ()
    host: Host = Host()  # noqa: RUF009  # frozen
    docs_dir: str = ""
    allocations: tuple[Allocation, ...] = ()
    usage_file: UsageFile = UsageFile()  # noqa: RUF009  # frozen
    waldur: Waldur = Waldur()  # noqa: RUF009  # frozen
    mail: Mail = Mail()  # noqa: RUF009  # frozen
    audit: Audit = Audit()  # noqa: RUF009  # frozen
    data: OwnData = OwnData()  # noqa: RUF009  # frozen
    terms: Terms = Terms()  # noqa: RUF009  # frozen

    def profile(self, name: str) -> Profile | None:
        """The profile of that name, if the site has it."""
        return next((profile for profile in self.profiles if profile.name == name), None)

    def cluster(self, name: str) -> Cluster:
        """The cluster of that name; profiles were checked to name only existing ones."""
        return next(cluster for cluster in self.clusters if cluster.name == name)

    @property
    def gpu_weights(self) -> dict[str, Fraction]:
        """How many whole GPUs one of each GPU type counts for; types in lower case, as Slurm records them."""
        return {profile.gpu_type.lower(): profile.gpu_weight for profile in self.profiles if profile.gpu_type}

    def project_title(self, account: str) -> str:
        """The account's name in plain words, or the account itself."""
        return next((project.title for project in self.projects if project.account == account), account)

    def profile_title(self, name: str, otherwise: str) -> str:
        """The size's title, or `otherwise` where the site no longer has it."""
        profile = self.profile(name)
        return profile.title if profile else otherwise

    def said_in(self, language: str) -> Site:
        """The same site with every text in `language` alone, as pages show it."""
        return replace(
            _said_in(self, language),
            login=_said_in(self.login, language),
            data=_said_in(self.data, language),
            terms=self.terms.said_in(language),
            profiles=tuple(_said_in(profile, language) for profile in self.profiles),
            projects=tuple(_said_in(project, language) for project in self.projects),
            allocations=tuple(_said_in(allocation, language) for allocation in self.allocations),
        )


def load(path: str | os.PathLike[str] | None = None) -> Site:
    """The site of the given file or of ``$AIF_SITE``. Raises SiteError naming the key that is wrong."""
    if not (path := path or os.environ.get("AIF_SITE", "")):
        raise SiteError("AIF_SITE", "is not set; it must name the site file")
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SiteError(str(path), f"cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise SiteError(str(path), f"is not TOML: {error}") from error
    return parse(data)


def parse(data: Mapping[str, Any]) -> Site:
    """The site that `data` (parsed TOML) describes. Raises SiteError."""
    top = dict(data)
    hub = build(Hub, top.pop("hub", {}), "hub")
    host = build(Host, top.pop("host", {}), "host")
    login = completed(build(Login, top.pop("login", {}), "login"))
    mail = with_port(build(Mail, top.pop("mail", {}), "mail"))
    session = build(SessionRules, top.pop("session", {}), "session")
    clusters = tuple(build(Cluster, entry, f"cluster[{i}]") for i, entry in enumerate(entries_of(top, "cluster")))
    profiles = tuple(
        build(Profile, entry, f"profile.{entry.get('name', i)}") for i, entry in enumerate(entries_of(top, "profile"))
    )
    projects = tuple(build(ProjectName, entry, f"project[{i}]") for i, entry in enumerate(entries_of(top, "project")))
    top |= {
        "hub": hub,
        "host": host,
        "login": login,
        "mail": mail,
        "audit": build(Audit, top.pop("audit", {}), "audit"),
        "data": build(OwnData, top.pop("data", {}), "data"),
        "terms": build(Terms, top.pop("terms", {}), "terms"),
        "session": session,
        "usage_file": build(UsageFile, top.pop("usage_file", {}), "usage_file"),
        "waldur": build(Waldur, top.pop("waldur", {}), "waldur"),
        "clusters": clusters,
        "profiles": profiles,
        "projects": projects,
        "allocations": tuple(stated.allocation(entry, i) for i, entry in enumerate(entries_of(top, "allocation"))),
    }
    site = build(Site, top, "")
    _check(site)
    return site


def _said_in(made: T, language: str) -> T:
    """`made` (one of our dataclasses) with each text of its own in `language`."""
    texts = {field.name: getattr(made, field.name) for field in fields(made)}  # type: ignore[arg-type]
    said = {name: text.said_in(language) for name, text in texts.items() if isinstance(text, Text)}
    return replace(made, **said)  # type: ignore[type-var]


def _check(site: Site) -> None:
    """What the parts must be to each other. Raises SiteError."""
    for kind, entries in (("cluster", site.clusters), ("profile", site.profiles)):
        if not entries:
            raise SiteError(kind, f"at least one [[{kind}]] is needed")
    if not site.launcher:
        raise SiteError("launcher", "must name the launcher's command")
    if bool(site.hub.tls_certificate) != bool(site.hub.tls_key):
        raise SiteError("hub.tls_certificate", "and hub.tls_key are given together or not at all")
    if site.hub.tls_certificate and not site.hub.bind_url.startswith("https:"):
        raise SiteError("hub.bind_url", "begins with https where tls_certificate is given")
    if site.hub.person_subdomains and not has_names_below(front(site.hub.bind_url, site.hub.public_url).hostname or ""):
        raise SiteError("hub.person_subdomains", "needs public_url, or bind_url, with a name that has names below it")
    hosts.check(site.host)
    own_data.check(site.data)
    terms_of_use.check(site.terms)
    stated.check(site.allocations, [cluster.name for cluster in site.clusters], site.usage_file, site.waldur)
    for kind, names in (
        ("cluster", [cluster.name for cluster in site.clusters]),
        ("profile", [profile.name for profile in site.profiles]),
        ("project", [project.account for project in site.projects]),
    ):
        for name in names:
            if names.count(name) > 1:
                raise SiteError(f"{kind}.{name}", "stands twice; names must differ")
    for profile in site.profiles:
        at = f"profile.{profile.name}"
        if profile.cluster not in {cluster.name for cluster in site.clusters}:
            raise SiteError(f"{at}.cluster", f"names no [[cluster]]: {profile.cluster!r}")
        if profile.gpus and not profile.gpu_type:
            raise SiteError(f"{at}.gpu_type", "is needed where gpus is above 0")
        if profile.hours_default > profile.hours_max:
            raise SiteError(f"{at}.hours_default", f"is above hours_max ({profile.hours_max:g})")
        _check_idle(profile, site.session)


def _check_idle(profile: Profile, rules: SessionRules) -> None:
    """Nothing is stopped without a notice before. Raises SiteError."""
    ours = profile.idle_notice_minutes is not None or profile.idle_stop_minutes is not None
    notice = rules.idle_notice_minutes if profile.idle_notice_minutes is None else profile.idle_notice_minutes
    stop = rules.idle_stop_minutes if profile.idle_stop_minutes is None else profile.idle_stop_minutes
    if stop and not 0 < notice < stop:
        raise SiteError(
            f"{f'profile.{profile.name}' if ours else 'session'}.idle_stop_minutes",
            f"({float(stop):g}) must be more than idle_notice_minutes ({float(notice):g}), and that more than 0; "
            "0 here switches stopping off",
        )
