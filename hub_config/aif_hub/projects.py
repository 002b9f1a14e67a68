"""Which projects a person may charge: Slurm's associations of everyone, read with one query and kept for a while."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from aif.core.errors import SlurmError
from aif.core.names import is_name
from aif.core.request import Project
from aif.core.site import Cluster, Site
from aif.core.slurm import Call
from aif.core.table import unreadable
from aif_hub.accounting import AccountingBudget

log = logging.getLogger("aif.projects")
REFRESH_SECONDS = 300.0
#: Somebody who is in no project may have been invited just now, and is looked for again after this.
INVITED_SECONDS = 30.0
#: An accounting that could not be asked is asked again after this, by whoever comes next; its budget sets the pace.
AGAIN_SECONDS = 3.0
#: The accounting's budget may keep a question waiting for a minute; a page waits this long, and only if it must.
PATIENCE_SECONDS = 15.0
#: The same where it is only to see whether somebody in no project was invited meanwhile.
GLANCE_SECONDS = 2.0


def whole(out: str) -> str:
    """Slurm's answer to ASSOCIATIONS, as it is. Raises SlurmUnreachable for what is none.

    Any accounting has its own root, so an answer without an account is none, and so is one of which a line broke off.
    """
    rows = [line.split("|") for line in out.splitlines() if line.strip()]
    if any(len(parts) < 4 for parts in rows) or not any(is_name(parts[1].strip()) for parts in rows):
        raise unreadable("sacctmgr")
    return out


#: Every login's projects on the cluster that answers.
ASSOCIATIONS = Call(("sacctmgr", "-n", "-P", "show", "assoc", "format=User,Account,DefaultQOS,QOS"), whole)
#: Where a hub keeps the last answer, in its state folder.
KEPT = "associations"


class Projects:
    """The projects of each login. A stale answer is better than none while the accounting is away.

    The last one is `kept` in a file as Slurm gave it, so that a hub that starts knows everybody's at once.
    """

    def __init__(self, site: Site, cluster: Cluster, accounting: AccountingBudget, kept: Path | None = None) -> None:
        self._site = site
        self._cluster = cluster
        self._accounting = accounting
        self._kept = kept
        self._known: dict[str, list[Project]] = {}
        self._asked = float("-inf")
        self._refreshing: asyncio.Task[None] | None = None
        self.trouble = ""
        self.read_at: datetime | None = None
        if kept is not None:
            with contextlib.suppress(OSError, ValueError, SlurmError):  # the first hub here: it asks
                self._take(whole(kept.read_text()), datetime.fromtimestamp(kept.stat().st_mtime, UTC))

    async def of(self, login: str, patience: float | None = None) -> list[Project]:
        """The projects that the person may charge, their default first; none when Slurm's answer takes longer."""
        known = login in self._known
        await self._refreshed(REFRESH_SECONDS if known else INVITED_SECONDS, known, patience)
        return self._known.get(login, [])

    def charged(self, account: str) -> list[str]:
        """The QOS by which people charge this account and no other, the commonest first.

        One that several accounts share may carry a limit too, but it is no account's own.
        """
        counts = Counter((one.qos, one.account) for known in self._known.values() for one in known)
        others = {qos for qos, payer in counts if payer != account}
        return [qos for (qos, payer), _ in counts.most_common() if payer == account and qos and qos not in others]

    async def everybodys(self, patience: float | None = None) -> list[Project]:
        """Every project that somebody may charge, each once, as most of its members have it; in the order of names."""
        await self._refreshed(REFRESH_SECONDS, bool(self._known), patience)
        counts = Counter((one.account, one.title, one.qos) for known in self._known.values() for one in known)
        found = {parts[0]: Project(*parts) for parts, _count in reversed(counts.most_common())}
        return [found[account] for account in sorted(found) if account != "root"]  # the tree's own, with no people

    async def _refreshed(self, seconds: float, known: bool, patience: float | None) -> None:
        """Has them asked anew when the last answer is older; waits for that only where nothing is `known` yet."""
        if time.monotonic() - self._asked <= (min(seconds, AGAIN_SECONDS) if self.trouble else seconds):
            return
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh())
        if not known:
            most = PATIENCE_SECONDS if self.read_at is None else GLANCE_SECONDS
            _, waiting = await asyncio.wait({self._refreshing}, timeout=most if patience is None else patience)
            if waiting and self.read_at is None:
                self.trouble = "Slurm's accounting has not answered yet"

    async def _refresh(self) -> None:
        try:
            said = await self._accounting.ask(ASSOCIATIONS, self._cluster)
        except SlurmError as error:
            log.warning("projects cannot be asked: %s", error)
            self.trouble = str(error)
        else:
            self.trouble = ""
            self._take(said, datetime.now(UTC))
            self._keep(said)
        self._asked = time.monotonic()

    def _take(self, said: str, at: datetime) -> None:
        self._known, self.read_at = parse_associations(said, self._site), at

    def _keep(self, said: str) -> None:
        """For the next hub, which may begin while the accounting is away."""
        if self._kept is None:
            return
        draft = self._kept.with_name(f"{self._kept.name}.new")
        try:
            draft.touch(mode=0o600)
            draft.write_text(said)
            draft.replace(self._kept)
        except OSError as error:
            log.warning("projects cannot be kept: %s", error)


def parse_associations(out: str, site: Site) -> dict[str, list[Project]]:
    """Projects by login from ``user|account|default qos|qos,qos`` lines; lines without a user are the accounts' own.

    Where somebody belongs to an account once for each of several partitions, the first line's default counts. An
    account or QOS by which no job can be asked for is nobody's, and the log says so.
    """
    found: dict[str, dict[str, Project]] = {}
    odd: set[str] = set()
    for line in out.splitlines():
        parts = line.split("|")
        if len(parts) != 4 or not parts[0].strip():
            continue
        user, account, default_qos, qos = (part.strip() for part in parts)
        names = tuple(filter(None, qos.split(",")))
        pays = default_qos or qos.split(",")[0]
        if not is_name(account) or not is_name(pays or account):
            odd.add(f"{account} {pays}")
            continue
        mine = found.setdefault(user, {})
        known = mine.get(account) or Project(account, site.project_title(account), pays)
        mine[account] = replace(known, all_qos=tuple(dict.fromkeys((*known.all_qos, *names))))
    if odd:
        log.warning("left out, as the launcher takes no such names of account and QOS: %s", sorted(odd))
    order = {project.account: at for at, project in enumerate(site.projects)}
    return {
        user: sorted(mine.values(), key=lambda project: order.get(project.account, len(order)))
        for user, mine in found.items()
    }
