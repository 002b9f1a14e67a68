"""What the hub counts for Prometheus, beside JupyterHub's own, on the same page: ``/hub/metrics``.

No login, session or job is in a label: the number of series depends on the site file alone. What is known only at the
moment of asking (ages, sessions by state) is read from the workbench then; the rest is counted where it happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from aif.core import slurm
from aif.core.states import EndCause
from aif_hub.held_up import held_up

if TYPE_CHECKING:
    from aif_hub.book import Session
    from aif_hub.workbench import Workbench

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60, 120)
_START_SECONDS = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300)
_QUEUE_SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)

SLURM_CALLS = Histogram(
    "aif_slurm_call_seconds",
    "Slurm commands of the hub; outcome is ok, failed, away or cancelled",
    ["command", "outcome"],
    buckets=_SECONDS,
)
LOOKS = Histogram(
    "aif_look_seconds", "Looks at Slurm's queue; outcome is ok or failed", ["cluster", "outcome"], buckets=_SECONDS
)
LAUNCHER_CALLS = Histogram(
    "aif_launcher_call_seconds",
    "Calls of the launcher; outcome is ok, refused or unknown",
    ["verb", "outcome"],
    buckets=_SECONDS,
)
QUEUE_WAIT = Histogram(
    "aif_queue_wait_seconds", "From submission until Slurm runs the job", ["profile"], buckets=_QUEUE_SECONDS
)
START_PHASES = Histogram(
    "aif_start_phase_seconds",
    "Starts by phase: submitting (asked to submitted), opening (running to ready), and both as hub",
    ["phase"],
    buckets=_START_SECONDS,
)
REFUSALS = Counter("aif_refusals", "What people asked for and were refused, by reason", ["where", "code"])
ENDS = Counter("aif_session_ends", "Ended sessions by cause", ["cause"])
RECONCILED = Counter(
    "aif_reconciled",
    "Jobs and records that did not fit: adopted, found without a record, or cancelled as second or over",
    ["what"],
)
DATABASE_LOSSES = Counter("aif_database_losses", "Times that the hub's database was lost or refused a connection")

#: Sessions by what Home says of them.
STATES = ("asked", "waiting", "starting", "running", "paused", "silent", "stopping", "unknown")
_BY_STEP = {"written": "asked", "submitted": "waiting", "waiting": "waiting", "starting": "starting"}


def count_slurm_call(command: str, seconds: float, outcome: str) -> None:
    """One Slurm command, for `aif.core.slurm.on_call`."""
    SLURM_CALLS.labels(command, outcome).observe(seconds)


def count_change(old: Session | None, new: Session) -> None:
    """What a change of a session adds: each phase once, when its second end is known, and the end with its cause."""
    asked, submitted, started, ready = new.written_at, new.submitted_at, new.started_at, new.ready_at
    was = (old.submitted_at, old.started_at, old.ready_at) if old else (None, None, None)
    if submitted and not was[0]:
        START_PHASES.labels("submitting").observe(_between(asked, submitted))
    if submitted and started and not was[1]:
        QUEUE_WAIT.labels(new.request.profile).observe(_between(submitted, started))
    if submitted and started and ready and not (was[1] and was[2]):
        START_PHASES.labels("opening").observe(_between(started, ready))
        START_PHASES.labels("hub").observe(_between(asked, submitted) + _between(started, ready))
    if new.end_cause and not new.open and (old is None or old.open):
        ENDS.labels(new.end_cause.value).inc()


class WorkbenchCollector(Collector):
    """The gauges, read from the running hub's workbench at each scrape."""

    def __init__(self) -> None:
        self._workbench: Workbench | None = None

    def watch(self, workbench: Workbench) -> None:
        """From now on it is this one that is read."""
        self._workbench = workbench

    def collect(self) -> Iterator[Metric]:
        """All gauges, and what the audit log counts; none before a hub is attached."""
        if self._workbench is not None:
            yield from _looks(self._workbench)
            yield _states(self._workbench)
            yield from _apart(self._workbench)
            yield from _records(self._workbench)
            yield from _audit(self._workbench)


