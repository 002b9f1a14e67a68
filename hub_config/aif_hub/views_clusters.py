"""The Dask clusters of a session as Home shows them: who is at work or waits, what they used, and whether they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aif_hub import prices, words
from aif_hub.reasons import capital
from aif_hub.speech import _, ngettext
from aif_hub.views_parts import State
from aif_hub.worker_clusters import ClusterSeen


@dataclass(frozen=True)
class ClusterRow:
    """A cluster in its session's card; `cluster` is its name, as its widget and its panel say it."""

    cluster: str
    title: str
    state: State
    workers: str
    used: str
    rate: str
    stopping: bool


def cluster_rows(seen: Sequence[ClusterSeen]) -> tuple[ClusterRow, ...]:
    """The rows of a session."""
    return tuple(
        ClusterRow(
            cluster=one.name,
            title=_("Dask cluster {name}").format(name=one.name),
            state=_state(one),
            workers=_workers(one),
            used=prices.cost(one.used, one.unit),
            rate=prices.an_hour(one.rate, one.unit) if one.rate else "",
            stopping=one.stopping,
        )
        for one in seen
    )


def rate(seen: Sequence[ClusterSeen]) -> Fraction:
    """What those of one session use an hour, in what their unit is told in."""
    return sum((one.rate for one in seen), Fraction())


def _state(one: ClusterSeen) -> State:
    if one.stopping:
        return State(_("Stopping"), "starting")
    return State(_("Running"), "running", "good") if one.here else State(_("Waiting"), "waiting")


def _workers(one: ClusterSeen) -> str:
    said = []
    if one.here:
        here = ngettext("{count} worker at work", "{count} workers at work", one.here)
        said.append(here.format(count=words.count(one.here)))
    if one.waiting:
        waiting = ngettext("{count} worker waiting", "{count} workers waiting", one.waiting)
        said.append(waiting.format(count=words.count(one.waiting)))
    return capital(", ".join(said))
