"""A start that a budget cannot pay for: why, in a sentence, and the ways out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from urllib.parse import quote, urlencode

from aif.core.errors import RequestError
from aif.core.request import SHORTEST_MINUTES
from aif.core.site import Profile, Site
from aif_hub import words
from aif_hub.budget_states import what_now, who_to_ask
from aif_hub.fitting import STEP, minutes_in
from aif_hub.ledger.ledger import most_that_fits
from aif_hub.paying import Payment, price_of
from aif_hub.speech import _
from aif_hub.views_budget import called


@dataclass(frozen=True)
class Way:
    """A way out, as a link: to the same page with another choice, or to a mail that is begun."""

    label: str
    href: str


@dataclass(frozen=True)
class WaysOut:
    """What fits in place of what does not: `shorter` in minutes, a `smaller` size, another budget that pays."""

    payment: Payment
    shorter: int
    smaller: tuple[Profile, int] | None
    other: Payment | None


def check(payment: Payment, site: Site, now: datetime) -> None:
    """Raises RequestError, with its ways out in words, when the budget cannot pay."""
    if payment.can(now):
        return
    pi = [person.name for person in payment.funds.pi]
    if payment.closed(now):
        means = what_now(payment.allocation, payment.as_known(now), site, pi)
        asked = _("{budget} cannot pay for a session now.").format(budget=_called(payment, site))
        raise RequestError(asked, means.text if means else "", means.todo if means else "", code="budget")
    raise RequestError(_too_dear(payment, site), _instead(ways_out(payment, (), site, now), site, pi), code="budget")


def ways_out(payment: Payment, others: Sequence[Payment], site: Site, now: datetime) -> WaysOut:
    """What fits; `others` are the same request on what else may pay for it."""
    free, unit = payment.free, payment.allocation.unit
    other = next((one for one in others if one.can(now)), None)
    if free is None or not payment.too_dear():
        return WaysOut(payment, 0, None, other)
    price = price_of(payment.request, unit) or Fraction()
    fits = (most_that_fits(free, price) or 0) // STEP * STEP
    smaller = [
        (price_of(one, unit) or Fraction(), one, minutes_in(one, payment.request.minutes)) for one in site.profiles
    ]
    cheaper = [(cost, one, minutes) for cost, one, minutes in smaller if cost < price and cost * minutes / 60 <= free]
    best = max(cheaper, key=lambda found: found[0], default=None)
    return WaysOut(payment, fits if fits >= SHORTEST_MINUTES else 0, best[1:] if best else None, other)


def ways(out: WaysOut, options: Mapping[str, str], site: Site, now: datetime) -> tuple[Way, ...]:
    """The ways as links, which keep the rest of `options`."""
    found = []
    if out.shorter:
        length = words.length(timedelta(minutes=out.shorter))
        found.append(_choose(_("Choose {length}").format(length=length), options, minutes=str(out.shorter)))
    if out.smaller:
        size, minutes = out.smaller
        label = _("Choose “{size}”").format(size=size.title)
        found.append(_choose(label, options, profile=size.name, minutes=str(minutes)))
    if out.other:
        label = _("Let {budget} pay").format(budget=called(out.other.allocation))
        found.append(_choose(label, options, allocation=out.other.allocation.name))
    return (*found, *_mail(out.payment, site, now))


# Below: the parts ---------------------------------------------------------------------------------------------------


def _choose(label: str, options: Mapping[str, str], **changed: str) -> Way:
    return Way(label, f"?{urlencode({**options, **changed})}")


def _called(payment: Payment, site: Site) -> str:
    """The project, and which of its budgets where it has several."""
    project = site.project_title(payment.request.account)
    several = len(payment.funds.allocations) > 1
    return f"{project} ({called(payment.allocation)})" if several else project


def _too_dear(payment: Payment, site: Site) -> str:
    unit, budget = payment.allocation.unit, _called(payment, site)
    cost = words.at_most(payment.cost or Fraction(), unit)
    if not payment.free:
        said = _("This could cost {cost}, and {budget} has nothing free to plan.")
        return said.format(cost=cost, budget=budget)
    said = _("This could cost {cost}, and {budget} has {free} free to plan.")
    return said.format(cost=cost, budget=budget, free=words.cost(payment.free, unit))


def _instead(out: WaysOut, site: Site, pi: Sequence[str]) -> str:
    length = words.length(timedelta(minutes=out.shorter))
    size = out.smaller[0].title if out.smaller else ""
    if out.shorter and size:
        said = _("Choose at most {length}, choose “{size}”, or ask {who} for more.")
    elif out.shorter:
        said = _("Choose at most {length}, or ask {who} for more.")
    elif size:
        said = _("Choose “{size}”, or ask {who} for more.")
    else:
        said = _("Ask {who} for more.")
    return said.format(length=length, size=size, who=who_to_ask(site, pi))


def _mail(payment: Payment, site: Site, now: datetime) -> tuple[Way, ...]:
    """A mail that is begun, to who leads the project or to the site's contact; none where nobody has an address."""
    leads = () if payment.closed(now) else payment.funds.pi
    address = ",".join(person.mail for person in leads if person.mail)
    if not leads and "@" in site.contact:
        address = str(site.contact)
    if not address and not leads:
        return ()
    request, unit = payment.request, payment.allocation.unit
    size = site.profile_title(request.profile, request.title)
    project = _called(payment, site)
    subject = _("Budget of {project}").format(project=project)
    text = _(
        "I would like to start “{size}” for {length} on {project}."
        " It costs at most {cost}, and {free} are free to plan. Can the project have more?"
    ).format(
        size=size,
        length=words.length(request.time_limit),
        project=project,
        cost=words.at_most(payment.cost or Fraction(), unit),
        free=words.cost(payment.free or Fraction(), unit),
    )
    if payment.closed(now):
        text = _("I would like to start a session on {project}, which is closed for new ones.").format(project=project)
    who = who_to_ask(site, [person.name for person in leads])
    fields = f"subject={quote(subject)}&body={quote(text)}"
    return (Way(_("Write to {who}").format(who=who), f"mailto:{quote(address, safe='@,')}?{fields}"),)
