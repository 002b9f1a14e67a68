"""Everything the start page says for one person and one wish; the page and its script ask for the same."""

from __future__ import annotations

import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup

from aif.core.errors import RequestError
from aif.core.request import KEYS, JobRequest
from aif.core.site import Site
from aif_hub import notes
from aif_hub.calendar import Cap
from aif_hub.choice import Choice, choice
from aif_hub.choices import SavedChoice
from aif_hub.expert import Expert, expert
from aif_hub.free import free_everywhere
from aif_hub.views_start import StartForm, start_form
from aif_hub.workbench import Workbench

#: How long a page waits for Slurm's estimate; its script asks again for one that came too late.
PATIENCE_SECONDS = 0.2
#: The form's field for the name of a session beside another one; not an option of the job.
SESSION_NAME = "session_name"
#: The form's field that a refused request is about, by the code of the refusal.
FIELDS = {"size": "profile", "length": "minutes", "project": "project", "calendar": "minutes"}


@dataclass(frozen=True)
class StartPage:
    """The form, what is said of the choice in it, and that choice for experts and as a link."""

    form: StartForm
    choice: Choice | None
    expert: Expert | None
    options: Mapping[str, str]
    saved: list[SavedChoice]
    settled: bool  # whether asking again soon would tell nothing more
    refused: str = ""  # the field that cannot be as it is

    @property
    def query(self) -> str:
        """The choice as the query of a start link."""
        return urlencode(self.options)


async def start_page(
    workbench: Workbench, site: Site, login: str, wished: Mapping[str, str], now: datetime
) -> StartPage:
    """The start page in the words of `site`, with `wished` chosen where it fits; untrusted, so only ever compared."""
    free, as_of = await free_everywhere(workbench.free)
    caps = await _caps(workbench, now)
    projects = await workbench.projects.of(login)
    form = start_form(site, projects, free, as_of, wished, now, caps)
    options = {"profile": form.profile, "minutes": str(form.minutes), "project": form.account}
    saved = workbench.choices.of(login)
    if not projects:
        return StartPage(form, None, None, options, saved, settled=True)
    try:
        request = JobRequest.parse(options, site, projects)
        (await workbench.calendars[request.cluster].now()).check(request, now)
    except RequestError as error:
        said = Choice(Markup.escape(notes.of_error(error)))
        return StartPage(form, said, None, options, saved, settled=True, refused=FIELDS.get(error.code, ""))
    estimate = await workbench.estimates.of(login, request, PATIENCE_SECONDS)
    said = choice(request, estimate, workbench.estimates.honesty(), free, caps, site, now)
    return StartPage(
        form=form,
        choice=said,
        expert=expert(request, _home(login), site),
        options=options,
        saved=saved,
        settled=not workbench.estimates.asking(request),
    )


def wish(arguments: Mapping[str, list[str]]) -> dict[str, str]:
    """The choice in a form's or a link's fields, with or without JupyterHub's `opt-`: one value each, nothing else.

    >>> wish({"opt-profile": ["slice"], "minutes": ["60", "90"], "next": ["/"]})
    {'profile': 'slice', 'minutes': '60'}
    """
    plain = {name.removeprefix("opt-"): values[0] for name, values in arguments.items() if values}
    return {name: plain[name] for name in KEYS if plain.get(name)}


async def _caps(workbench: Workbench, now: datetime) -> dict[str, Cap]:
    calendars = {name: await calendar.now() for name, calendar in workbench.calendars.items()}
    return {
        one.name: calendars[one.cluster].cap(one.partition, one.reservation, int(one.hours_max * 60), now)
        for one in workbench.site.profiles
    }


def _home(login: str) -> str:
    try:
        return pwd.getpwnam(login).pw_dir
    except KeyError:
        return f"/home/{login}"