def _looks(workbench: Workbench) -> Iterator[GaugeMetricFamily]:
    age = GaugeMetricFamily(
        "aif_look_age_seconds",
        "Since the last good look at Slurm's queue; 0 with no job to look for",
        labels=["cluster"],
    )
    watched = GaugeMetricFamily("aif_jobs_watched", "Jobs that the hub looks for", labels=["cluster"])
    now = datetime.now(UTC)
    for name, queue in workbench.queues.items():
        watched.add_metric([name], queue.watched)
        since = queue.as_of or workbench.since
        age.add_metric([name], max(0.0, (now - since).total_seconds()) if queue.watched else 0.0)
    yield from (age, watched)


def _states(workbench: Workbench) -> GaugeMetricFamily:
    counts = dict.fromkeys(STATES, 0)
    for session in workbench.sessions.book.open_sessions():
        counts[_state(workbench, session)] += 1
    family = GaugeMetricFamily("aif_sessions", "Open sessions by state", labels=["state"])
    for state, count in counts.items():
        family.add_metric([state], count)
    return family


def _apart(workbench: Workbench) -> Iterator[GaugeMetricFamily]:
    unrecorded = GaugeMetricFamily(
        "aif_jobs_unrecorded", "Jobs of this hub's sessions without a record, in the last look", labels=["cluster"]
    )
    for name, one in workbench.reconciliations.items():
        unrecorded.add_metric([name], one.unrecorded)
    longest = max((stop.seconds for stop in workbench.sessions.stops.values()), default=0.0)
    yield unrecorded
    yield GaugeMetricFamily(
        "aif_stop_age_seconds", "Since the longest stop that is under way began; 0 without one", value=longest
    )


def _state(workbench: Workbench, session: Session) -> str:
    if session.stop_asked:
        return "stopping"
    queue = workbench.queues[session.cluster]
    if session.job_id is not None and (queue.trouble or queue.unknown_since(session.job_id)):
        return "unknown"
    return held_up(session).value or _BY_STEP.get(session.step, "running")


def _records(workbench: Workbench) -> Iterator[GaugeMetricFamily]:
    read_at = workbench.projects.read_at or workbench.since
    age = (datetime.now(UTC) - read_at).total_seconds()
    yield GaugeMetricFamily(
        "aif_projects_age_seconds", "Since projects were last read from Slurm's accounting", value=age
    )
    ledger_age = GaugeMetricFamily(
        "aif_ledger_age_seconds", "Since the oldest figures of a budget were counted, by source", labels=["source"]
    )
    try:
        for source, as_of in workbench.ledger.oldest().items():
            ledger_age.add_metric([source], max(0.0, (datetime.now(UTC) - as_of).total_seconds()))
        yield ledger_age
        record = workbench.estimates.honesty()
    except SQLAlchemyError:
        return  # the database is away, which is counted apart
    tried = GaugeMetricFamily(
        "aif_estimates_tried", "Of the last 50 start estimates of a kind, those that were tried", labels=["told"]
    )
    close = GaugeMetricFamily("aif_estimates_close", "Of those, the ones right within 2 minutes", labels=["told"])
    for told, kind in (("now", record.now), ("later", record.later)):
        tried.add_metric([told], kind.tried)
        close.add_metric([told], kind.close)
    yield from (tried, close)


def _audit(workbench: Workbench) -> Iterator[CounterMetricFamily]:
    log = workbench.audit
    yield CounterMetricFamily("aif_audit_lines", "Lines written to the audit log", value=log.written)
    yield CounterMetricFamily("aif_audit_lines_lost", "Lines that could not be written to it", value=log.lost)


def _between(first: datetime, second: datetime) -> float:
    return max(0.0, (second - first).total_seconds())


collector = WorkbenchCollector()
REGISTRY.register(collector)
slurm.on_call = count_slurm_call
for cause in EndCause:
    ENDS.labels(cause.value)  # a series that is there from the first scrape can be alerted on
for what in ("adopted", "found", "second", "over", "nobody"):
    RECONCILED.labels(what)
for phase in ("submitting", "opening", "hub"):
    START_PHASES.labels(phase)
