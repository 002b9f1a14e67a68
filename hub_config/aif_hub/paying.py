"""Which allocation pays for a start, and whether it can: asked before anything reaches Slurm.

What is not known refuses nobody: Slurm's own limits stand behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from aif.core.ledger.allocation import BILLING_HOUR, Allocation
from aif.core.ledger.job import rate_of
from aif.core.ledger.usage import Balance, UsageSnapshot
from aif.core.request import JobRequest, Project
from aif.core.site import Profile, Site
from aif_hub.book import Session
from aif_hub.budget_states import CLOSED
from aif_hub.funds import Funds


@dataclass(frozen=True)
class Payment:
    """A request, what pays for it, and its balance, None while it was never read."""

    request: JobRequest
    funds: Funds
    allocation: Allocation
    balance: Balance | None
    freed: Fraction = Fraction()  # what the balance still counts as committed to sessions that have ended since

    @cached_property
    def cost(self) -> Fraction | None:
        """What it costs at most, in the allocation's unit; None where only Slurm knows that."""
        price = price_of(self.request, self.allocation.unit)
        return None if price is None else price * self.request.minutes / 60

    @property
    def free(self) -> Fraction | None:
        """What is free to plan; None where that is not known for sure just now."""
        return None if self.balance is None or self.balance.trouble else self.balance.free_to_plan

    @property
    def after(self) -> Fraction | None:
        """What will at least be left; None where that is not known, or it cannot pay."""
        if self.free is None or self.cost is None or self.cost > self.free:
            return None
        return self.free - self.cost

    def too_dear(self) -> bool:
        """Whether it could cost more than is free to plan, with what was freed since that was counted."""
        return self.free is not None and self.cost is not None and self.cost > self.free + self.freed

    def closed(self, now: datetime) -> bool:
        """Whether nothing may be started on the allocation, whatever it costs."""
        return self.as_known(now).state in CLOSED

    def can(self, now: datetime) -> bool:
        """Whether it may be started, as far as is known."""
        return not self.closed(now) and not self.too_dear()

    def as_known(self, now: datetime) -> Balance:
        """The balance, or one that only knows the allocation's days."""
        nothing = UsageSnapshot(self.allocation.name, self.allocation.source, now, limit=None, settled=None)
        return self.balance or Balance(self.allocation, nothing, now.date())


def price_of(size: JobRequest | Profile, unit: str) -> Fraction | None:
    """What an hour of it costs in `unit`; None in billing hours, which Slurm alone works out."""
    if unit == BILLING_HOUR:
        return None
    return rate_of(unit, cpus=size.cpus, gpus=size.gpus, gpu_type=size.gpu_type, gpu_weight=size.gpu_weight)


def payments(
    request: JobRequest, funds: Sequence[Funds], site: Site, sessions: Sequence[Session] = ()
) -> list[Payment]:
    """The request on each of what may pay for it, what ends first in front; `sessions` are the person's own."""
    of = next(one for one in funds if one.project.account == request.account)
    stated = of.project.payers(site)
    paid = [replace(request, allocation=one.name, qos=one.qos or of.project.qos) for one in stated] or [request]
    found = []
    for one, allocation in zip(paid, stated or of.allocations[:1], strict=True):
        balance = of.balances.get(allocation.name)
        since = freed(balance, sessions) if balance else Fraction()
        found.append(Payment(one, of, allocation, balance, since))
    return found


def payment(
    options: Mapping[str, Any],
    site: Site,
    projects: Sequence[Project],
    funds: Sequence[Funds],
    now: datetime,
    sessions: Sequence[Session] = (),
) -> Payment:
    """What `options` ask for, and what pays for it: where they do not say, what ends first of what can.

    `options` is untrusted. Raises RequestError where it is no request at all; `funds` are of `projects`, `sessions` the
    person's own.
    """
    request = JobRequest.parse(options, site, projects)
    offered = payments(request, funds, site, sessions)
    if options.get("allocation") is not None:
        return next((one for one in offered if one.request == request), offered[0])
    return next((one for one in offered if one.can(now)), offered[0])


def freed(balance: Balance, sessions: Sequence[Session]) -> Fraction:
    """What `balance` still counts as committed to those of `sessions` that have ended since it was counted.

    So whoever stops a session can start another at once, and switch one that waits.
    """
    allocation, as_of = balance.allocation, balance.usage.as_of
    total = Fraction()
    for one in sessions:
        request = one.request
        theirs = request.account == allocation.account and allocation.qos in ("", request.qos)
        if not theirs or one.open or one.ended_at is None or not one.written_at <= as_of < one.ended_at:
            continue
        ran = max(0, int((as_of - one.started_at).total_seconds())) if one.started_at else 0
        left = Fraction(max(0, request.minutes * 60 - ran), 3600)
        total += (price_of(request, allocation.unit) or Fraction()) * left
    return min(total, balance.usage.committed)
