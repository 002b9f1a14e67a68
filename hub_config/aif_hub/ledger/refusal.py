"""What the ledger's REST addresses say when they cannot answer: what was asked, what is allowed, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tornado import web

from aif_hub.ledger.scopes import READ, READ_ALL
from aif_hub.speech import _


class Refusal(web.HTTPError):
    """A status with three sentences; a 503 says when to ask again."""

    def __init__(self, status: int, asked: str, allowed: str, do: str, again_seconds: int = 0) -> None:
        super().__init__(status)
        self.told = {"asked": asked, "allowed": allowed, "do": do}
        self.headers = {"Retry-After": str(again_seconds)} if again_seconds else {}

    def body(self) -> str:
        """As JSON: JupyterHub's own ``status`` and ``message``, and the sentences one by one."""
        data: dict[str, Any] = {"status": self.status_code, "message": " ".join(filter(None, self.told.values()))}
        return json.dumps(data | self.told)


def no_rights(address: str) -> Refusal:
    """Nobody, or somebody whose token was narrowed to something else."""
    return Refusal(
        403,
        _("{address} was asked without the right to read it.").format(address=address),
        _("Tokens with the scope {own} may read their own projects, with {all} every project.").format(
            own=READ, all=READ_ALL
        ),
        _("Make a token on the page Access tokens, and send it in the header Authorization."),
    )


def no_such_allocation(name: str) -> Refusal:
    """It is not there, or not for who asks: which of the two is nobody's business."""
    return Refusal(
        404,
        _("There is no allocation {name} among those that you may see.").format(name=repr(name)),
        _("Those that you may see are listed at {address}.").format(address="/hub/api/aif/v1/allocations"),
        _("Take an id from that list."),
    )


def not_read_yet() -> Refusal:
    """The hub has just started, or Slurm is away since it did."""
    return Refusal(
        503,
        _("This cannot be told yet."),
        _("The hub has not read it from Slurm since it started."),
        _("Ask again in a few seconds."),
        again_seconds=5,
    )


def unknown_parameter(name: str, known: Iterable[str]) -> Refusal:
    """Something that has no meaning here: leaving it out silently would answer another question than was asked."""
    return Refusal(
        400,
        _("The parameter {name} was given.").format(name=repr(name)),
        _("Known here: {names}.").format(names=", ".join(sorted(known)) or "-"),
        _("Leave the rest out."),
    )


def wrong_value(name: str, value: str, allowed: str) -> Refusal:
    """A parameter that we know, with a value that we do not; `allowed` says in words or signs what we do."""
    return Refusal(
        400,
        _("{value} was given for {name}.").format(value=repr(value), name=name),
        _("It must be {allowed}.").format(allowed=allowed),
        _("Correct it, or leave it out."),
    )
