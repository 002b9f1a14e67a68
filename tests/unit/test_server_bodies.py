"""Bodies of the REST API of servers: options untouched, to be checked like a form's, or a refusal in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hub_material import site
from traitlets.config import Config

from aif.core.errors import RequestError
from aif_hub.handlers_servers import changing, making, removing
from aif_hub.sign_in.pam import PamAuthenticator
from aif_hub.sign_in.settings import set_login
from aif_hub.start_page import options_from_form

OPTIONS = {"profile": "cpu", "minutes": 60}


@pytest.mark.parametrize("body", [b"", b" ", b"null", b"{}"])
def test_nothing_sent_is_no_options(body: bytes) -> None:
    assert making(body) == {}
    assert removing(body) == {}


def test_options_come_alone_or_beside_a_title() -> None:
    assert making(json.dumps(OPTIONS).encode()) == OPTIONS
    assert making(json.dumps({"user_options": OPTIONS, "display_name": "Morning run"}).encode()) == OPTIONS
    assert making(b'{"display_name": "Nacht-werk", "user_options": null}') == {}
    assert changing(json.dumps({"name": "evening", "user_options": OPTIONS}).encode()) == OPTIONS
    assert removing(b'{"remove": true}') == {}


@pytest.mark.parametrize("body", [b"[]", b"7", b'"x"', b"true", b"{", b"\xff", b"[" * 100_000, b"{} {}"])
@pytest.mark.parametrize("read", [making, changing, removing])
def test_what_is_no_object_is_refused(read: Any, body: bytes) -> None:
    with pytest.raises(RequestError, match="not a JSON object"):
        read(body)


def _told(value: Any) -> str:
    """The same in every process, which a function's place in memory is not."""
    return str(getattr(value, "__name__", value))


@pytest.mark.parametrize(
    ("read", "sent"),
    [
        (making, {"user_options": OPTIONS, "cmd": "id"}),
        (making, {"user_options": [1]}),
        (making, {"display_name": "a\nb"}),
        (making, {"display_name": "x" * 256}),
        (making, {"display_name": 7}),
        (changing, {}),
        (changing, {"cmd": "id"}),
        (changing, {"name": ["x"]}),
        (changing, {"user_options": "x"}),
        (removing, {"remove": "yes"}),
        (removing, {"cmd": "id"}),
    ],
    ids=_told,
)
def test_what_no_such_body_has_is_refused_with_what_it_may_have(read: Any, sent: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as refused:
        read(json.dumps(sent).encode())
    assert refused.value.allowed
    assert refused.value.todo
    assert str(refused.value).isprintable()


def test_a_forms_own_fields_are_no_options_and_anything_else_is_there_to_be_refused() -> None:
    own = {"_xsrf": ["2|f"], "session_name": ["x"], "do": ["save"], "title": ["t"], "title-a1": ["t"], "gone": ["a1"]}
    assert options_from_form({**own, "profile": ["cpu"], "minutes": [""]}) == {"profile": "cpu"}
    assert options_from_form({"partition": ["gpu"]}) == {"partition": "gpu"}
    assert options_from_form({"profile": ["cpu", "gpu"]}) == {"profile": ["cpu", "gpu"]}


def test_a_letter_that_only_looks_like_another_is_not_made_that_other() -> None:
    made = Config()
    set_login(made, site(login={"kind": "pam"}))
    sign_in = PamAuthenticator(config=made)
    assert sign_in.normalize_username("Marieke") == "marieke"
    kelvin = "marie\u212ae"
    assert kelvin.lower() == "marieke"
    assert not sign_in.validate_username(sign_in.normalize_username(kelvin))
    assert sign_in.validate_username("m.de-vries_2@rug.nl")
