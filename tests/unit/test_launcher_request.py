"""The launcher's schema: what is not exactly right is refused, whatever it is."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from launcher_material import FILES, JOB, PATHS, SESSION, SUBMIT, odd_text, odd_value

from aif.core.names import is_name
from aif_hub.launcher.protocol import Refused, cleaned, dump_json, parse_json
from aif_hub.launcher.request import Request, job_id_from, parse_request

VERBS: list[dict[str, Any]] = [
    SUBMIT,
    {"verb": "estimate", "login": "demo-marieke", "job": JOB},
    {"verb": "cancel", "login": "demo-marieke", "job_ids": [1, 4294967295]},
    {"verb": "log", "login": "demo-marieke", "session": SESSION},
    {"verb": "clean", "login": "demo-marieke", "session": SESSION},
]
WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z")
RANGES = {
    "minutes": (1, 527040),
    "cpus": (1, 4096),
    "memory_mb": (1, 67108864),
    "gpus": (0, 64),
    "nodes": (1, 1),
}


def parsed(request: object) -> Request:
    return parse_request(json.dumps(request).encode())


def refusal(request: object) -> str:
    with pytest.raises(Refused) as caught:
        parsed(request)
    assert caught.value.code == "refused"
    return caught.value.message


def fits(path: tuple[str, ...], value: object) -> bool:
    """Whether `value` is allowed at `path` of a submit request: said a second time, in other words."""
    name = path[-1]
    if path[0] == "files":
        return (
            isinstance(value, str)
            and re.fullmatch(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+", value) is not None
        )
    if name in RANGES:
        low, high = RANGES[name]
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    if name == "verb":
        return value == "submit"
    if name == "session":
        return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{32}", value) is not None
    if name == "server":
        return isinstance(value, str) and len(value) <= 32 and WORD.match(value) is not None
    if name == "login":
        return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_@][A-Za-z0-9_.@-]{0,63}", value) is not None
    return (value is None and name in ("qos", "gpu_type", "reservation")) or (
        isinstance(value, str) and WORD.match(value) is not None
    )


@pytest.mark.slow
@given(st.sampled_from(PATHS), odd_value)
@settings(max_examples=600, deadline=None)
def test_a_value_passes_only_if_it_fits_its_field(path: tuple[str, ...], value: object) -> None:
    request: Any = copy.deepcopy(SUBMIT)
    place = request if len(path) == 1 else request[path[0]]
    place[path[-1]] = value
    if path == ("job", "gpus") and value == 0:
        request["job"]["gpu_type"] = None
    if fits(path, value):
        parsed(request)
    else:
        refusal(request)


@given(odd_text | st.from_regex(r"[\w.-]{1,66}\n?", fullmatch=True))
def test_the_hub_and_the_launcher_take_the_same_names(name: str) -> None:
    assert is_name(name) == fits(("job", "account"), name)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_bytes_that_are_no_request_are_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        parse_request(data)


@pytest.mark.parametrize("request_", VERBS, ids=lambda r: r["verb"])
def test_each_verb_takes_exactly_its_fields(request_: dict[str, Any]) -> None:
    assert parsed(request_).verb == request_["verb"]
    assert "not known" in refusal({**request_, "extra": 1})
    for name in request_:
        assert refusal({key: value for key, value in request_.items() if key != name})


@pytest.mark.parametrize("part", ["job", "files"])
def test_the_parts_of_a_submit_take_exactly_their_fields(part: str) -> None:
    fields = SUBMIT[part]
    assert isinstance(fields, dict)
    assert "not known" in refusal({**SUBMIT, part: {**fields, "script": "x"}})
    for name in fields:
        assert name in refusal({**SUBMIT, part: {key: value for key, value in fields.items() if key != name}})


@pytest.mark.parametrize(
    "text",
    [
        '{"verb":"log","verb":"clean","login":"a","session":"' + SESSION + '"}',
        '{"verb":"cancel","login":"a","job_ids":[1.0]}',
        '{"verb":"cancel","login":"a","job_ids":[1e3]}',
        '{"verb":"cancel","login":"a","job_ids":[NaN]}',
        '{"verb":"cancel","login":"a","job_ids":[true]}',
        '{"verb":"cancel","login":"a","job_ids":[' + "9" * 5000 + "]}",
        '{"verb":"cancel","login":"a","job_ids":[]}',
        '{"verb":"cancel","login":"a","job_ids":' + json.dumps([1] * 201) + "}",
        '{"verb":"cancel","login":"a","job_ids":[1]} {}',
        '[{"verb":"cancel"}]',
        "[" * 100_000,
        "",
        "null",
    ],
)
def test_json_with_a_second_meaning_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_request(text.encode())


def test_a_request_over_256_kb_is_refused() -> None:
    assert "256 kB" in refusal({**SUBMIT, "files": {**FILES, "session.json": "x" * 300_000}})


def test_a_refusal_never_repeats_what_was_sent() -> None:
    secret = "tok3n-that-must-not-show"  # noqa: S105
    assert secret not in refusal({**SUBMIT, "files": {**FILES, "session.json": secret + "\x00"}})
    assert secret not in refusal({**SUBMIT, "job": {**JOB, "account": secret + "\n"}})
    assert secret not in refusal({**SUBMIT, secret: 1})


def test_half_a_surrogate_pair_is_refused() -> None:
    text = json.dumps(SUBMIT).replace("CERT", "\\ud800")
    with pytest.raises(Refused, match="Unicode"):
        parse_request(text.encode())


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_what_is_written_is_read_back_by_anyone(value: object) -> None:
    assert json.loads(dump_json(value)) == value
    assert parse_json(dump_json({"v": value}), "it") == {"v": value}


def test_a_job_id_is_digits_and_nothing_else() -> None:
    assert job_id_from("123\n") == 123
    assert job_id_from("123;demo") == 123
    for text in ("", "0", "-1", "٣", "12a", "1 2", "99999999999", "4294967296", ";", "1_2"):
        assert job_id_from(text) is None


def test_words_for_people_are_one_line_without_colours() -> None:
    assert cleaned("\x1b[31mred\x1b[0m\n\tand \x07more", 100) == "red and more"
    assert cleaned("x" * 50, 10) == "x" * 9 + "…"
