"""Everything the start page says for one person and one wish; the page and its script ask for the same."""

from __future__ import annotations

import pwd
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment
from markupsafe import Markup

from aif.core.errors import RequestError
from aif.core.request import KEYS, Project
from aif.core.site import Site
from aif_hub import notes
from aif_hub.choice import Choice, choice
from aif_hub.choices import SavedChoice
from aif_hub.expert import Expert, expert
from aif_hub.free import free_everywhere
from aif_hub.funds import funds_of
from aif_hub.kept import PAGE_SECONDS
from aif_hub.paying import payment, payments
from aif_hub.shared_calendar import caps_of
from aif_hub.speech import _
from aif_hub.views_payers import Payers, payers
from aif_hub.views_start import StartForm, start_form
from aif_hub.ways_out import check, ways, ways_out
from aif_hub.workbench import Workbench

#: How long a page waits for Slurm's estimate, and how long its script does, which asks at once for one that came too
#: late: the sizes, lengths and prices of a page need not wait for it.
GLANCE_SECONDS, PATIENCE_SECONDS = 0.015, 0.2
#: The form's field for the name of a session beside another one; not an option of the job.
SESSION_NAME = "session_name"
#: Fields of the form that ask nothing of the job; `TITLE` begins those with the names of saved choices.
BESIDE = frozenset({"_xsrf", SESSION_NAME, "do", "title", "gone", "next"})
TITLE = "title-"
#: The form's field that a refused request is about, by the code of the refusal.
FIELDS = {
    **dict.fromkeys(("size", "reservation"), "profile"),
    **dict.fromkeys(("length", "calendar", "budget"), "minutes"),
    "project": "project",
}


@dataclass(frozen=True)
class StartPage:
    """The form, what is said of the choice in it, and that choice for experts and as a link."""

    form: StartForm
    choice: Choice | None
    expert: Expert | None
    options: Mapping[str, str]
    saved: list[SavedChoice]
    settled: bool  # whether asking again soon would tell nothing more
    awaited: bool = False  # whether an estimate is on its way that may have a record, and none is known before it
    refused: str = ""  # the field that cannot be as it is
    payers: Payers = field(default_factory=Payers)
    unmet: tuple[str, ...] = ()  # what of the wish nobody here can choose, so that something else is chosen

    @property
    def query(self) -> str:
        """The choice as the query of a start link."""
        return urlencode(self.options)

    def told(self, parts: Environment, hub: str, onward: str) -> dict[str, Any]:
        """What of it follows the choice and the hour, for its script; `onward` ends a link to another choice."""
        most = parts.get_template("_start_most.html")
        return {
            "choice": parts.get_template("start_choice.html").render(page=self, hub=hub, onward=onward),
            "terms": self.expert.terms if self.expert else [],
            "command": self.expert.command if self.expert else "",
            "settled": self.settled,
            "sizes": {
                one.name: {"most": one.most_minutes, "said": most.render(size=one)} for one in self.form.profiles
            },
            "lengths": [[one.minutes, one.text] for one in self.form.lengths],
        }


