"""The states of an allocation on pages: a word with its shape, what it means, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance
from aif.core.site import Site
from aif_hub import words
from aif_hub.speech import N_, _
from aif_hub.views_parts import State
from aif_hub.words import Said

#: In these nothing can be started, whatever is left.
CLOSED = ("pending", "suspended", "compute_ended", "data_removed")
UNKNOWN = (N_("Not known"), "unknown", "plain")
_LOOKS = {
    "pending": (N_("Not begun"), "clock", "plain"),
    "active": (N_("Active"), "done", "good"),
    "low": (N_("Nearly used up"), "failed", "warn"),
    "full_commit": (N_("All committed"), "clock", "warn"),
    "exhausted": (N_("Used up"), "failed", "stop"),
    "suspended": (N_("Suspended"), "failed", "stop"),
    "compute_ended": (N_("Ended"), "ended", "plain"),
    "data_removed": (N_("Closed"), "ended", "plain"),
}
_MORE = N_("Ask {who} for more, or choose what costs nothing.")
_ASK = N_("Ask {who}.")
#: What each means and what to do; `{who}` is who leads the project, or the site's contact.
_MEANS = {
    "pending": (N_("It begins on {start}. Nothing can be started on it before then."), ""),
    "low": (
        N_("A session that could cost more than is free to plan is not started."),
        N_("Ask {who} for more in time."),
    ),
    "full_commit": (
        N_("All that is left is committed to sessions that run or wait. What they do not use comes back as they end."),
        N_("Wait, stop a session that is not needed, or choose what costs nothing."),
    ),
    "exhausted": (N_("All of it is used. What runs now goes on until its end, and files stay where they are."), _MORE),
    "suspended": (N_("The operators have suspended it: nothing can be started on it for now."), _ASK),
    "compute_ended": (N_("Its last day was {end}: nothing can be started on it any more."), ""),
    "data_removed": (N_("Its last day was {end}, and its data could be read until {data_end}."), _ASK),
}
_READABLE = N_("Its data can be read until {data_end}.")


def budget_state(balance: Balance | None) -> State:
    """The state; not known while nothing was read."""
    word, shape, tone = _LOOKS.get(balance.state, UNKNOWN) if balance else UNKNOWN
    return State(_(word), shape, tone)


def what_now(allocation: Allocation, balance: Balance | None, site: Site, pi: Sequence[str]) -> Said | None:
    """What the state means and what to do; None where there is nothing to say. `pi` are names."""
    if balance is None:
        return Said(_("What is left is not known yet. It is read as soon as its source answers."))
    if balance.state not in _MEANS:
        return None
    text, todo = _MEANS[balance.state]
    if balance.state == "compute_ended" and allocation.data_end:
        todo = _READABLE
    gaps = {
        "who": who_to_ask(site, pi, closed=balance.state in CLOSED),
        "start": words.day(allocation.start) if allocation.start else "",
        "end": words.day(allocation.compute_end) if allocation.compute_end else "",
        "data_end": words.day(allocation.data_end) if allocation.data_end else "",
    }
    return Said(_(text).format(**gaps), _(todo).format(**gaps) if todo else "")


def who_to_ask(site: Site, pi: Sequence[str], *, closed: bool = False) -> str:
    """Who can give more, as in a sentence: who leads the project; of what is closed, the site."""
    if closed or not pi:
        return str(site.contact)
    *others, last = pi
    return _("{names} or {last}").format(names=", ".join(others), last=last) if others else last
