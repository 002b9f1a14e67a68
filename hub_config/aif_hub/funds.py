"""What pays for projects: their allocations, the last balances of these, and who leads them. Nobody waits for Slurm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance
from aif.core.request import Project
from aif_hub.book import Session
from aif_hub.people import Person

if TYPE_CHECKING:
    from aif_hub.workbench import Workbench

#: How long a page waits for balances that were never read; whoever comes next finds them.
PATIENCE_SECONDS = 0.2


@dataclass(frozen=True)
class Funds:
    """Of one project. `balances` by the allocation's name, as far as they were read; `pi` can be asked for more."""

    project: Project
    allocations: tuple[Allocation, ...]
    balances: Mapping[str, Balance]
    pi: tuple[Person, ...] = ()


async def funds_of(
    workbench: Workbench, projects: Sequence[Project], login: str, patience: float = PATIENCE_SECONDS
) -> list[Funds]:
    """Of each of `projects`, for the person behind `login`: who leads a project is not told to ask themselves."""
    balances = {one.allocation.name: one for one in await workbench.ledger.of(projects, patience)}
    found = []
    for project in projects:
        allocations = tuple(workbench.ledger.allocations_of(project))
        read = {one.name: balances[one.name] for one in allocations if one.name in balances}
        pi = leaders(project.account, workbench)
        found.append(Funds(project, allocations, read, tuple(one for one in pi if one.login != login)))
    return found


async def paid_by(workbench: Workbench, session: Session) -> Balance | None:
    """The balance of what pays or paid for `session`; None where that is not known."""
    request = session.request
    projects = [one for one in await workbench.projects.of(session.login) if one.account == request.account]
    found = await workbench.ledger.of(projects, PATIENCE_SECONDS)
    named = [one for one in found if one.allocation.name == request.allocation]
    charged = [one for one in found if one.allocation.qos in ("", request.qos)]
    return next(iter(named or charged), None)


def leaders(account: str, workbench: Workbench) -> tuple[Person, ...]:
    """Who leads the project of `account`, as the site says, and where they can be written to."""
    named = next((one for one in workbench.site.projects if one.account == account), None)
    address, domain = workbench.correspondents.address, workbench.site.mail.domain
    logins = named.pi if named else ()
    return tuple(replace(workbench.people.of(login), mail=address(login, domain)) for login in logins)
