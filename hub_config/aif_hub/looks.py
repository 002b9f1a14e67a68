"""What the shared look at Slurm says of one session, for whatever shows it."""

from __future__ import annotations

from aif.core.states import Phase
from aif_hub.book import Session
from aif_hub.stopping import Trouble
from aif_hub.views import Look
from aif_hub.workbench import Workbench


def look_at(workbench: Workbench, session: Session) -> Look:
    """What the shared look says of the session, and its place in line; waits for nothing."""
    stop = workbench.sessions.stops.get(session.session)
    trouble = stop.trouble if stop else Trouble.NONE
    if session.job_id is None:
        delay = workbench.sessions.delays.get(session.session)
        return Look(unknown=delay is not None, stop=trouble, why=delay or "")
    queue = workbench.queues[session.cluster]
    unknown = bool(queue.trouble) or queue.unknown_since(session.job_id) is not None
    sighting = queue.sighting(session.job_id)
    waits = sighting is not None and sighting.phase is Phase.WAITING and not unknown
    ahead = workbench.lines[session.cluster].ahead(session.job_id) if waits else None
    return Look(sighting, queue.as_of, unknown, ahead, trouble, queue.trouble)