async def start_page(
    workbench: Workbench,
    site: Site,
    login: str,
    wished: Mapping[str, str] | None,
    now: datetime,
    patience: float = PATIENCE_SECONDS,
) -> StartPage:
    """The start page in the words of `site`, with `wished` chosen where it fits; untrusted, so only ever compared.

    None wishes for the last session once more. Slurm's estimate is waited for `patience` seconds.
    """
    free, as_of = await free_everywhere(workbench.free, PAGE_SECONDS)
    caps = await caps_of(workbench.calendars, workbench.site.profiles, now, PAGE_SECONDS)
    projects = await workbench.projects.of(login)
    funds = await funds_of(workbench, projects, login)
    own = workbench.sessions.book.of(login)
    unmet = _unmet(wished or {}, projects, site)
    if wished is None:
        wished = next((one.request.options for one in own), {})
    wished = {**wished, **_payer(wished, projects, site)}
    form = start_form(site, projects, free, as_of, wished, now, caps)
    options = {"profile": form.profile, "minutes": str(form.minutes), "project": form.account}
    options |= {name: wished[name] for name in ("allocation",) if wished.get(name)}
    settled = not any(calendar.asking for calendar in workbench.calendars.values())
    page = StartPage(form, None, None, options, workbench.choices.of(login), settled, unmet=unmet)
    if not projects:
        return page
    paid = None
    try:
        paid = payment(options, site, projects, funds, now, own)
        (await workbench.calendars[paid.request.cluster].now(0)).check(paid.request, now)
        check(paid, site, now)
    except RequestError as error:
        said = Choice(Markup.escape(notes.of_error(error)))
        if paid and error.code == "budget":
            others = [one for one in payments(paid.request, funds, site, own) if one.allocation != paid.allocation]
            said = replace(said, ways=ways(ways_out(paid, others, site, now), paid.request.options, site, now))
        name = paid.allocation.name if paid else options.get("allocation", "")
        chosen = payers(funds, site, form.account, name)
        return replace(page, choice=said, payers=chosen, refused=FIELDS.get(error.code, ""))
    request = paid.request
    estimate = await workbench.estimates.of(login, request, patience)
    record, asking = workbench.estimates.honesty(), workbench.estimates.asking(request)
    return replace(
        page,
        choice=choice(paid, estimate, record, free, caps, site, now, asking),
        expert=expert(request, _home(login), site),
        options=request.options,
        settled=settled and not asking,
        awaited=asking and estimate is None and record.known,
        payers=payers(funds, site, form.account, paid.allocation.name),
    )


def wish(arguments: Mapping[str, list[str]]) -> dict[str, str]:
    """The choice in a form's or a link's fields, with or without JupyterHub's `opt-`: one value each, nothing else.

    >>> wish({"opt-profile": ["slice"], "minutes": ["60", "90"], "next": ["/"]})
    {'profile': 'slice', 'minutes': '60'}
    """
    plain = {name.removeprefix("opt-"): values[0] for name, values in arguments.items() if values}
    return {name: plain[name] for name in KEYS if plain.get(name)}


def options_from_form(form: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The form's fields as untrusted options, for Spawner.options_from_form; a field left empty is not among them.

    The form's own fields beside them stay out. What else was sent, or sent twice, stays in, to be refused.

    >>> options_from_form({"profile": ["slice"], "minutes": [""], "_xsrf": ["2|f"], "partition": ["gpu"]})
    {'profile': 'slice', 'partition': 'gpu'}
    """
    sent = {key: values for key, values in form.items() if not (key in BESIDE or key.startswith(TITLE))}
    return {key: values[0] if len(values) == 1 else values for key, values in sent.items() if values != [""]}


def _payer(wished: Mapping[str, str], projects: Sequence[Project], site: Site) -> dict[str, str]:
    """The project of the wished allocation, and that allocation where it is among the person's; else neither."""
    name, account = wished.get("allocation", ""), wished.get("project", "")
    for project in projects:
        if name and account in ("", project.account):
            if any(one.name == name for one in project.payers(site)):
                return {"project": project.account, "allocation": name}
            if name == project.account.lower():
                return {"project": project.account, "allocation": ""}
    return {"allocation": ""}


def _unmet(wished: Mapping[str, str], projects: Sequence[Project], site: Site) -> tuple[str, ...]:
    """A link or a saved choice may outlive what it asks for; it is untrusted, so none of its words are repeated."""
    found = []
    if wished.get("profile") and site.profile(wished["profile"]) is None:
        found.append(_("The size that was asked for is not offered here now, so another one is chosen."))
    accounts = {"", *(project.account for project in projects)}
    names = {account.lower() for account in accounts}
    names |= {one.name for project in projects for one in project.payers(site)}
    if projects and (wished.get("project", "") not in accounts or wished.get("allocation", "") not in names):
        found.append(_("You cannot use the project or budget that was asked for, so another one is chosen."))
    return tuple(found)


def _home(login: str) -> str:
    try:
        return _known_home(login)
    except KeyError:
        return f"/home/{login}"


@lru_cache(4096)
def _known_home(login: str) -> str:
    """As the system has it: it may ask a directory server each time, and every view of the page would wait for that."""
    return pwd.getpwnam(login).pw_dir
