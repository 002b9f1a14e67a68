"""A person's servers over JupyterHub's REST: what is sent is checked before anything of it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jupyterhub import apihandlers
from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.scopes import needs_scope
from jupyterhub.slugs import is_valid_display_name, normalise_unicode

from aif.core.errors import RequestError
from aif.core.request import JobRequest, quoted, unknown_key
from aif.core.sentence import Sentence
from aif_hub import notes
from aif_hub.admission import projects_for
from aif_hub.pages import running
from aif_hub.refusal import refusal

#: What a body may carry when a server is made or started; without either it is the options themselves.
MAKING = ("display_name", "user_options")
CHANGING = ("name", *MAKING)


class ServerHandler(UserServerAPIHandler):
    """JupyterHub's own. What cannot be taken as it is answers 400 with asked, allowed and what to do."""

    @needs_scope("start:servers")
    async def put(self, user_name: str, server_name: str = "") -> None:
        """A named server that is not started yet, with what it may be started with later."""
        await self._check(user_name, making)
        await super().put(user_name, server_name)

    @needs_scope("start:servers")
    async def post(self, user_name: str, server_name: str = "") -> None:
        """A start."""
        await self._check(user_name, making)
        await super().post(user_name, server_name)

    @needs_scope("start:servers")
    async def patch(self, user_name: str, server_name: str = "") -> None:
        """Another name, title or options of a server that does not run."""
        await self._check(user_name, changing)
        await super().patch(user_name, server_name)

    @needs_scope("delete:servers")
    async def delete(self, user_name: str, server_name: str = "") -> None:
        """A stop; ``{"remove": true}`` forgets the server too."""
        await self._check(user_name, removing)
        await super().delete(user_name, server_name)

    async def _check(self, user_name: str, asked: Any) -> None:
        user = self.find_user(user_name)
        try:
            options = asked(self.request.body)
            if options and user is not None:
                workbench = running(user)
                JobRequest.parse(options, workbench.site, await projects_for(workbench, user.name))
        except RequestError as error:
            raise refusal(notes.of_error(error), error.code) from error


def making(body: bytes) -> Mapping[str, Any]:
    """The untrusted options in the body of a start. Raises RequestError for what no such body has."""
    sent = _object(body)
    return _options(sent, MAKING) if sent.keys() & set(MAKING) else sent


def changing(body: bytes) -> Mapping[str, Any]:
    """The untrusted options in the body of a change. Raises RequestError for what no such body has."""
    sent = _object(body)
    if not sent:
        raise _no_object(CHANGING)
    if "name" in sent:
        _check_title("name", sent["name"])
    return _options(sent, CHANGING)


def removing(body: bytes) -> Mapping[str, Any]:
    """No options. Raises RequestError for a body that could not be of a stop."""
    sent = _object(body)
    for key in sent.keys() - {"remove"}:
        raise unknown_key(key, ("remove",))
    if type(sent.get("remove", False)) is not bool:
        raise _no_object(("remove",))
    return {}


def _options(sent: Mapping[str, Any], keys: tuple[str, ...]) -> Mapping[str, Any]:
    for key in sent.keys() - set(keys):
        raise unknown_key(key, keys)
    if title := sent.get("display_name", ""):
        _check_title("display_name", title)
    options = sent.get("user_options") or {}
    if not isinstance(options, dict):
        raise _no_object(("user_options",))
    return options


def _check_title(key: str, title: Any) -> None:
    if not isinstance(title, str) or not is_valid_display_name(normalise_unicode(title)):
        raise RequestError(
            Sentence("{name} cannot be the {key} of a session.", name=quoted(title), key=key),
            Sentence("A name has at most 255 letters, digits and signs, with single spaces between words."),
            Sentence("Give it another name."),
            code="name",
        )


def _object(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise _no_object(MAKING) from None
    if sent is None:
        return {}
    if not isinstance(sent, dict):
        raise _no_object(MAKING)
    return sent


def _no_object(keys: tuple[str, ...]) -> RequestError:
    return RequestError(
        Sentence("What was sent is not a JSON object of the kind that is taken here."),
        Sentence("It takes {keys}.", keys=", ".join(keys)),
        Sentence("The reference of JupyterHub's REST API says how each is written."),
        code="body",
    )


apihandlers.default_handlers[:] = [
    (entry[0], ServerHandler, *entry[2:]) if entry[1] is UserServerAPIHandler else entry
    for entry in apihandlers.default_handlers
]
