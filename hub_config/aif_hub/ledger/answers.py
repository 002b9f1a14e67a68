"""Answers over REST, encoded once for each viewer and snapshot: who asks again gets the same bytes, or a 304."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from aif.core.ledger.usage import Balance

#: So many answers are kept; the one that nobody asked for longest goes first.
MOST = 4000


@dataclass(frozen=True)
class Answer:
    """A body and its name, which changes with the body alone: it holds on through a restart of the hub."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, data: Any) -> Answer:
        """`data` as JSON."""
        body = json.dumps(data, separators=(",", ":")).encode()
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class Answers:
    """The last answer to each question, for as long as what it was made of stays the same."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Hashable, Answer]] = OrderedDict()

    def of(self, question: Hashable, state: Hashable, made: Callable[[], Any]) -> Answer:
        """The answer to `question`; `made` gives its data where none was made of the same `state`."""
        kept = self._kept.get(question)
        if kept is None or kept[0] != state:
            kept = state, Answer.of(made())
            self._kept[question] = kept
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(question)
        return kept[1]


def state_of(balances: Sequence[Balance]) -> Hashable:
    """What decides how `balances` are told: which snapshots, on which day, and with what trouble."""
    return tuple((one.allocation.name, one.usage.as_of, one.today, one.trouble) for one in balances)
