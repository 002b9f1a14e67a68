"""Who asks just now, and from where: of the request that the hub is answering."""

from __future__ import annotations

from collections.abc import Collection
from contextvars import ContextVar
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.handlers.base import BaseHandler
from sqlalchemy.exc import SQLAlchemyError
from tornado.httputil import HTTPServerRequest

from aif.core.site import Hub

#: The handler of this very request. What it started and goes on after it has it too; so only steps that belong to the
#: request look here.
_asking: ContextVar[Any] = ContextVar("asking", default=None)
LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Asker:
    """A person by login, a service by name, or nobody; `by` says how they came: page, token."""

    who: str = ""
    kind: str = "nobody"
    address: str = ""
    by: str = ""


@dataclass
class Remarks:
    """What the parts of one request have to add to its line."""

    code: str = ""  # why it was refused
    left: str = ""  # who signed out
    more: dict[str, str | int | bool] = field(default_factory=dict)


def remarks(handler: Any = None) -> Remarks:
    """Those of that request, or of the one that is being answered; of none, they go nowhere."""
    handler = handler or _asking.get()
    if handler is None:
        return Remarks()
    if not hasattr(handler, "_aif_remarks"):
        handler._aif_remarks = Remarks()
    found: Remarks = handler._aif_remarks
    return found


def asker() -> Asker:
    """Of the request that is being answered."""
    handler = _asking.get()
    return asker_of(handler) if handler is not None else Asker(kind="hub")


def asker_of(handler: Any) -> Asker:
    """Who sent that request."""
    aif = handler.settings["aif"]
    address = address_of(handler.request, trusted(aif.site.hub), aif.site.hub.api_host)
    user = getattr(handler, "_jupyterhub_user", None)
    try:
        name, kind = (str(user.name), "service" if user.kind == "service" else "person") if user else ("", "nobody")
    except SQLAlchemyError:  # the database is away, which is told elsewhere
        name, kind = "", "nobody"
    by = "" if not name else "token" if getattr(handler, "_token_authenticated", False) else "page"
    return Asker(name, kind, address, by)


def trusted(hub: Hub) -> frozenset[str]:
    """The proxies whose word about where a request came from is taken, besides our own.

    Where the site says that something stands in front, and ours listens on loopback alone, what stands there comes from
    loopback.
    """
    inside = urlsplit(hub.bind_url).hostname in (*LOOPBACK, "localhost")
    return frozenset((*hub.trusted_proxies, *(LOOPBACK if hub.public_url and inside else ())))


def address_of(request: HTTPServerRequest, trusted: Collection[str], hub_host: str) -> str:
    """The address that a request came from, behind our proxy.

    Our proxy runs on the hub's own host and writes down who came to it, last in ``X-Forwarded-For``. From anywhere else
    a request comes straight from a session's server, and what it says of itself is not looked at; nor is any other
    header, which a browser could have sent.
    """
    context = getattr(request.connection, "context", None)
    address = getattr(context, "address", None) or ("",)
    peer = plain(str(address[0]))
    if peer not in (*LOOPBACK, hub_host):
        return peer
    said = [plain(one.strip()) for one in request.headers.get("X-Forwarded-For", "").split(",")]
    found = peer
    for one in reversed(said):
        if not one:
            break
        found = one
        if one not in trusted:
            break
    return found


def plain(text: str) -> str:
    """An IP address in its usual form; empty for anything else.

    >>> plain("::ffff:10.0.0.7"), plain("10.0.0.7\\n"), plain("<b>")
    ('10.0.0.7', '', '')
    """
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


_prepare = BaseHandler.prepare


async def prepare(self: BaseHandler) -> None:
    """JupyterHub's own; whatever this request starts knows whose it is."""
    _asking.set(self)
    await _prepare(self)


BaseHandler.prepare = prepare
