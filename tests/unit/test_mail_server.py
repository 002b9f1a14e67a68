"""How the mail server is spoken to, what the site file may say of it, and what `aif check` finds."""

from __future__ import annotations

import asyncio
import ssl
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_material as material
import pytest
from fakehub import make_certificates
from smtp_sink import SENDER, SmtpSink, mail, served

from aif.core.errors import SiteError
from aif_hub.operate.checks import mail as checks
from aif_hub.warnings.send import NotSent, send


def letter() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = SENDER, "ann@rug.nl", "A test"
    made.set_content("é\n.\n..\n")
    return made


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@pytest.fixture
def context(certificates: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    return made


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_name_and_password_go_over_tls_alone(security: str, context: ssl.SSLContext, certificates: Path) -> None:
    async with SmtpSink(tls=context, at_once=security == "tls", password=("hub", "secret")) as sink:
        (password := certificates / "password").write_text("secret\n")
        settings = {"security": security, "ca_file": str(certificates / "ca.pem")}
        settings |= {"user": "hub", "password_file": str(password)}
        site = material.site(mail=mail(sink.port, **settings))
        await asyncio.to_thread(send, letter(), site.mail, "secret")
        assert sink.letters[0].get_content().splitlines() == ["é", ".", ".."]
        assert ("AUTH", True) in sink.commands
        assert {secured for command, secured in sink.commands if command in ("AUTH", "MAIL", "DATA")} == {True}
        with pytest.raises(NotSent, match="535") as refusal:
            await asyncio.to_thread(send, letter(), site.mail, "wrong")
        assert not refusal.value.for_good


async def test_a_server_whose_certificate_is_not_trusted_gets_nothing(context: ssl.SSLContext) -> None:
    for at_once, security in ((False, "starttls"), (True, "tls")):
        async with SmtpSink(tls=context, at_once=at_once) as sink:
            site = material.site(mail=mail(sink.port, security=security))
            with pytest.raises(NotSent, match=r"(?i)certificate"):
                await asyncio.to_thread(send, letter(), site.mail, "")
            assert not {"MAIL", "DATA"} & {command for command, _ in sink.commands}


async def test_where_starttls_is_asked_for_a_server_without_it_gets_nothing() -> None:
    async with SmtpSink() as sink:
        with pytest.raises(NotSent, match="STARTTLS"):
            await asyncio.to_thread(send, letter(), material.site(mail=mail(sink.port, security="starttls")).mail, "")
        assert {command for command, _ in sink.commands} == {"EHLO"}


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"host": ""}, "mail.host"),
        ({"security": "ssl"}, "mail.security"),
        ({"sender": "workbench"}, "mail.sender"),
        ({"sender": "a@b.nl\nBcc: c@d.nl"}, "mail.sender"),
        ({"domain": "@rug.nl"}, "mail.domain"),
        ({"user": "hub"}, "mail.password_file"),
        ({"user": "hub", "password_file": "/x"}, "mail.security"),
        ({"port": 70000}, "mail.port"),
        ({"ca_file": "/x"}, "mail.ca_file"),
        ({"pasword": "x"}, "mail.pasword"),
    ],
    ids=str,
)
def test_each_mistake_of_the_site_file_is_named(changed: dict[str, Any], key: str) -> None:
    with pytest.raises(SiteError) as refusal:
        material.site(mail=mail(25, **changed))
    assert refusal.value.key == key


@pytest.mark.parametrize(("security", "port"), [("none", 25), ("starttls", 587), ("tls", 465)])
def test_the_port_is_the_usual_one(security: str, port: int) -> None:
    assert material.site(mail=mail(0, security=security)).mail.port == port


def found(**changed: Any) -> list[str]:
    """What `aif check` says of a site with this [mail]."""
    sight: Any = SimpleNamespace(site=material.site(**({"mail": changed} if changed else {})))
    return [f"{one.level.value}: {one.what}" for one in checks.look(sight)]


def test_aif_check_asks_the_mail_server_and_sends_nothing(tmp_path: Path) -> None:
    assert found() == ["ok: No mail is sent: the site file names no mail server."]
    with served() as sink:
        assert found(**mail(sink.port)) == [f"ok: 127.0.0.1, port {sink.port} answers."]
        assert [command for command, _ in sink.commands] == ["EHLO", "QUIT"]
        (told,) = found(**mail(sink.port, security="starttls"))
        assert told.startswith("wrong: ")
        assert "STARTTLS" in told
        assert found(**mail(sink.port, domain=""))[1].startswith("warning: Only people whose identity")
    (gone,) = found(**mail(sink.port))
    assert "refused" in gone
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "password").chmod(0o644)
    settings = {"security": "tls", "user": "hub", "password_file": f"{tmp_path}/password"}
    (open_to_all,) = found(**mail(sink.port, **settings))
    assert "chmod 0600" in open_to_all
