"""A cluster in words: as a notebook shows it, live and saved, and as a terminal does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

from aif.core.states import Phase
from aif.scale.look import WorkerJob
from aif.widgets.figures import Speech, speech

#: So many workers are listed; of the rest the number is told.
MOST_ROWS = 20


@dataclass(frozen=True)
class Row:
    """One worker: its name, its job if Slurm has taken it, and whether Dask knows it."""

    name: str
    job_id: str
    job: WorkerJob | None
    at_work: bool


@dataclass(frozen=True)
class Shown:
    """A cluster at one moment. Amounts in GPU-hours; `price` is of an hour of all that was asked of Slurm."""

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

    def text(self) -> str:
        """In lines."""
        words = speech(self.language)
        rows = [f"  {one.name}: {self._state(one, words)}" for one in self.rows[:MOST_ROWS]]
        lines = [f"{words.say('cluster')}: {self._counts(words)}", *rows, self._more(words), self._price(words)]
        return "\n".join([*filter(None, lines), *self._last(words)])

    def html(self) -> str:
        """As a table that needs no style sheet of ours."""
        words = speech(self.language)
        left = 'style="text-align:left"'
        head = "".join(
            f'<th scope="col" {left}>{escape(words.say(f"cluster.{key}"))}</th>'
            for key in ("worker", "job", "state", "node")
        )
        body = "".join(
            "<tr>"
            + "".join(
                f"<td {left}>{escape(cell)}</td>"
                for cell in (one.name, one.job_id, self._state(one, words), one.job.node if one.job else "")
            )
            + "</tr>"
            for one in self.rows[:MOST_ROWS]
        )
        last = "".join(f"<p><strong>{escape(line)}</strong></p>" for line in self._last(words))
        more = self._more(words)
        return (
            f"<div><p><strong>{escape(words.say('cluster'))}</strong> · {escape(self._counts(words))}</p>{last}"
            + (f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if self.rows else "")
            + (f"<p>{escape(more)}</p>" if more else "")
            + f"<p>{escape(self._price(words))}</p></div>"
        )

    def _counts(self, words: Speech) -> str:
        return words.say("cluster.counts", plan=self.plan, requested=self.requested, observed=self.observed)

    def _price(self, words: Speech) -> str:
        gaps = {"price": words.amount(self.price), "spent": words.amount(self.spent)}
        if self.budget is None:
            return words.say("cluster.price.text", **gaps)
        return words.say("cluster.price.budget", budget=words.amount(self.budget), **gaps)

    def _more(self, words: Speech) -> str:
        return words.say("cluster.more", count=len(self.rows) - MOST_ROWS) if len(self.rows) > MOST_ROWS else ""

    def _last(self, words: Speech) -> list[str]:
        return [*filter(None, [self.trouble, words.say("cluster.closed") if self.closed else ""])]

    def _state(self, row: Row, words: Speech) -> str:
        if row.at_work:
            return words.say("cluster.at-work")
        if row.job is None:
            return words.say("cluster.asked")
        if row.job.phase is Phase.WAITING:
            starts = row.job.starts
            clock = words.say("cluster.expected", clock=words.time(_local(starts))) if starts else ""
            return ", ".join(filter(None, [words.say("cluster.waiting"), row.job.why, clock]))
        return words.say("cluster.ended" if row.job.phase is Phase.ENDED else "cluster.starting")


def _local(moment: datetime) -> datetime:
    return moment.astimezone()
