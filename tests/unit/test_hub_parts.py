"""Small parts of the hub: call-backs, certificates, projects, free GPUs, the accounting's budget, the configuration."""

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from certipy import Certipy
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from hub_material import site, site_data
from hypothesis import given
from hypothesis import strategies as st
from traitlets.config import Config

from aif.core.errors import SiteError
from aif_hub import configure
from aif_hub.callback import Ready, ReadyHandler, replace_stock_handler
from aif_hub.certs import HUB, KeyPair, SessionAuthority, renew_for
from aif_hub.workbench import Workbench

RECORDS = Path(__file__).parent / "records"
SESSION = "0123456789abcdef" * 2
HOST = "hub.example.org"
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
some_session = st.sampled_from([SESSION, SESSION + "\n", SESSION.upper()]) | json_value
some_host = st.ip_addresses().map(str) | json_value
some_port = st.integers(0, 70000) | json_value


def parsed(body: bytes) -> Ready | ValueError:
    try:
        return Ready.parse(body)
    except (ValueError, RecursionError) as error:
        return ValueError(str(error))


@given(st.fixed_dictionaries({"session": some_session, "host": some_host, "port": some_port}))
def test_a_call_back_is_of_exactly_the_right_shape_or_a_value_error(body: dict[str, Any]) -> None:
    ready = parsed(json.dumps(body).encode())
    if isinstance(ready, Ready):
        assert (ready.session, type(ready.port), 1024 <= ready.port <= 65535) == (SESSION, int, True)
        assert body == {"session": ready.session, "host": ready.host, "port": ready.port}


@given(st.binary(max_size=200) | json_value.map(lambda value: json.dumps(value).encode()))
def test_any_other_body_is_a_value_error(body: bytes) -> None:
    assert isinstance(parsed(body), ValueError)


def test_deep_nesting_is_no_crash() -> None:
    assert isinstance(parsed(b"[" * 200_000), ValueError)


def test_our_handler_stands_in_the_place_of_batchspawners_once() -> None:
    import batchspawner.api

    stock = (r"/api/batchspawner", batchspawner.api.BatchSpawnerAPIHandler)
    handlers: list[Any] = [(r"/api/", object), stock]
    replace_stock_handler(handlers)
    replace_stock_handler(handlers)
    assert handlers == [(r"/api/", object), (r"/api/aif/v1/ready", ReadyHandler)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JupyterHub's internal certificates, as far as they concern servers."""
    folder = tmp_path_factory.mktemp("internal-ssl")
    certipy = Certipy(store_dir=str(folder))
    certipy.create_ca("notebooks-ca")
    return folder


def issued(store: Path, login: str = "demo-marieke", valid: timedelta = timedelta(days=1)) -> KeyPair:
    bundle = store / "notebooks-ca" / "notebooks-ca.crt"
    return SessionAuthority(store, bundle).issue(login, ["127.9.1.1", "127.9.1.4", "127.9.1.1"], valid, HOST)


def test_a_sessions_certificate_names_the_nodes_and_serves_both_sides(store: Path) -> None:
    pair = issued(store)
    cert = x509.load_pem_x509_certificate(pair.cert.encode())
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(address) for address in names.get_values_for_type(x509.IPAddress)} == {"127.9.1.1", "127.9.1.4"}
    assert names.get_values_for_type(x509.DNSName) == [HOST, "localhost"]
    usage = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usage) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    put_back = datetime.now(UTC) - timedelta(hours=20)  # a hub whose clock was wrong may find it so
    assert cert.not_valid_before_utc < put_back < datetime.now(UTC) < cert.not_valid_after_utc
    key = load_pem_private_key(pair.key.encode(), None)
    assert key.public_key() == cert.public_key()


