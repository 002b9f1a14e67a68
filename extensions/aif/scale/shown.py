"""A cluster in words: as a notebook shows it, live and saved, and as a terminal does."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from html import escape
from typing import Any

from aif.core.ledger.allocation import GPU_HOUR
from aif.core.states import Phase
from aif.core.workers import WorkerJob
from aif.scale.reasons import why
from aif.scale.work import Work
from aif.widgets.figures import Speech, speech

_CARD = "max-width:600px;padding:12px 16px;border:1px solid #8aa0ad;border-radius:8px"
_LINE, _CELL = "margin:0 0 4px", "text-align:left;padding:2px 16px 2px 0"
_BAR = "display:flex;height:10px;margin:4px 0 8px;border:1px solid #6b8796"
#: On light and on dark ground alike: full, hatched and empty.
_FULL, _HATCHED, _EMPTY = (
    "#0a8a9f",
    "repeating-linear-gradient(135deg,#6b8796 0 3px,transparent 3px 7px)",
    "transparent",
)
#: A state as a character: never by colour alone.
_SHAPES = {"at-work": "●", "asked": "○", "waiting": "○", "starting": "◐", "paused": "‖", "ended": "□"}
#: So many workers are listed; of the rest the number is told.
MOST_ROWS = 20


@dataclass(frozen=True)
class Use:
    """What one worker uses: memory in bytes, and percent of its processors; of a GPU likewise, where it has one."""

    memory: int | None
    memory_limit: int | None
    cpu: float | None
    gpu: float | None = None
    gpu_memory: int | None = None


@dataclass(frozen=True)
class Row:
    """One worker: its name, its job if Slurm has taken it, whether Dask knows it, and what it uses then."""

    name: str
    job_id: str
    job: WorkerJob | None
    at_work: bool
    use: Use | None = None

    @property
    def state(self) -> str:
        """What it does: at-work, paused, asked, waiting, starting or ended."""
        if self.job is not None and self.job.paused:  # it is still connected, and computes nothing
            return "paused"
        if self.at_work:
            return "at-work"
        if self.job is None:
            return "asked"
        return {Phase.WAITING: "waiting", Phase.ENDED: "ended"}.get(self.job.phase, "starting")

    def details(self, words: Speech, now: datetime) -> list[str]:
        """Where it runs; while it waits, why and until when."""
        if self.job is None:
            return []
        if self.state != "waiting":
            return [self.job.node] if self.job.node else []
        return [why(self.job, words), _expected(self.job.starts, words, now)]


@dataclass(frozen=True)
class Shown:
    """A cluster at one moment. Amounts are in `unit`; `price` is of an hour of all that was asked of Slurm.

    `upper` says what all of it costs at most, and what is free to plan.
    """

    name: str
    plan: int
    requested: int
    observed: int
    rows: tuple[Row, ...]
    price: float
    spent: float
    budget: float | None
    trouble: str
    closed: bool
    language: str
    work: tuple[Work, ...] = ()
    upper: str = ""
    unit: str = GPU_HOUR
    at: datetime = field(default_factory=lambda: datetime.now().astimezone())

    def figures(self) -> dict[str, Any]:
        """All of it but the workers, their work and the moment, by name."""
        left_out = ("rows", "language", "work", "at")
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in left_out}
        return {**told, "waits": self.waits(speech(self.language))}

    def waits(self, words: Speech) -> str:
        """How many of all are here, and how many wait for what, most first; empty where none waits or is paused."""
        states = Counter(one.state for one in self.rows)
        reasons = Counter(why(one.job, words) for one in self.rows if one.job is not None and one.state == "waiting")
        parts = [words.say("cluster.waits.waiting", count=count, why=said) for said, count in reasons.most_common()]
        if states["paused"]:
            parts.append(words.say("cluster.waits.paused", count=states["paused"]))
        return words.say("cluster.waits", here=self.observed, plan=self.plan, parts="; ".join(parts)) if parts else ""

    def lines(self) -> list[dict[str, Any]]:
        """A worker a line, as many as are listed: what it does and since when, in words, and what it uses."""
        words = speech(self.language)
        return [
            {
                "name": one.name.removeprefix(f"{self.name}-"),
                "state": one.state,
                "details": one.details(words, self.at),
                "job": one.job_id,
                "use": None if one.use is None else asdict(one.use),
            }
            for one in self.rows[:MOST_ROWS]
        ]

    def text(self) -> str:
        """In lines."""
        words = speech(self.language)
        rows = [f"  {one.name}: {self._state(one, words)}" for one in self.rows[:MOST_ROWS]]
        work = [f"  {one.name}: {_far(one, words)}" for one in self.work]
        waits, price = self.waits(words), [self._price(words), self.upper]
        lines = [f"{words.say('cluster')}: {self._counts(words)}", waits and f"  {waits}", *rows, self._more(words)]
        return "\n".join([*filter(None, [*lines, *work, *price]), *self._last(words), self._kept(words)])

    def html(self) -> str:
        """Without script or style sheet, readable on light and on dark ground."""
        words = speech(self.language)
        name = words.say("cluster")
        last = "".join(f'<p style="{_LINE}"><strong>{escape(line)}</strong></p>' for line in self._last(words))
        waits, more = self.waits(words), self._more(words)
        return (
            f'<div role="group" aria-label="{escape(name)}" style="{_CARD}">'
            f'<p style="{_LINE}"><strong>{escape(name)}</strong> {escape(self.name)}</p>'
            f"{self._figures(words)}{self._bar(words)}"
            + (f'<p style="{_LINE}">{escape(waits)}</p>' if waits else "")
            + f"{last}{self._table(words)}"
            + (f'<p style="{_LINE}">{escape(more)}</p>' if more else "")
            + "".join(f'<p style="{_LINE}">{escape(one.name)}: {escape(_far(one, words))}</p>' for one in self.work)
            + "".join(f'<p style="{_LINE}">{escape(one)}</p>' for one in (self._price(words), self.upper) if one)
            + f'<p style="{_LINE}">{escape(self._kept(words))}</p></div>'
        )

    def _figures(self, words: Speech) -> str:
        each = "".join(
            f'<div><strong style="font-size:1.8em;line-height:1.2">{number}</strong> {escape(words.say(key))}</div>'
            for number, key in (
                (self.plan, "cluster.planned"),
                (self.requested, "cluster.requested"),
                (self.observed, "cluster.at-work"),
            )
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:0 24px">{each}</div>'

    def _bar(self, words: Speech) -> str:
        """Of what is planned, the parts that are at work, and that Slurm has."""
        parts = "".join(
            f'<span style="flex:{count};background:{ground}"></span>'
            for count, ground in (
                (self.observed, _FULL),
                (max(0, self.requested - self.observed), _HATCHED),
                (max(0, self.plan - max(self.requested, self.observed)), _EMPTY),
            )
            if count
        )
        return f'<div role="img" aria-label="{escape(self._counts(words))}" style="{_BAR}">{parts}</div>'

    def _table(self, words: Speech) -> str:
        if not self.rows:
            return ""
        head = "".join(
            f'<th scope="col" style="{_CELL}">{escape(words.say(key))}</th>'
            for key in ("cluster.worker", "cluster.state", "cluster.job")
        )
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="{_CELL}">{escape(cell)}</td>'
                for cell in (
                    one.name.removeprefix(f"{self.name}-"),
                    f"{_SHAPES[one.state]} {self._state(one, words)}",
                    one.job_id,
                )
            )
            + "</tr>"
            for one in self.rows[:MOST_ROWS]
        )
        return f'<table style="width:100%"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    def _counts(self, words: Speech) -> str:
        return words.say("cluster.counts", plan=self.plan, requested=self.requested, observed=self.observed)

    def _price(self, words: Speech) -> str:
        gaps = {"price": words.amount(self.price), "spent": words.amount(self.spent), "unit": words.unit(self.unit)}
        if self.budget is None:
            return words.say("cluster.price.text", **gaps)
        return words.say("cluster.price.budget", budget=words.amount(self.budget), **gaps)

    def _more(self, words: Speech) -> str:
        return words.say("cluster.more", count=len(self.rows) - MOST_ROWS) if len(self.rows) > MOST_ROWS else ""

    def _last(self, words: Speech) -> list[str]:
        return [*filter(None, [self.trouble, words.say("cluster.closed") if self.closed else ""])]

    def _kept(self, words: Speech) -> str:
        """Of when it is: what is kept may be read on another day."""
        return words.say("cluster.kept", moment=words.moment(self.at))

    def _state(self, row: Row, words: Speech) -> str:
        return ", ".join([words.say(f"cluster.{row.state}"), *row.details(words, self.at)])


def _expected(starts: datetime | None, words: Speech, now: datetime) -> str:
    """When Slurm expects it to start, which it does not always say, and which may be over."""
    if starts is None:
        return words.say("cluster.expected.none")
    if starts <= now:
        return words.say("cluster.expected.soon")
    return words.say("cluster.expected", clock=words.clock(starts, now))


def _far(work: Work, words: Speech) -> str:
    if work.failed:
        return words.say("cluster.work.failed", done=work.done, total=work.total, failed=work.failed)
    return words.say("cluster.work.done", done=work.done, total=work.total)
