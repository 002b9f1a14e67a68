"""One event as a mail in plain text, in the language of the request. Pure."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urljoin

from aif.core.site import Site
from aif_hub.speech import _
from aif_hub.warnings.event import Event
from aif_hub.warnings.told import Told


def letter(event: Event, told: Told, address: str, name: str, site: Site, now: datetime) -> EmailMessage:
    """The mail to `address`. The same event always has the same id, so that a second copy is recognised as one."""
    domain = site.mail.sender.partition("@")[2]
    mail = EmailMessage()
    mail["From"] = site.mail.sender
    mail["To"] = address
    mail["Subject"] = _("{site}: {title}").format(site=_line(site.name), title=_line(told.title))
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<aif-event-{event.id}-{int(event.at.timestamp())}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answer is wanted
    mail.set_content("\n\n".join(_parts(told, name, site)) + "\n")
    return mail


def _parts(told: Told, name: str, site: Site) -> list[str]:
    home = address_of_hub(site)
    actions = [action for action in told.actions if action.url and action.method == "GET"]
    pages = [f"{action.label}: {urljoin(home, action.url)}" for action in actions]
    return [
        _("Hello {name},").format(name=_line(name)),
        told.text,
        "\n".join([*pages, _("Home: {url}").format(url=f"{home}home")]),
        _("The workbench of {site} sends this by itself. Questions: {contact}").format(
            site=site.name, contact=site.contact
        ),
    ]


def address_of_hub(site: Site) -> str:
    """Where browsers find the hub's own pages; ends in /hub/."""
    return f"{(site.hub.public_url or site.hub.bind_url).rstrip('/')}{site.hub.base_url}hub/"


def _line(text: str) -> str:
    """On one line: a head ends with its line."""
    return " ".join(text.split())