def test_both_sides_of_a_connection_accept_the_chain(store: Path, tmp_path: Path) -> None:
    pair = issued(store)
    for name, text in (("key", pair.key), ("cert", pair.cert), ("ca", pair.trusted)):
        (tmp_path / name).write_text(text)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca"))
    client = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(tmp_path / "ca"))
    for context in (server, client):
        context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 and later do by themselves
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        server.wrap_bio(to_server, to_client, server_side=True),
        client.wrap_bio(to_client, to_server, server_hostname="127.9.1.4"),
    ]
    shaken: set[int] = set()
    for _ in range(10):
        for number, side in enumerate(sides):
            try:
                side.do_handshake()
                shaken.add(number)
            except ssl.SSLWantReadError:
                continue
    assert shaken == {0, 1}
    assert sides[0].getpeercert() is not None


def test_the_hubs_own_is_made_anew_only_where_browsers_ask_by_another_name(store: Path) -> None:
    certipy = Certipy(store_dir=str(store))
    certipy.create_ca("hub-ca")
    certipy.create_signed_pair(HUB, "hub-ca", alt_names=["DNS:localhost", f"DNS:{HOST}"])
    renew_for(store, [HOST])
    assert (store / HUB / f"{HUB}.crt").exists()
    renew_for(store, [HOST, f"*.{HOST}"])
    assert not (store / HUB).exists()
    renew_for(store, [HOST])  # JupyterHub makes it
    certipy = Certipy(store_dir=str(store))
    certipy.create_signed_pair(HUB, "hub-ca", alt_names=[f"DNS:{HOST}", f"DNS:*.{HOST}"])
    renew_for(store, [HOST, f"*.{HOST}"])
    assert (store / HUB / f"{HUB}.crt").exists()


def test_each_session_has_a_key_of_its_own_and_no_print_shows_it(store: Path) -> None:
    first, second = issued(store), issued(store)
    assert first.key != second.key
    assert "PRIVATE" not in repr(first)


def test_a_very_long_login_still_gets_a_certificate(store: Path) -> None:
    cert = x509.load_pem_x509_certificate(issued(store, "x" * 200).cert.encode())
    assert len(cert.subject.rfc4514_string()) <= 3 + 64


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The configuration functions on a site of the test's own."""

    def with_hub(kind: str = "demo", **hub: Any) -> Config:
        made = site(hub={**site_data()["hub"], **hub}, login={"kind": kind})
        monkeypatch.setattr(configure, "workbench", lambda: Workbench(made))
        return Config()

    return with_hub


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://127.5.5.5", "http://[::1]:8000"])
def test_the_demos_sign_in_works_on_loopback(configured: Any, url: str) -> None:
    c = configured(bind_url=url)
    configure.login_settings(c)
    assert c.JupyterHub.authenticator_class == "aif_hub.demo_login.DemoAuthenticator"


@pytest.mark.parametrize(
    "url", ["http://0.0.0.0:8000", "http://10.0.0.1", "http://:8000", "http://hub.example.org", "http://[::]:8000", ""]
)
def test_the_demos_sign_in_refuses_to_be_reached_from_elsewhere(configured: Any, url: str) -> None:
    c = configured(bind_url=url)
    with pytest.raises(SiteError, match="works only on this machine itself"):
        configure.login_settings(c)
    assert "authenticator_class" not in c.JupyterHub


def test_another_authenticator_may_listen_anywhere(configured: Any) -> None:
    c = configured(bind_url="https://0.0.0.0", kind="oauthenticator.generic.GenericOAuthenticator")
    configure.login_settings(c)
    assert c.JupyterHub.authenticator_class == "oauthenticator.generic.GenericOAuthenticator"


def test_the_hub_leaves_the_proxy_alone_and_speaks_tls(configured: Any) -> None:
    c = configured()
    configure.site_settings(c)
    assert c.ConfigurableHTTPProxy.should_start is False
    assert c.JupyterHub.activity_resolution == configure.ACTIVITY_SECONDS
    assert c.JupyterHub.hub_bind_url == "https://127.0.0.1:8081"
    assert c.JupyterHub.trusted_alt_names == ["IP:127.0.0.1"]
    c = configured(public_url="https://hub.example.org", person_subdomains=True)
    configure.site_settings(c)
    assert c.JupyterHub.trusted_alt_names == ["IP:127.0.0.1", "DNS:hub.example.org", "DNS:*.hub.example.org"]
