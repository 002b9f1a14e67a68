"""The pages: what templates ask for as ``aif``, and the start form. Reads the book and the last look, never Slurm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, select_autoescape

from aif.core.site import Site
from aif_hub import diagnosis, permissions, sheets, words
from aif_hub.home_page import home_page
from aif_hub.language import Switch, switches
from aif_hub.looks import look_at
from aif_hub.other_sizes import other_sizes
from aif_hub.paths import paths_of
from aif_hub.people import Person
from aif_hub.recorded import as_recorded
from aif_hub.shares import share
from aif_hub.shell import Shell
from aif_hub.speech import Speech, speaking
from aif_hub.start_page import GLANCE_SECONDS, PATIENCE_SECONDS, SESSION_NAME, options_from_form, start_page, wish
from aif_hub.views import Home, Look, Past, past
from aif_hub.views_token import TokenLength, token_lengths
from aif_hub.views_version import version
from aif_hub.views_waiting import Waiting, waiting, waits_long
from aif_hub.warnings.page import Row, shown
from aif_hub.workbench import Workbench


@dataclass(frozen=True)
class Asked:
    """What the start form of one request was filled with, so that a refusal comes back with the choices kept."""

    wished: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    title: str = ""  # for a choice to save
    server: str = ""
    refused: str = ""  # the field that was refused
    after: str = ""  # what is to be opened once it runs
    sent: bool = False  # by the form itself, and not by a link

    @property
    def onward(self) -> str:
        """The end of a link to this page with another choice: what is to be opened afterwards stays."""
        return f"&{urlencode({'next': self.after})}" if self.after else ""


#: Of this very request: each is a task of its own, so nobody sees another's.
_asked: ContextVar[Asked] = ContextVar("asked", default=Asked())  # noqa: B039  # frozen


class Pages:
    """Given to every template as ``aif``.

    Only the site's facts and people's names come from the workbench given here. All that changes is read from the
    running hub's own (its tornado settings): JupyterHub deep-copies what a configuration names.
    """

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._people = workbench.people
        self._forms = Environment(
            loader=FileSystemLoader(share("templates")),
            autoescape=select_autoescape(default=True),
            extensions=[Speech],
            auto_reload=False,
        )

    @property
    def site(self) -> Site:
        """The site's facts in the language of this request."""
        return self._workbench.spoken_site

    @property
    def demo(self) -> bool:
        """Whether people sign in with the demo's logins."""
        return self.site.login.kind == "demo"

    def static(self, name: str) -> str:
        """A file of ours below the hub's address, with the hash of its content: it may be kept for ever."""
        return sheets.address(name)

    @property
    def language(self) -> str:
        """The language of this request, as the ``lang`` of a page."""
        return speaking()

    @property
    def switches(self) -> tuple[Switch, ...]:
        """Links to this very page in the other languages."""
        return switches()

    def patterns(self) -> dict[str, str]:
        """How lengths and clock times are said in the language of this request, for the page's script."""
        return words.patterns()

    def sheets(self, *names: str) -> str:
        """Style sheets of ours as one file, in that order: a page asks for few things. Kept as `static` is."""
        return sheets.joined_address(names, "css")

    def scripts(self, *names: str) -> str:
        """The same of our scripts."""
        return sheets.joined_address(names, "js")

    @property
    def docs(self) -> str:
        """Where the documentation is in this request's language, below the hub's address; empty where there is none."""
        folder = self.site.docs_dir
        if not folder or not Path(folder, "index.html").exists():
            return ""
        return f"aif/docs/{speaking()}/" if Path(folder, speaking(), "index.html").exists() else "aif/docs/"

    def person(self, login: str) -> Person:
        """The name and role behind a login."""
        return self._people.of(login)

    def refused(self, status: int, message: str = "") -> tuple[str, words.Said]:
        """The headline and the sentences for an HTTP status."""
        return words.refused(status, message)

    def diagnosis(self, asked: str, user: Any, **told: object) -> str:
        """Of a page that says no, to copy; `asked` and `user` are as the template has them."""
        choice = " ".join(f"{name}={value}" for name, value in _asked.get().wished.items())
        return diagnosis.of_page(asked, user.name if user else "", now(), **told, choice=choice)

    def login_error(self, message: str) -> str:
        """Why somebody could not sign in."""
        return words.login_error(message)

    def date(self, moment: datetime) -> str:
        """A day that JupyterHub's database has: its times are UTC without saying so."""
        return words.date(moment.replace(tzinfo=moment.tzinfo or UTC))

    def token_lengths(self, most_seconds: int) -> list[TokenLength]:
        """How long a new token may work."""
        return token_lengths(most_seconds)

    def permissions(self, scopes: Iterable[str]) -> list[str]:
        """What scopes allow, in plain words."""
        return permissions.permissions(scopes)

    def permissions_described(self, scopes: Iterable[Mapping[str, str | None]]) -> list[str]:
        """The same, of JupyterHub's descriptions."""
        return permissions.described(scopes)

    def plain(self, message: str) -> str:
        """An error's own words."""
        return words.plain(message)

    async def home(self, user: Any, hub: str, prefix: str) -> Home:
        """The home page of `user` (JupyterHub's)."""
        workbench = running(user)
        paths = paths_of(user, hub, prefix)
        return await home_page(
            workbench, self.site, user.name, lambda session: look_at(workbench, session), paths, now()
        )

    def told(self, user: Any, hub: str, prefix: str) -> list[Row]:
        """What the hub tells `user` of its own accord."""
        running(user).correspondents.tell(user.name, language=speaking())
        return shown(running(user), user.name, paths_of(user, hub, prefix))

    def events(self, user: Any, hub: str, xsrf: str) -> str:
        """Where the page that is being made hears that `user` has something new to see."""
        asked = {"of": user.name, "seen": version_of(running(user), user), "_xsrf": xsrf}
        return f"{hub}aif/events?{urlencode(asked)}"

    async def waiting(self, user: Any, server_name: str) -> Waiting | None:
        """The waiting page of that server; None when the book has no open session for it."""
        workbench = running(user)
        session = workbench.sessions.book.open_of(user.name, server_name)
        if session is None:
            return None
        look = look_at(workbench, session)
        if look.ahead is None:
            await workbench.lines[session.cluster].looked()
            look = look_at(workbench, session)
        told, record = workbench.estimates.told_later(session), workbench.estimates.honesty().later
        page = waiting(session, look, now(), self.site, told, record)
        if not (page.slow or page.stuck):
            return page
        return replace(page, others=await other_sizes(workbench, session, self.site, now()))

    def ending(self, user: Any, server_name: str) -> words.Said:
        """What Slurm does about the stop of that server."""
        workbench = running(user)
        session = workbench.sessions.book.open_of(user.name, server_name)
        return words.ending((look_at(workbench, session) if session else Look()).stop)

    def last(self, user: Any, server_name: str, hub: str, prefix: str) -> Past | None:
        """The last session of that server, if it has ended."""
        for session in as_recorded(running(user), running(user).sessions.book.of(user.name)):
            if session.server_name == server_name:
                paths = paths_of(user, hub, prefix)
                return None if session.open else past(session, now(), self.site, paths)
        return None

    async def options_form(self, spawner: Any) -> str:
        """The start form as HTML, for Spawner.options_form: as this request asks, else like the last session."""
        workbench, login = running(spawner.user), spawner.user.name
        asked = _asked.get()
        patience = PATIENCE_SECONDS if asked.sent else GLANCE_SECONDS  # without a script, its button asks for it
        page = await start_page(workbench, self.site, login, asked.wished or None, now(), patience)
        template = self._forms.get_template("start_form.html")
        return template.render(
            form=page.form,
            page=page,
            site=self.site,
            trouble=workbench.projects.trouble,
            for_contact=diagnosis.of_page("start form", login, now(), projects="none", said=workbench.projects.trouble),
            hub=spawner.hub.base_url,
            server=asked.server or spawner.name,
            asked=asked,
            onward=asked.onward,
            refused=asked.refused or page.refused,
        )

    async def said_of(self, user: Any, wished: Mapping[str, str], hub: str, after: str = "") -> dict[str, Any]:
        """The parts of the start form that follow the choice, for its script; `after` is as the page's own."""
        page = await start_page(running(user), self.site, user.name, wished, now())
        return page.told(self._forms, hub, Asked(after=after).onward)

    def remember(
        self,
        fields: Mapping[str, list[str]],
        server: str = "",
        refused: str = "",
        after: str = "",
        sent: bool = False,
    ) -> None:
        """The form of this very request, for `server`, comes filled with `fields`; the rest is as in `Asked`."""
        name, title = (fields.get(one, [""])[0] for one in (SESSION_NAME, "title"))
        _asked.set(Asked(wish(fields), name, title, server, refused, after, sent))

    def __deepcopy__(self, memo: dict[int, Any]) -> Pages:
        """Itself: traitlets copies configuration values, and there is nothing in here that changes."""
        return self


