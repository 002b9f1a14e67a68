"""Sends one mail through the site's mail server. Blocking: call it in a thread."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from aif.core.mail import Mail

#: A server that takes longer than this, for any one step, is away.
SECONDS = 20.0


class NotSent(Exception):
    """The mail did not go; the message is why. `for_good`: trying again would give the same answer."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        self.for_good = for_good
        super().__init__(why)


def send(letter: EmailMessage, mail: Mail, password: str) -> None:
    """Raises NotSent. Without the protection that the site asks for nothing is sent, the password least of all."""
    with _server(mail, password) as server:
        server.send_message(letter)


def greet(mail: Mail, password: str) -> None:
    """Returns if the server would take mail now. Raises NotSent."""
    with _server(mail, password):
        pass


@contextmanager
def _server(mail: Mail, password: str) -> Iterator[smtplib.SMTP]:
    """The server, ready to take mail; whatever goes wrong is NotSent."""
    try:
        with _connection(mail) as server:
            server.ehlo_or_helo_if_needed()
            if mail.user:
                server.login(mail.user, password)
            yield server
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise NotSent(f"{code} {_text(said)}", for_good=500 <= code < 600) from error
    except smtplib.SMTPResponseException as error:
        # a wrong password may be put right meanwhile; a mail that is refused as such will be so again
        refused = isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused) and error.smtp_code >= 500
        raise NotSent(f"{error.smtp_code} {_text(error.smtp_error)}", for_good=refused) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(str(error) or type(error).__name__) from error


def _connection(mail: Mail) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=SECONDS, context=_context(mail))
    server = smtplib.SMTP(mail.host, mail.port, timeout=SECONDS)
    if mail.security == "starttls":
        try:
            server.starttls(context=_context(mail))
        except BaseException:
            server.close()
            raise
    return server


def _context(mail: Mail) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=mail.ca_file or None)


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]
