"""The mail server that the site file names: reached, protected as asked, and ready to take mail from the hub."""

from __future__ import annotations

from aif.core.errors import SiteError
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, warning, wrong
from aif_hub.sign_in.settings import secret
from aif_hub.warnings.send import NotSent, greet

TITLE = "Mail"


def look(sight: Sight) -> list[Finding]:
    """Says hello and who it is, and sends nothing."""
    mail = sight.site.mail
    if not mail.host:
        return [ok("No mail is sent: the site file names no mail server.")]
    where = f"{mail.host}, port {mail.port}"
    try:
        greet(mail, secret(mail.password_file, "mail.password_file") if mail.password_file else "")
    except SiteError as error:
        return [wrong(str(error), "Correct it; the hub does not start without it.")]
    except NotSent as error:
        return [wrong(f"{where} does not take mail: {error}", "Correct [mail]; until then mail waits.")]
    found = [ok(f"{where} answers{'' if mail.security == 'none' else ' over TLS'}.")]
    if not mail.domain:
        whom = "Only people whose identity names an address get mail."
        found.append(warning(whom, "Set mail.domain if login@domain reaches people."))
    return found
