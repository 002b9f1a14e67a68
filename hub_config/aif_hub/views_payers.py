"""What may pay for a session, to choose from on the start page: each with what is free to plan and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance
from aif.core.site import Site
from aif_hub import words
from aif_hub.budget_states import budget_state
from aif_hub.funds import Funds
from aif_hub.speech import _
from aif_hub.views_budget import called
from aif_hub.views_parts import State


@dataclass(frozen=True)
class PayerChoice:
    """A project, or one of its budgets where it has several."""

    value: str
    title: str
    term: str
    left: str
    state: State | None  # where it is not simply open
    chosen: bool


@dataclass(frozen=True)
class Payers:
    """The choices, and the field of the form that they are for."""

    field: str = "project"
    choices: tuple[PayerChoice, ...] = ()


def payers(funds: Sequence[Funds], site: Site, account: str, allocation: str) -> Payers:
    """What may pay for a person with these `funds`; chosen are `account` and, where it has several, `allocation`."""
    offers = [(of, of.project.payers(site)) for of in funds]
    if all(len(found) < 2 for _of, found in offers):
        rows = tuple(_row(of, found[:1] or of.allocations[:1], site, account) for of, found in offers)
        return Payers("project", rows)
    rows = tuple(
        _budget(of, one, len(found), site, chosen=of.project.account == account and allocation in ("", one.name))
        for of, found in offers
        for one in found or of.allocations[:1]
    )
    return Payers("allocation", rows)


def _row(of: Funds, pays: Sequence[Allocation], site: Site, account: str) -> PayerChoice:
    mine = of.project.account
    balance = of.balances.get(pays[0].name) if pays else None
    return PayerChoice(
        value=mine,
        title=site.project_title(mine),
        term=_("Slurm account: {account}").format(account=mine),
        left=_left(balance),
        state=_state(balance),
        chosen=mine == account,
    )


def _budget(of: Funds, one: Allocation, stated: int, site: Site, *, chosen: bool) -> PayerChoice:
    """One of the `stated` budgets of a project; a project without any is named by its account."""
    project = site.project_title(of.project.account)
    balance = of.balances.get(one.name)
    return PayerChoice(
        value=one.name if stated else of.project.account.lower(),
        title=f"{project}: {called(one)}" if stated > 1 else project,
        term=_("Slurm account: {account}").format(account=of.project.account),
        left=_left(balance),
        state=_state(balance),
        chosen=chosen,
    )


def _left(balance: Balance | None) -> str:
    if balance is None or balance.free_to_plan is None:
        return ""
    free, end = words.cost(balance.free_to_plan, balance.allocation.unit), balance.allocation.compute_end
    if end is None:
        return _("{amount} free to plan").format(amount=free)
    return _("{amount} free to plan, until {date}").format(amount=free, date=words.day(end))


def _state(balance: Balance | None) -> State | None:
    return None if balance is None or balance.state == "active" else budget_state(balance)
