"""Over REST nobody is refused with `null`: a refusal that JupyterHub raises without words gets some."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jupyterhub.apihandlers import APIHandler
from tornado import web

import aif_hub.configure
from aif_hub import rest_words
from aif_hub.turns import _refused


class Answer:
    """What a handler has written of an error, as a program reads it."""

    def __init__(self, error: Any) -> None:
        self.headers: dict[str, str] = {}
        self.data: dict[str, Any] = {}
        APIHandler.write_error(self, error.status_code, exc_info=(type(error), error, None))

    def set_header(self, name: str, value: str) -> None:
        self.headers[name] = value

    def clear_header(self, name: str) -> None:
        self.headers.pop(name, None)

    def write(self, text: str) -> None:
        self.data = json.loads(text)


def test_it_is_in_the_hub_that_is_configured() -> None:
    assert aif_hub.configure.rest_words is rest_words
    assert APIHandler.write_error is rest_words.write_error


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 422])
def test_a_refusal_without_words_gets_some(status: int) -> None:
    told = Answer(web.HTTPError(status)).data
    assert told["status"] == status
    assert len(told["message"].split()) > 5


@pytest.mark.parametrize(
    "error",
    [
        web.HTTPError(404, "No such user: %s", "100%"),
        web.HTTPError(404, reason="No such user: 100%"),
        _refused(404, "No such user: 100%", {}),
    ],
    ids=["JupyterHub's", "a reason", "ours"],
)
def test_one_with_words_keeps_them(error: web.HTTPError) -> None:
    assert Answer(error).data == {"status": 404, "message": "No such user: 100%"}


def test_a_fault_is_no_refusal() -> None:
    assert Answer(web.HTTPError(500)).data == {"status": 500, "message": None}
