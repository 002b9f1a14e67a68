"""Reservations that sizes start in: that each is there, and not over. Slurm would let such a session wait for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aif.core.errors import SlurmError
from aif.core.planned import Reservation, reservations_planned
from aif.core.site import Profile
from aif.core.slurm import run
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, unseen, wrong

TITLE = "Reservations"


def look(sight: Sight) -> list[Finding]:
    """Asks each cluster of which a size names one."""
    findings: list[Finding] = []
    for cluster in sight.site.clusters:
        survey = sight.surveys.get(cluster.name)
        sizes = [one for one in sight.site.profiles if one.cluster == cluster.name and one.reservation]
        if survey is None or not sizes:
            continue
        if not sight.is_root and survey.words("PrivateData") & {"reservations", "all"}:
            findings.append(unseen("PrivateData hides reservations: only root can look at them.", "sudo aif check"))
            continue
        try:
            there = run(reservations_planned(), cluster)
        except SlurmError as error:
            findings.append(wrong(f"Cluster {cluster.name} does not say its reservations: {error}", "Ask it again."))
            continue
        findings += [reserved(one, there, datetime.now().astimezone()) for one in sizes]
    return findings


def reserved(size: Profile, there: Sequence[Reservation], now: datetime) -> Finding:
    """Whether one size has time that is reserved for it, now or later."""
    at, name = f"profile.{size.name}", size.reservation
    found = next((one for one in there if one.name == name), None)
    out = f"take reservation out of [[profile]] {size.name}"
    if found is None:
        fix = f"scontrol create reservation reservationname={name} …, or {out}."
        return wrong(f"{at}: there is no reservation {name}, so nobody can start it.", fix)
    if found.ends <= now:
        fix = f"scontrol update reservationname={name} endtime=…, or {out}."
        return wrong(f"{at}: reservation {name} ended at {_said(found.ends)}, so nobody can start it.", fix)
    if found.starts > now:
        return ok(f"{at}: its reservation {name} begins at {_said(found.starts)}.")
    return ok(f"{at}: its reservation {name} lasts until {_said(found.ends)}.")


def _said(moment: datetime) -> str:
    """As Slurm's own commands say it, in this machine's time: `aif` in a checkout has nothing that knows languages."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
