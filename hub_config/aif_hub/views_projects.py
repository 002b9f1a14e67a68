"""A person's projects as Home shows them: what is left of each, and what they run on it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from aif.core.site import Site
from aif_hub import prices, words
from aif_hub.book import Session
from aif_hub.funds import Funds
from aif_hub.paths import Paths
from aif_hub.reasons import capital
from aif_hub.speech import _, ngettext
from aif_hub.views_budget import Budget, budgets


@dataclass(frozen=True)
class ProjectCard:
    """A project that the person may charge."""

    title: str
    account: str  # empty where the project has no other name
    budgets: tuple[Budget, ...]
    now: str
    rate: str  # what those use an hour; empty while nothing runs
    url: str


def project_card(
    funds: Funds,
    open_now: Sequence[Session],
    now: datetime,
    site: Site,
    paths: Paths,
    rates: Mapping[str, Fraction] | None = None,
) -> ProjectCard:
    """The card of a project; `open_now` are the person's own open sessions, of every project.

    `rates` are what their clusters' workers use an hour, by session and in the unit of what pays for it.
    """
    rates = rates or {}
    account = funds.project.account
    title = site.project_title(account)
    sessions = [session for session in open_now if session.request.account == account]
    runs = [session for session in sessions if session.started_at is not None]
    price: dict[str, Fraction] = {}
    for one in runs:
        unit = prices.unit_of(one.request, site)
        price[unit] = price.get(unit, Fraction()) + prices.hourly(one.request, unit) + rates.get(one.session, 0)
    return ProjectCard(
        title=title,
        account=account if account != title else "",
        budgets=budgets(funds, now, site),
        now=_now(len(runs), len(sessions) - len(runs)),
        rate=", ".join(prices.an_hour(amount, unit) for unit, amount in price.items()),
        url=paths.project(account),
    )


def _now(runs: int, waits: int) -> str:
    if not (runs or waits):
        return _("Nothing of yours runs on it now")
    said = []
    if runs:
        said.append(ngettext("{count} session runs", "{count} sessions run", runs).format(count=words.count(runs)))
    if waits:
        said.append(ngettext("{count} session waits", "{count} sessions wait", waits).format(count=words.count(waits)))
    return capital(", ".join(said))
