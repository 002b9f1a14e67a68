"""One calendar for everybody who looks at a cluster, and how old it may be for what it is used for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from aif.core.errors import RequestError
from aif.core.planned import partitions, reservations_planned
from aif.core.request import JobRequest
from aif.core.site import Cluster, Profile
from aif.core.slurm import Call, arun
from aif_hub import words
from aif_hub.calendar import Calendar, Cap, nodes_by_gpu
from aif_hub.kept import Kept
from aif_hub.private_data import hides
from aif_hub.speech import _

#: Read again after this where somebody chooses: an open start page asks each minute, and has each time what is new.
CHOOSE_SECONDS = 50.0
#: A page that shows lengths waits a moment for something newer than this.
SHOW_SECONDS = 120.0
#: What every page says of maintenance may be this old; pages alone never make it be read more often.
GLANCE_SECONDS = 300.0
#: A start goes by something at most this old, and is refused only by something at most that old.
START_SECONDS, REFUSE_SECONDS = 60.0, 10.0
#: How long a start waits for Slurm to say it anew.
PATIENCE_SECONDS = 5.0


class SharedCalendar:
    """The calendar of a cluster, read again while somebody looks; `reservations` are those that sizes start in."""

    def __init__(
        self,
        cluster: Cluster,
        ask: Callable[[Call[Any], Cluster], Any] = arun,
        reservations: frozenset[str] = frozenset(),
    ) -> None:
        self._cluster = cluster
        self._ask = ask
        self._reservations = reservations
        self._kept = Kept(self._read, Calendar(), CHOOSE_SECONDS, SHOW_SECONDS)

    def glance(self) -> Calendar:
        """What is known already; it is read again meanwhile when it is older than five minutes."""
        return self._kept.glance(GLANCE_SECONDS)

    @property
    def asking(self) -> bool:
        """Whether Slurm is being asked: soon there may be something newer."""
        return self._kept.asking

    async def now(self, patience: float | None = None) -> Calendar:
        """For what is shown: what Slurm said last; an empty calendar, which forbids nothing, until it has."""
        return await self._kept.now(patience)

    async def check(self, request: JobRequest, now: datetime) -> None:
        """Raises RequestError where the calendar has no room for `request`.

        Slurm is asked again before that, so that what an operator has taken back is in nobody's way. Where it does not
        answer it could not start anything either: then what it said last is told, and when that was.
        """
        known = await self._kept.within(START_SECONDS, PATIENCE_SECONDS)
        try:
            known.check(request, now)
            return
        except RequestError:
            known = await self._kept.within(REFUSE_SECONDS, PATIENCE_SECONDS)
        try:
            known.check(request, now)
        except RequestError as error:
            if self._kept.said_before <= START_SECONDS:
                raise
            at = words.at(now - timedelta(seconds=self._kept.said_before), now)
            said = _("Slurm does not answer just now. What it said last, {at}: {words}")
            said = said.format(at=at, words=error.allowed)
            raise RequestError(error.asked, said, error.todo, code=error.code) from None

    async def _read(self) -> Calendar:
        parts, planned = await asyncio.gather(
            self._ask(partitions(), self._cluster), self._ask(reservations_planned(), self._cluster)
        )
        gone = self._reservations - {one.name for one in planned}
        if gone and await self._ask(hides("reservations"), self._cluster):
            gone = frozenset()  # it may be there for others to see
        if not any(one.maintenance for one in planned):  # which node has which GPUs changes nothing
            return Calendar(parts, planned, gone=gone)
        return Calendar(parts, planned, await self._ask(nodes_by_gpu(), self._cluster), gone)


def calendars_of(clusters: Iterable[Cluster], sizes: Iterable[Profile]) -> dict[str, SharedCalendar]:
    """Those of all clusters, by name."""
    starts_in = [(one.cluster, one.reservation) for one in sizes if one.reservation]
    return {
        cluster.name: SharedCalendar(
            cluster, reservations=frozenset(name for where, name in starts_in if where == cluster.name)
        )
        for cluster in clusters
    }


async def caps_of(
    calendars: Mapping[str, SharedCalendar], sizes: Iterable[Profile], now: datetime, patience: float | None = None
) -> dict[str, Cap]:
    """The longest lengths of today by size; `calendars` are by cluster."""
    known = {name: await calendar.now(patience) for name, calendar in calendars.items()}
    return {
        one.name: known[one.cluster].cap(one.partition, one.reservation, int(one.hours_max * 60), now, one.gpu_type)
        for one in sizes
    }
