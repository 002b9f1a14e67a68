"""People: who may start, who pays for them, and whether one of them could start each size now."""

from __future__ import annotations

import grp
import json
import os
import pwd
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from aif.core.errors import RequestError
from aif.core.request import JobRequest, Project
from aif.core.site import Profile
from aif_hub.operate.checks.sight import Said, Sight
from aif_hub.operate.finding import Finding, ok, unseen, warning, wrong
from aif_hub.operate.survey import Survey

TITLE = "People"


@dataclass(frozen=True)
class Member:
    """A person as the system and Slurm know them."""

    login: str
    uid: int
    home: str
    in_group: bool
    projects: tuple[Project, ...]


def look(sight: Sight) -> list[Finding]:
    """The people's group, and the person that `--as` names."""
    survey, host = sight.survey, sight.site.host
    try:
        members = grp.getgrnam(host.people_group).gr_mem
    except KeyError:
        return [
            wrong(
                f"There is no group {host.people_group}: nobody may start a session.",
                "`aif install` makes it, or name your directory's group as people_group in the site file.",
            )
        ]
    if survey is None:
        return []
    findings = [payers(host.people_group, members, survey)]
    if not sight.person:
        return [
            *findings,
            unseen("Whether a person could start each size.", "Name somebody of the group with --as LOGIN."),
        ]
    return [*findings, *_tried(sight, survey)]


def payers(group: str, members: list[str], survey: Survey) -> Finding:
    """Whoever may start needs an association that pays."""
    if not members:
        return unseen(f"{group} lists no members; a directory may know them and not list them.")
    have = {association.user for association in survey.associations}
    without = sorted(set(members) - have)
    if without:
        some = ", ".join(without[:3]) + (f" and {len(without) - 3} more" if len(without) > 3 else "")
        return warning(
            f"{len(without)} of {len(members)} members of {group} have no Slurm account: {some}.",
            f"sacctmgr add user {without[0]} account=…, or take them out of the group.",
        )
    return ok(f"All {len(members)} members of {group} have a Slurm account.")


def belongs(person: Member, min_uid: int, group: str) -> Finding:
    """What the launcher asks of a person."""
    if person.uid < min_uid:
        return wrong(f"{person.login} is a system user (uid {person.uid}, min_uid {min_uid}).", "Try --as a person.")
    if not person.in_group:
        return wrong(
            f"{person.login} is not in {group}.", f"usermod -aG {group} {person.login}, or the directory's way."
        )
    if not person.projects:
        return wrong(f"{person.login} has no Slurm account.", f"sacctmgr add user {person.login} account=…")
    return ok(f"{person.login} may start sessions and charge {', '.join(one.account for one in person.projects)}.")


def limits(profile: Profile, project: Project, survey: Survey) -> Finding | None:
    """A QOS may allow less time than the size promises."""
    qos = next((one for one in survey.qos if one.name == project.qos), None)
    if qos is None or qos.longest >= timedelta(hours=profile.hours_max):
        return None
    most = qos.longest / timedelta(hours=1)
    return warning(
        f"profile.{profile.name}: hours_max is {profile.hours_max:g}, and QOS {qos.name} allows {most:g}.",
        f"Set hours_max = {most:g}, or raise MaxWall of the QOS.",
    )


def answered(profile: Profile, login: str, said: Said) -> Finding:
    """What the launcher and `sbatch --test-only` made of one size, asked as the person."""
    at = f"profile.{profile.name} as {login}"
    try:
        answer = json.loads(said.out)
        if said.status != 0 or not isinstance(answer, dict):
            raise ValueError
    except ValueError:
        return wrong(f"{at}: the launcher did not answer: {said.last_words}", "See the section on the launcher.")
    error = answer.get("error")
    if isinstance(error, dict):
        return wrong(f"{at}: refused: {error.get('message')}", "Change the size, or what refuses it.")
    if not answer.get("starts_at"):
        return wrong(
            f"{at}: Slurm would not take it: {answer.get('message')}",
            "Compare the size with the partition, the QOS and any job_submit plugin.",
        )
    return ok(f"{at}: Slurm would start it at {str(answer['starts_at']).replace('T', ' ')}.")


def _tried(sight: Sight, survey: Survey) -> list[Finding]:
    try:
        person = _member(sight, survey)
    except KeyError:
        return [
            wrong(f"There is no user {sight.person} on this host.", "Name somebody of the people's group with --as.")
        ]
    host = sight.site.host
    belonging = belongs(person, host.min_uid, host.people_group)
    if not (person.projects and person.in_group and person.uid >= host.min_uid):
        return [belonging]
    findings = [belonging, home(person.login, person.home, _closed(person.home, person.uid))]
    findings += [found for profile in sight.site.profiles if (found := limits(profile, person.projects[0], survey))]
    if not sight.is_root:
        return [*findings, unseen("The launcher: only root can call it as the hub.", "sudo aif check")]
    for profile in sight.site.profiles:
        findings.append(answered(profile, person.login, _estimate(sight, profile, person)))
    return findings


def home(login: str, path: str, closed: str) -> Finding:
    """The session's folder and the notebooks lie in it."""
    if closed:
        return wrong(
            f"{login} has no usable home: {closed}.", "Make the home folder, and let its owner enter the way to it."
        )
    return ok(f"{login} has a home, {path}.")


def _member(sight: Sight, survey: Survey) -> Member:
    entry = pwd.getpwnam(sight.person)
    group = grp.getgrnam(sight.site.host.people_group).gr_gid
    projects = tuple(
        Project(one.account, one.account, one.qos[0]) for one in survey.associations if one.user == sight.person
    )
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return Member(entry.pw_name, entry.pw_uid, entry.pw_dir, group in groups, projects)


def _closed(path: str, uid: int) -> str:
    """Why the home cannot be used, as far as this host can see; empty if it can."""
    if not os.path.isdir(path):
        return f"{path} is no folder here"
    owner = os.stat(path).st_uid
    if owner != uid:
        return f"{path} belongs to uid {owner}"
    for part in reversed(Path(path).parents):
        if not part.stat().st_mode & 0o001:
            return f"others may not enter {part}"
    return ""


def _estimate(sight: Sight, profile: Profile, person: Member) -> Said:
    try:
        request = JobRequest.parse({"profile": profile.name}, sight.site, person.projects)
    except RequestError as error:
        return Said(-1, "", str(error))
    asked = {"verb": "estimate", "login": person.login, "job": request.launcher_job()}
    return sight.asked_as(sight.site.host.user, list(sight.site.launcher), text_in=json.dumps(asked), timeout=100)
