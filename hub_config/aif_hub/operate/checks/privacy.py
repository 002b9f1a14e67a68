"""Who sees whose jobs: the hub must see them all, and people are told what the site chose."""

from __future__ import annotations

from dataclasses import dataclass

from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, unseen, warning, wrong
from aif_hub.operate.survey import Survey

TITLE = "Privacy in Slurm"
_HIDES = {
    "jobs": "each other's jobs",
    "usage": "each other's use",
    "users": "each other's names",
    "accounts": "other projects",
}


#: Jobs in the queue, nodes, people's associations and reservations, each by name.
Seen = list[set[str]]


@dataclass(frozen=True)
class View:
    """How much of Slurm somebody sees: jobs in the queue, nodes, people's associations, and reservations."""

    jobs: int
    nodes: int
    associations: int
    reservations: int = 0


def look(sight: Sight) -> list[Finding]:
    """Root's view beside the hub's."""
    survey = sight.survey
    if survey is None:
        return []
    findings = [chosen(survey)]
    if not sight.is_root:
        return [*findings, unseen("What the hub's user sees of Slurm: only root can look as it.", "sudo aif check")]
    who = sight.site.host.user
    before, hub, after = (_seen(sight, user) for user in ("root", who, "root"))
    if before is None or hub is None or after is None:
        return [*findings, wrong(f"{who} cannot ask Slurm.", f"Run squeue as {who} and read what it says.")]
    return [*findings, *seen_by_the_hub(*views(before, hub, after), who, survey)]


def chosen(survey: Survey) -> Finding:
    """What people see of each other is the site's own choice; it is said, not judged."""
    private = survey.words("PrivateData")
    open_to_all = [what for word, what in _HIDES.items() if word not in private]
    if not open_to_all:
        return ok("PrivateData: people see neither each other's jobs nor use.")
    return ok(f"PrivateData={','.join(sorted(private)) or 'none'}: people see {', '.join(open_to_all)} in Slurm.")


def seen_by_the_hub(own: View, hub: View, user: str, survey: Survey) -> list[Finding]:
    """The hub follows jobs by one look for all; what is hidden from it is unknown to it."""
    private = survey.words("PrivateData")
    findings = []
    if hub.jobs < own.jobs or ("jobs" in private and not own.jobs):
        seen = f"sees {hub.jobs} of {own.jobs} jobs" if own.jobs else "would see no jobs of others"
        findings.append(
            wrong(
                f"{user} {seen} (PrivateData has jobs): sessions would be unknown to the hub.",
                f"Take jobs out of PrivateData, or: sacctmgr modify user {user} set adminlevel=operator, which also "
                "lets it change the jobs of others.",
            )
        )
    if hub.associations < own.associations:
        findings.append(
            wrong(
                f"{user} sees {hub.associations} of {own.associations} people's projects: others could not start.",
                "Take users, accounts and usage out of PrivateData in slurmdbd.conf.",
            )
        )
    if hub.nodes < own.nodes:
        findings.append(
            wrong(
                f"{user} sees {hub.nodes} of {own.nodes} nodes: call-backs from the others would be refused.",
                "Take nodes out of PrivateData.",
            )
        )
    if hub.reservations < own.reservations:
        findings.append(
            warning(
                f"{user} sees {hub.reservations} of {own.reservations} reservations: no page tells of maintenance that "
                "it does not see, and sessions that would run into it wait.",
                f"Take reservations out of PrivateData, or: sacctmgr modify user {user} set adminlevel=operator, which "
                "also lets it change the jobs of others.",
            )
        )
    return findings or [ok(f"{user} sees all jobs, nodes and projects that root sees.")]


def views(before: Seen, hub: Seen, after: Seen) -> tuple[View, View]:
    """Root's view and the hub's, of what was there before and after the hub was asked: jobs come and go meanwhile."""
    lasting = [one & other for one, other in zip(before, after, strict=True)]
    seen = [one & other for one, other in zip(hub, lasting, strict=True)]
    return View(*map(len, lasting)), View(*map(len, seen))


def _seen(sight: Sight, user: str) -> Seen | None:
    bin_dir = sight.cluster.slurm_bin
    found = []
    for words in (
        ("squeue", "-h", "-a", "-t", "all", "-o", "%A"),
        ("sinfo", "-h", "-a", "-N", "-o", "%N"),
        ("sacctmgr", "-n", "-P", "show", "assoc", "format=User,Account"),
        ("scontrol", "show", "reservation", "-o"),
    ):
        said = sight.asked_as(user, [f"{bin_dir}/{words[0]}", *words[1:]])
        if said.status != 0:
            return None
        found.append({_name(line) for line in said.out.splitlines() if line.strip() and not line.startswith("|")})
    return found


def _name(line: str) -> str:
    """A reservation's name without what changes of it meanwhile; other lines are names as they are."""
    return line.split()[0] if line.startswith("ReservationName=") else line
