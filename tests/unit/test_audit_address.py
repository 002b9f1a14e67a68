"""From where a request came, as the audit log writes it: what our own proxy wrote down, and no browser."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from audit_material import came
from hub_material import site

from aif.core.site import Site
from aif_hub.audit.asker import address_of, trusted


def seen(request: Any, **keys: Any) -> str:
    made: Site = site(hub={**vars(HUB), **keys})
    return address_of(request, trusted(made.hub), made.hub.api_host)


HUB = SimpleNamespace(bind_url="http://127.0.0.1:8000", api_port=8081, api_host="10.1.0.1", proxy_api_port=8001)


@pytest.mark.parametrize(
    ("request_", "address"),
    [
        (came("127.0.0.1", "10.0.0.7"), "10.0.0.7"),
        (came("10.1.0.1", "::ffff:10.0.0.7"), "10.0.0.7"),
        (came("127.0.0.1"), "127.0.0.1"),
        (came("127.0.0.1", "6.6.6.6, 10.0.0.7"), "10.0.0.7"),  # what a browser says of itself comes first
        (came("127.0.0.1", "10.0.0.7", **{"X-Real-Ip": "6.6.6.6"}), "10.0.0.7"),
        (came("10.1.0.9", "6.6.6.6"), "10.1.0.9"),  # a session's server that comes straight to the hub
        (came("127.0.0.1", "<script>"), "127.0.0.1"),
        (came("127.0.0.1", "10.0.0.7, "), "127.0.0.1"),
    ],
)
def test_the_address_is_what_our_own_proxy_wrote_down(request_: Any, address: str) -> None:
    assert seen(request_) == address


def test_a_proxy_in_front_is_looked_behind_only_where_the_site_names_it() -> None:
    two = came("127.0.0.1", "6.6.6.6, 10.0.0.7, 10.0.0.5")
    assert seen(two) == "10.0.0.5"
    assert seen(two, trusted_proxies=["10.0.0.5"]) == "10.0.0.7"
    here = came("127.0.0.1", "6.6.6.6, 10.0.0.7, 127.0.0.1")
    assert seen(here) == "127.0.0.1"
    assert seen(here, public_url="https://hub.example.org") == "10.0.0.7"
    assert seen(here, public_url="https://hub.example.org", bind_url="http://0.0.0.0:8000") == "127.0.0.1"
    six = came("::1", "6.6.6.6, 10.0.0.7, ::1")
    assert seen(six, public_url="https://hub.example.org", bind_url="http://[::1]:8000") == "10.0.0.7"
