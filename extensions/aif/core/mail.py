"""How the hub sends mail: the site file's ``[mail]``. Without a host it sends none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aif.core.errors import SiteError

__all__ = ["SECURITY", "Mail", "is_address", "with_port"]

#: How the connection is protected, and the port that is usual for it.
SECURITY = {"none": 25, "starttls": 587, "tls": 465}
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True)
class Mail:
    """The mail server, whom mail is from, and where a login's mail goes when the person's own address is not known."""

    host: str = ""
    port: int = 0  # 0: the usual one
    security: str = "starttls"
    ca_file: str = ""  # of a server whose certificate this host does not trust already
    user: str = ""
    password_file: str = ""
    sender: str = ""
    domain: str = ""  # login@domain; empty: only people whose identity names an address get mail


def with_port(mail: Mail) -> Mail:
    """`mail` with its port. Raises SiteError."""
    if not mail.host:
        if mail != Mail():
            raise SiteError("mail.host", "is missing: name the mail server, or leave [mail] out")
        return mail
    if mail.security not in SECURITY:
        raise SiteError("mail.security", f"must be one of {', '.join(SECURITY)}, got {mail.security!r}")
    if mail.port > 65535:
        raise SiteError("mail.port", f"must be a TCP port, got {mail.port}")
    if not is_address(mail.sender):
        raise SiteError("mail.sender", f"must be the address that mail is from, got {mail.sender!r}")
    if mail.domain and not is_address(f"login@{mail.domain}"):
        raise SiteError("mail.domain", f'must be what follows the @, such as "example.org", got {mail.domain!r}')
    if bool(mail.user) != bool(mail.password_file):
        raise SiteError("mail.password_file", "and mail.user are given together or not at all")
    if mail.user and mail.security == "none":
        raise SiteError("mail.security", "is none, and a password is not sent in the clear; use starttls or tls")
    if mail.ca_file and mail.security == "none":
        raise SiteError("mail.ca_file", "means nothing where mail.security is none")
    return Mail(**{**vars(mail), "port": mail.port or SECURITY[mail.security]})


def is_address(text: str) -> bool:
    """Whether mail can be sent there; nothing else gets into a mail's head."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None
