"""A hub that browsers ask for by a name, as every site's is: its pages and people's servers answer by it."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from own_hub import OwnHub

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(180)]

NAME = "hub.example.org"


class NamedHub(OwnHub):
    place = "named-hub"

    def site(self, values: Mapping[str, Any]) -> str:
        return super().site(values).replace("[hub]\n", f'[hub]\npublic_url = "http://{NAME}"\n')

    def asked_by_name(self, path: str, token: str) -> int:
        headers = {"Host": NAME, "Authorization": f"token {token}"}
        request = urllib.request.Request(f"{self.url}{path}", headers=headers)  # noqa: S310 - our own http URL
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture
def hub(instance: dict[str, Any]) -> Iterator[NamedHub]:
    made = NamedHub(instance)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_pages_and_servers_answer_by_the_name(hub: NamedHub) -> None:
    login = hub.login("class23")
    assert hub.asked_by_name("/hub/api/", hub.token(login)) == 200
    hub.use_standin(login)
    hub.ask_for(login)
    hub.await_ready(login)
    assert hub.asked_by_name(f"/user/{login}/api", hub.token(login)) == 200
    hub.ask_to_stop(login)
    hub.await_ended(login)
