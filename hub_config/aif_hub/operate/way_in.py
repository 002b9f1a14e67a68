"""What a new site file says of sign-in and of operators: by flags, or asked at a terminal."""

from __future__ import annotations

import argparse

from aif.core.login import PROVIDERS
from aif_hub.operate import terminal
from aif_hub.operate.site_text import Value


def add_flags(init: argparse.ArgumentParser) -> None:
    """Those of `aif init`."""
    init.add_argument("--admin", action="append", metavar="LOGIN", help="an operator's login; may be repeated")
    init.add_argument("--sign-in", metavar="KIND", help="pam (default), oidc, demo, or an authenticator class")
    init.add_argument("--logins", metavar="FILE", help="the demo's sign-in: its file of people")
    init.add_argument("--provider", metavar="NAME", help=f"oidc: {', '.join(PROVIDERS)}, or an issuer's address")
    init.add_argument("--client-id", metavar="ID", help="oidc: as the provider registered the workbench")
    init.add_argument(
        "--client-secret-file", metavar="FILE", help="oidc: with the client's secret; 0600, the hub's own"
    )
    init.add_argument(
        "--login-domain", action="append", metavar="DOMAIN", help="oidc: of name@domain, whose names are logins here"
    )
    init.add_argument("--identities-file", metavar="FILE", help="oidc: says whose login each identity is")


def operators(asked: argparse.Namespace) -> list[str]:
    """Logins; none where none were said."""
    said: list[str] = asked.admin or []
    return said or ([] if asked.yes else terminal.listed("Logins of operators, who see everybody's sessions; or none"))


def login(asked: argparse.Namespace) -> dict[str, Value]:
    """The site file's ``[login]``. What neither flag nor person says stays out, and the file's check names it."""
    kind = asked.sign_in or ("pam" if asked.yes else terminal.asked("How people sign in (pam, oidc or a class)", "pam"))
    if kind != "oidc":
        return {"kind": kind, **({"logins": asked.logins} if asked.logins else {})}

    def said(flag: str | None, question: str, default: str = "") -> str:
        return flag or ("" if asked.yes else terminal.asked(question, default))

    provider = said(asked.provider, f"Provider ({', '.join(PROVIDERS)}, or an issuer's address)")
    found: dict[str, Value] = {
        "kind": kind,
        "provider" if provider in PROVIDERS else "issuer": provider,
        "client_id": said(asked.client_id, "Client id, as the provider registered the workbench"),
        "client_secret_file": said(asked.client_secret_file, "File with the client's secret", "/etc/aif/oidc-secret"),
        "login_domains": asked.login_domain or [],
        "identities_file": asked.identities_file or "",
    }
    if provider == "surfconext" and not (asked.login_domain or asked.identities_file):
        found["login_domains"] = said(None, "Domains whose people's names are logins here, such as rug.nl").split()
    if provider == "myaccessid":
        question = "File that says whose login each identity is"
        found["identities_file"] = said(asked.identities_file, question, "/etc/aif/identities.toml")
    return {key: value for key, value in found.items() if value}
