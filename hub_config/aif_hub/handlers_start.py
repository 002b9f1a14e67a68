"""The start page's address: a link fills its form and never starts anything, and its script asks what to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from jupyterhub import handlers
from jupyterhub.handlers import pages as stock
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.slugs import is_valid_display_name, safe_slug
from tornado import web

from aif_hub.choices import MOST, plain_title
from aif_hub.pages import running
from aif_hub.paths import paths_of
from aif_hub.refusal import refusal
from aif_hub.speech import _, ngettext
from aif_hub.start_page import SESSION_NAME, wish


class StartHandler(stock.SpawnHandler):
    """JupyterHub's own, but what stands in the address is only filled in: starting takes the person's click."""

    async def prepare(self) -> None:
        """400 for what is no text: nobody who fills in the form sends such bytes."""
        await super().prepare()
        for values in self.request.arguments.values():
            for value in values:
                try:
                    value.decode()
                except UnicodeDecodeError:
                    words = _("What was sent is not text in UTF-8. Open this page anew, and fill in the form there.")
                    raise refusal(words, "body") from None

    def _get_user_options(self, query_options: Mapping[str, list[str]]) -> dict[str, Any]:
        """JupyterHub starts at once with what this returns (6.1), so it returns nothing."""
        self._remember(query_options)
        return {}

    async def _get(self, user_name: str, server_name: str, display_name: str) -> None:
        """JupyterHub's own, after the terms of use."""
        filled = wish(_texts(self.request.query_arguments))
        if user_name == self.current_user.name:
            await self._let_go(server_name or "")
        if user_name != self.current_user.name or not self._terms_first(server_name, filled):
            await super()._get(user_name=user_name, server_name=server_name, display_name=display_name)

    @web.authenticated
    async def post(self, user_name: str | None = None, server_name: str = "", display_name: str = "") -> None:
        """Starts, under the name that the form gives a session beside others; or keeps or changes a saved choice."""
        fields = _texts(self.request.body_arguments)
        self._remember(fields, server_name or "")
        do, own = fields.pop("do", [""])[0], user_name in (None, self.current_user.name)
        called = plain_title(fields.get(SESSION_NAME, [""])[0]) if server_name else ""
        if do and own:
            await self._save(do, fields, server_name or "")
            return
        if own and self._terms_first(server_name or "", wish(fields)):
            return
        name, title = server_name or "", display_name or server_name or ""
        if called and own:
            name, title = self._named(called)
            if name in self.current_user.spawners and self.current_user.spawners[name].active:
                words = _("Your session “{name}” is not over yet. Give this one another name.").format(name=called)
                await self._say_no(words, SESSION_NAME, fields, server_name)
                return
        if own:
            await self._let_go(name)
        await self._post(user_name=user_name or self.current_user.name, server_name=name, display_name=title)

    async def _let_go(self, server: str) -> None:
        """Of a server that ended, which JupyterHub would lead to as long as it holds it."""
        spawner = self.current_user.spawners.get(server)
        if spawner is not None and spawner.ready:
            await spawner.poll_and_notify()

    async def _save(self, do: str, fields: Mapping[str, list[str]], server: str) -> None:
        choices, login = running(self.current_user).choices, self.current_user.name
        wanted = wish(fields) or wish(_texts(self.request.query_arguments))
        if do == "save":
            problem = choices.save(login, fields.get("title", [""])[0], wanted)
            if problem:
                await self._say_no(_(problem).format(most=MOST), "title", fields, server)
                return
        else:
            titles = {name.removeprefix("title-"): at[0] for name, at in fields.items() if name.startswith("title-")}
            choices.change(login, titles, fields.get("gone", []))
        self.redirect(self._filled_with(wanted), status=303)

    def _terms_first(self, server: str, wanted: dict[str, str]) -> bool:
        """Whether it led to the terms of use, and from there to this page with `wanted`; never from an open session."""
        user = self.current_user
        workbench = running(user)
        if not workbench.terms.missing(user.name) or workbench.sessions.book.open_of(user.name, server) is not None:
            return False
        paths = paths_of(user, self.hub.base_url, self.base_url)
        self.redirect(paths.terms(self._filled_with(wanted)), status=303)
        return True

    def _filled_with(self, wanted: dict[str, str]) -> str:
        """This page with `wanted` in its form, and what is to be opened afterwards."""
        after = self.get_query_argument("next", "")
        query = urlencode(wanted | ({"next": after} if after else {}))
        return f"{self.request.path}{'?' if query else ''}{query}"

    def _named(self, called: str) -> tuple[str, str]:
        """The server and its title for what a person calls a session; two titles never share a server."""
        name = safe_slug(called, avoid_collisions=False)
        title = called if is_valid_display_name(called) else name
        other = self.current_user.orm_spawners.get(name)
        return (safe_slug(called) if other is not None and other.display_name != title else name), title

    async def _check_named_server_request(
        self, user: Any, server_name: str, display_name: str, check_limit: bool = True
    ) -> None:
        """JupyterHub's own limit, of sessions that there are: names of ended ones make room for new ones."""
        most = await self.get_current_user_named_server_limit()
        if check_limit and most > 0 and server_name not in user.orm_spawners:
            await self._forget_ended(user)
            if sum(bool(name) for name in user.orm_spawners) >= most:
                words = ngettext(
                    "You can have {most} session beside your first, and you do. Stop one on your home page first.",
                    "You can have {most} sessions beside your first, and you do. Stop one on your home page first.",
                    most,
                )
                raise refusal(words.format(most=most), "sessions")
        await super()._check_named_server_request(user, server_name, display_name, check_limit)

    async def _forget_ended(self, user: Any) -> None:
        book = running(user).sessions.book
        for name, row in list(user.orm_spawners.items()):
            if name and not user.spawners[name].active and book.open_of(user.name, name) is None:
                await user._delete_spawner(user.spawners[name])
                self.db.delete(row)
                user.spawners.pop(name, None)
        self.db.commit()

    def _remember(self, fields: Mapping[str, list[str]], server: str = "", refused: str = "") -> None:
        sent = self.request.method == "POST" or "do" in fields
        after = self.get_query_argument("next", "")
        self.settings["template_vars"]["aif"].remember(fields, server, refused, after, sent)

    async def _say_no(self, message: str, field: str, fields: Mapping[str, list[str]], server: str) -> None:
        """The form again, as it was filled, with `message` above it and said of its `field`."""
        self._remember(fields, server, refused=field)
        self.set_status(400)
        user = self.current_user
        self.finish(await self._render_form(user, await user.spawner.get_options_form(), message))


class EstimateHandler(BaseHandler):
    """``/hub/aif/estimate?profile=&minutes=&project=&next=``: the sentences for one choice, ready made."""

    @web.authenticated
    async def get(self) -> None:
        """JSON with the page's parts; nothing of it is kept by the browser."""
        wished = wish(_texts(self.request.query_arguments))
        self.set_header("Cache-Control", "no-store")
        aif, after = self.settings["template_vars"]["aif"], self.get_query_argument("next", "")
        self.write(await aif.said_of(self.current_user, wished, self.hub.base_url, after))


def _texts(arguments: Mapping[str, list[bytes]]) -> dict[str, list[str]]:
    return {name: [value.decode("utf-8", "replace") for value in values] for name, values in arguments.items()}


handlers.default_handlers[:] = [
    (entry[0], StartHandler, *entry[2:]) if entry[1] is stock.SpawnHandler else entry
    for entry in handlers.default_handlers
]
OURS = [(r"/aif/estimate", EstimateHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
