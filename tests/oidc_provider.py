"""A small OpenID Connect provider on loopback: code flow with PKCE, a signed ID token, userinfo. People are a form."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "workbench", "a-secret-of-this-test-alone"
FORM = """<!doctype html><title>Identity provider</title><h1>Who are you?</h1>
<form method="post" action="/authorize?{query}">{buttons}<button name="person" value="">Nobody</button></form>"""


class OidcProvider:
    """Knows the claims of some people by name. Refuses whatever a careful provider refuses, and counts it."""

    def __init__(self, people: Mapping[str, Mapping[str, Any]]) -> None:
        self.people = people
        self.refusals: list[str] = []
        self.said: dict[str, Any] = {}  # what ID tokens say in place of the truth; None leaves a claim out
        self.signing_key = self._key = rsa.generate_private_key(65537, 2048)
        self._codes: dict[str, tuple[str, dict[str, str]]] = {}
        self._tokens: dict[str, str] = {}
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listens, at the same port after a stop."""
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def description(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        return {
            "issuer": self.issuer,
            **{key: f"{self.issuer}/{name}" for key, name in names.items()},
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**told, "kid": "one", "alg": "RS256", "use": "sig"}]}

    def chosen(self, person: str, query: Mapping[str, str]) -> str:
        """Where the browser goes once a person has been chosen."""
        if not person:
            answer = {"error": "access_denied", "error_description": "Nobody was there <b>at all</b>."}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = (person, dict(query))
            answer = {"code": code}
        return f"{query['redirect_uri']}?{urlencode({**answer, 'state': query['state']})}"

    def token(self, form: Mapping[str, str], authorization: str) -> dict[str, Any] | None:
        """Tokens for a code, once, for the client that can prove that it asked; None refuses."""
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        posted = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if authorization != expected and not posted:
            return self._refuse("client")
        person, asked = self._codes.pop(form.get("code", ""), ("", {}))
        if not person or form.get("redirect_uri") != asked["redirect_uri"]:
            return self._refuse("code")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked.get("code_challenge"):
            return self._refuse("verifier")
        access, now = secrets.token_urlsafe(24), int(time.time())
        self._tokens[access] = person
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": self.people[person]["sub"], "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"]} if "nonce" in asked else {}
        claims = {name: value for name, value in {**claims, **self.said}.items() if value is not None}
        signed = jwt.encode(claims, self.signing_key, algorithm="RS256", headers={"kid": "one"})
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def userinfo(self, authorization: str) -> Mapping[str, Any] | None:
        person = self._tokens.get(authorization.removeprefix("Bearer "))
        return self.people[person] if person else self._refuse("token")

    def _refuse(self, why: str) -> None:
        self.refusals.append(why)


class _Handler(BaseHTTPRequestHandler):
    provider: OidcProvider

    def do_GET(self) -> None:  # http.server's name
        url = urlsplit(self.path)
        if url.path == "/.well-known/openid-configuration":
            self._json(self.provider.description())
        elif url.path == "/keys":
            self._json(self.provider.keys())
        elif url.path == "/userinfo":
            self._json(self.provider.userinfo(self.headers.get("Authorization", "")))
        elif url.path == "/authorize" and _one(url.query).get("client_id") == CLIENT:
            buttons = "".join(f'<button name="person" value="{name}">{name}</button>' for name in self.provider.people)
            self._answer(200, "text/html", FORM.format(query=url.query.replace("&", "&amp;"), buttons=buttons))
        else:
            self._answer(404, "text/plain", "no such page")

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        form = _one(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if url.path == "/token":
            self._json(self.provider.token(form, self.headers.get("Authorization", "")))
        else:
            self.send_response(303)
            self.send_header("Location", self.provider.chosen(form.get("person", ""), _one(url.query)))
            self.end_headers()

    def _json(self, content: Any) -> None:
        said = {"error": "invalid_grant"} if content is None else content
        self._answer(400 if content is None else 200, "application/json", json.dumps(said))

    def _answer(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Silent."""


def _one(text: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(text, keep_blank_values=True).items()}
