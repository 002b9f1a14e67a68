"""Requests to the launcher: right ones, and ones that are wrong in every way that a stranger may think of."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from odd_material import FOREIGN, odd_text, odd_value

SESSION = "0123456789abcdef" * 2
JOB: dict[str, Any] = {
    "account": "trn0007",
    "qos": "education-trn0007",
    "partition": "mig",
    "minutes": 120,
    "cpus": 2,
    "memory_mb": 4096,
    "gpus": 1,
    "gpu_type": "h100_1g.10gb",
    "reservation": "class",
    "nodes": 1,
}
FILES = {"session.json": '{"a": 1}\n', "key.pem": "KEY\n", "cert.pem": "CERT\n", "ca.pem": "CA\n"}
NO_TEXT = (None, 1, True, [], {}, "", "a\x00b", "\x07", "\x1b[0m", "\x7f", "\ud800")
NO_JOBS = (None, 5, "5", {}, [], [0], [-1], ["1"], [True], [None], [2**32], [[1]], [1] * 201, [1.5])


def right_requests(login: str) -> list[dict[str, Any]]:
    """One of each verb; what looks for a job comes before there could be one."""
    session = {"login": login, "session": SESSION}
    return [
        {"verb": "find", **session},
        {"verb": "submit", **session, "server": "lab", "job": JOB, "files": FILES},
        {"verb": "estimate", "login": login, "job": JOB},
        {"verb": "cancel", "login": login, "job_ids": [1, 2**32 - 1]},
        *({"verb": verb, **session} for verb in ("log", "clean")),
    ]


def wrong_request(chance: Random, login: str, strangers: list[str]) -> bytes:
    """One that must be refused, whatever else is in it."""
    request = copy.deepcopy(chance.choice(right_requests(login)))
    kind = chance.random()
    if kind < 0.55:
        part, field = _a_place(chance, request)
        part[field] = _odd(chance, field, part[field])
    elif kind < 0.65:
        part, field = _a_place(chance, request)
        del part[field]
    elif kind < 0.75:
        part, _ = _a_place(chance, request)
        part[chance.choice([name for name in FOREIGN if name not in part])] = odd_value(chance)
    elif kind < 0.8:
        request["login"] = chance.choice(strangers)
    else:
        return _no_request(chance, json.dumps(request))
    return json.dumps(request).encode()


def _a_place(chance: Random, request: dict[str, Any]) -> tuple[dict[str, Any], str]:
    inner = [part for part in request.values() if isinstance(part, dict)]
    part = chance.choice([request, *inner, *inner])
    return part, chance.choice(sorted(part))


def _odd(chance: Random, field: str, right: Any) -> Any:
    if field in FILES:
        return chance.choice(NO_TEXT)
    if field == "job_ids":
        return chance.choice(NO_JOBS)
    if field in ("job", "files"):
        return chance.choice((None, 1, "x", [], {}, [right], {**right, "extra": 1}))
    if isinstance(right, int):
        return chance.choice((-1, 10**9, 2**63, True, 1.0, 1.5, None, str(right), [right], odd_text(chance, "5")))
    return chance.choice((0, True, 1.5, [right], {right: right}, *(odd_text(chance, right) for _ in range(8))))


def _no_request(chance: Random, text: str) -> bytes:
    """What is not one JSON object of whole numbers, texts, lists and objects with each key once."""
    at, kind = chance.randint(1, len(text) - 1), chance.randint(0, 7)
    whole = text.encode()
    if kind == 0:
        return whole[:at]
    if kind == 1:
        return whole[:at] + chance.choice((b"\xff", b"\xc0\xae", b"\x80", b"\xed\xa0\x80")) + whole[at:]
    if kind == 2:
        return b'{"verb": "log", ' + whole[1:]
    if kind == 3:
        return whole + chance.choice((b" {}", b"x", b"\x00", whole))
    if kind == 4:
        return whole[:-1] + chance.choice(
            (b', "cpus": 1.5}', b', "x": NaN}', b', "x": 1e400}', b', "x": ' + b"9" * 30 + b"}")
        )
    if kind == 5:
        return chance.choice((b"[", b'{"a":')) * chance.choice((5, 500, 50_000))
    if kind == 6:
        return b"[" + whole + b"]"
    return chance.randbytes(chance.randint(1, 200))