def page_settings(c: Any) -> None:
    """Our templates over JupyterHub's, the start form, and the handlers of `aif_hub.handlers`."""
    import aif_hub.filling  # they register themselves, as the next ones
    import aif_hub.handlers_clusters
    import aif_hub.handlers_own_data
    import aif_hub.handlers_tutorials
    import aif_hub.project_pages
    import aif_hub.terms_page
    import aif_hub.tutorial_pages  # noqa: F401  # puts its addresses into the hub
    from aif_hub import events, handlers, handlers_jobs, handlers_sessions, handlers_start, notices, receipts, switching  # noqa: F401
    from aif_hub.configure import workbench
    from aif_hub.ledger import api, api_usage  # noqa: F401  # likewise
    from aif_hub.warnings import api as warnings_api  # noqa: F401  # likewise
    from aif_hub.warnings import forms  # noqa: F401  # likewise

    pages = Pages(workbench())
    c.JupyterHub.template_paths = [str(share("templates"))]
    c.JupyterHub.template_vars = {"aif": pages}
    # what a running hub has read of its templates stays: else each part of each page is looked for on the disk again
    c.JupyterHub.jinja_environment_options = {"extensions": [Speech, Shell], "auto_reload": False}
    c.JupyterHub.redirect_to_server = False  # people arrive on Home, which says what runs
    c.Spawner.options_form = pages.options_form
    c.Spawner.options_from_form = options_from_form


def running(user: Any) -> Workbench:
    """The workbench of the hub that `user` is signed in to."""
    workbench: Workbench = user.settings["aif"]
    workbench.attach(user.settings)
    return workbench


def version_of(workbench: Workbench, user: Any) -> str:
    """What `user` (JupyterHub's) sees now."""
    sessions = workbench.sessions.book.open_sessions()
    own = [(session, look_at(workbench, session)) for session in sessions if session.login == user.name]
    servers = [(name, bool(one.ready), one.pending or "") for name, one in user.spawners.items()]
    slow = [session.session for session, _look in own if waits_long(session, now(), workbench.site)]
    told = [event.id for event in workbench.watch.record.shown(user.name)]
    seen = (one for session, _look in own for one in workbench.workers[session.cluster].clusters_of(session))
    return version(own, servers, slow, told, [(one.name, one.here, one.waiting, one.stopping) for one in seen])


def now() -> datetime:
    """The time in the hub's own zone."""
    return datetime.now().astimezone()
