"""Everything the hub shares, made once from the site file: the book, the queues, the launcher, the projects."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyterhub import orm
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as Database

from aif.core.site import Site
from aif_hub import metrics, routes, silence
from aif_hub.accounting import AccountingBudget
from aif_hub.audit.changes import Changes
from aif_hub.audit.entry import Entry
from aif_hub.audit.log import AuditLog, folder_of
from aif_hub.banner import FILE as BANNER
from aif_hub.banner import BannerFile
from aif_hub.book import Session, SessionBook, make_tables
from aif_hub.certs import SessionAuthority
from aif_hub.choices import SavedChoices
from aif_hub.database import answering
from aif_hub.estimates import Estimates
from aif_hub.free import FreeGpus
from aif_hub.launch import Launcher
from aif_hub.ledger.answers import Answers
from aif_hub.ledger.ledger import Ledger
from aif_hub.ledger.record import JobRecords
from aif_hub.ledger.snapshots import Snapshots
from aif_hub.ledger.sources import sources_of
from aif_hub.line import Line
from aif_hub.nodes import Nodes
from aif_hub.people import People
from aif_hub.prices import unit_of
from aif_hub.progress import ProgressRecord
from aif_hub.projects import KEPT, Projects
from aif_hub.queue import JobQueue
from aif_hub.reconcile import Reconciliation
from aif_hub.session_ids import SessionIds
from aif_hub.sessions import Sessions
from aif_hub.shared_calendar import calendars_of
from aif_hub.sign_in.settings import secret
from aif_hub.speech import LANGUAGES, speaking
from aif_hub.terms import TermsRecord
from aif_hub.turns import starts_of
from aif_hub.warnings.outbox import Correspondents, Outbox
from aif_hub.warnings.postman import Postman
from aif_hub.warnings.record import EventRecord
from aif_hub.warnings.rounds import rounds
from aif_hub.warnings.watch import Watch
from aif_hub.workers import TEND_SECONDS, Workers

log = logging.getLogger("aif.workbench")

#: A session's certificate outlives its queueing and its run by far, and dies with its files.
CERTIFICATE_VALID = timedelta(days=120)


class Workbench:
    """One for each hub, in the tornado settings as ``aif``. Parts are made when first needed, inside the event loop."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.since = datetime.now(UTC)
        self._spoken = {language: site.said_in(language) for language in LANGUAGES}
        self.audit = AuditLog(folder_of(site), site.audit.keep_days)
        self.changes = Changes(self.audit.write)
        self.accounting = AccountingBudget()
        self.launcher = Launcher(list(site.launcher), site.session.submissions_at_once)
        self.queues = {cluster.name: JobQueue(cluster, site.session, self.accounting) for cluster in site.clusters}
        self.nodes = {cluster.name: Nodes(cluster) for cluster in site.clusters}
        self.people = People(site.login.logins)
        self.free = {cluster.name: FreeGpus(cluster) for cluster in site.clusters}
        self.lines = {cluster.name: Line(cluster) for cluster in site.clusters}
        self.calendars = calendars_of(site.clusters, site.profiles)
        self.banner = BannerFile(Path(site.state_dir) / BANNER)
        self.projects = Projects(site, site.clusters[0], self.accounting, Path(site.state_dir) / KEPT)
        self.answers = Answers()
        #: Exports read years of jobs: one after the other, beside everybody's pages.
        self.exporting = asyncio.Semaphore(1)
        #: A few starts at a time are made ready, so that the first jobs are on their way while the rest is still made.
        self.making_ready = asyncio.Semaphore(site.session.submissions_at_once)
        self.turn = asyncio.Lock()
        self.starts = starts_of(site.session)
        self._database: Callable[[], Database] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._routing: asyncio.Task[None] | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Workbench:
        """Itself: traitlets copies configuration values, and there is one workbench a hub."""
        return self

    async def take_turn(self) -> list[str]:
        """Returns, with nothing, when the starts before this one have had their turn."""
        async with self.turn:
            await asyncio.sleep(0)
        return []

    @property
    def spoken_site(self) -> Site:
        """The site with its texts in the language of this request, as pages show it."""
        return self._spoken[speaking()]

    def attach(self, settings: dict[str, Any]) -> None:
        """Gives the workbench the running hub's database and certificates (its tornado settings)."""
        if self._database is None:
            self._database = lambda: settings["db"]
            self._settings = settings
            with contextlib.suppress(SQLAlchemyError):  # it is away: each part asks again when it is first needed
                make_tables(settings["db"])
            metrics.collector.watch(self)
            self.audit.write(
                Entry("hub.start", more={"operators": " ".join((*self.site.hub.admins, *self.site.login.admin_groups))})
            )
        if self._watching is None:
            with contextlib.suppress(RuntimeError):  # no loop runs yet: the next request begins it
                self._watching = asyncio.get_running_loop().create_task(self._watch())
                self._routing = asyncio.get_running_loop().create_task(routes.keep(settings))

    @cached_property
    def sessions(self) -> Sessions:
        """All sessions of this hub. Needs `attach`."""
        if self._database is None:
            raise RuntimeError("the workbench is not attached to a hub yet")
        book = SessionBook(self._database, new_id=self._ids.new)
        book.changed = self.changes.session
        return Sessions(self.site, book, self.queues, self.nodes, self.launcher, self._revoke)

    @cached_property
    def reconciliations(self) -> dict[str, Reconciliation]:
        """What holds jobs and records against each other, by Slurm cluster. Needs `attach`."""
        rest = (self.site, self.sessions, self.launcher, self._ids)
        return {one.name: Reconciliation(one, *rest) for one in self.site.clusters}

    @cached_property
    def silence(self) -> silence.Silence:
        """Which sessions' servers do not answer. Needs `attach`."""
        return silence.Silence(self.sessions.book, self._servers.address, self._servers.ask)

    @cached_property
    def _servers(self) -> silence.Servers:
        return silence.Servers(self._settings)

    @cached_property
    def _ids(self) -> SessionIds:
        hub = self.site.hub
        return SessionIds(lambda: self._settings["cookie_secret"], f"{hub.api_host}:{hub.api_port}")

    @cached_property
    def workers(self) -> dict[str, Workers]:
        """Those of sessions' clusters, by Slurm cluster. Needs `attach`."""
        book, tell = self.sessions.book, self.changes.workers
        weights = {one.gpu_type: one.gpu_weight for one in self.site.profiles if one.gpus}
        rest = {"tell": tell, "weights": weights, "unit": lambda one: unit_of(one.request, self.site)}
        return {one.name: Workers(one, book, self.launcher, **rest) for one in self.site.clusters}

    @cached_property
    def estimates(self) -> Estimates:
        """When choices could start. Needs `attach`."""
        book = self.sessions.book
        return Estimates(self.launcher, book, lambda: self._settings["db"])

    @cached_property
    def ledger(self) -> Ledger:
        """What projects have left. Needs `attach`."""

        def database() -> Database:
            return self._settings["db"]  # type: ignore[no-any-return]  # the hub's own

        sources = sources_of(self.site, self.accounting, self.projects.charged, database)
        return Ledger(self.site, sources, Snapshots(database))

    @cached_property
    def correspondents(self) -> Correspondents:
        """Where people's mail goes. Needs `attach`."""
        return Correspondents(lambda: self._settings["db"])

    @cached_property
    def postman(self) -> Postman:
        """Sends mail, where the site names a server. Needs `attach`. Raises SiteError."""
        mail = self.site.mail
        password = secret(mail.password_file, "mail.password_file") if mail.password_file else ""
        outbox = Outbox(lambda: self._settings["db"])
        book, record = self.sessions.book, self.watch.record
        return Postman(self.site, record, outbox, self.correspondents, book, self.people, password)

    @cached_property
    def watch(self) -> Watch:
        """What tells people of its own accord. Needs `attach`."""
        record = EventRecord(lambda: self._settings["db"])
        return Watch(self.site, self.sessions, lambda: self.projects.everybodys(2.0), self.ledger, record)

    @cached_property
    def records(self) -> JobRecords:
        """What Slurm recorded of ended jobs, as far as the ledger read it. Needs `attach`."""
        return JobRecords(lambda: self._settings["db"], self.site.clusters[0].name)

    @cached_property
    def choices(self) -> SavedChoices:
        """What people saved of the start page. Needs `attach`."""
        return SavedChoices(lambda: self._settings["db"])

    @cached_property
    def progress(self) -> ProgressRecord:
        """How far people are in the tutorials. Needs `attach`."""
        return ProgressRecord(lambda: self._settings["db"])

    @cached_property
    def terms(self) -> TermsRecord:
        """Who accepted the terms of use. Needs `attach`."""
        return TermsRecord(lambda: self._settings["db"], self.site.terms.version)

    def tell_address(self, login: str, address: str) -> None:
        """Where the person's mail goes, as their identity says. A hub that only just begins hears it next time."""
        if self._database is not None:
            self.correspondents.tell(login, address)

    async def _watch(self) -> None:
        """Tells people of its own accord until the hub ends; what ends it sooner is logged, and it begins anew."""
        while True:
            try:
                await self._tell_people()
            except Exception:
                log.exception("what tells people of its own accord has ended; it begins anew")
            await asyncio.sleep(TEND_SECONDS)

    async def _tell_people(self) -> None:
        """From when the database answers; where one part of it ends, all of it does."""
        await answering(self._settings["db"])
        failed = "looking after the workers of sessions that are over failed"
        tending = [rounds(one.tend, TEND_SECONDS, self.watch.record, log, failed) for one in self.workers.values()]
        failed = "comparing jobs and records failed"
        each = self.site.session.look_seconds_idle
        comparing = [rounds(one.tend, each, self.watch.record, log, failed) for one in self.reconciliations.values()]
        failed = "beginning to ask the servers of sessions failed"
        asking = rounds(self.silence.tend, silence.TEND_SECONDS, self.watch.record, log, failed)
        running = [self.watch.run(), *tending, *comparing, asking]
        if self.site.mail.host:
            self.watch.told = self.postman.take
            running.append(self.postman.run())
        try:
            async with asyncio.TaskGroup() as parts:
                for part in running:
                    parts.create_task(part)
        finally:
            await self._servers.close()

    def _revoke(self, session: Session) -> None:
        """Takes the tokens of an ended session out of the hub's database."""
        database = self._settings["db"]
        for token_id in session.token_ids:
            if (token := database.get(orm.APIToken, token_id)) is not None:
                database.delete(token)
        database.commit()

    @cached_property
    def authority(self) -> SessionAuthority:
        """Signs the sessions' certificates."""
        bundle = self._settings["internal_trust_bundles"]["notebooks-ca"]
        return SessionAuthority(Path(self._settings["internal_certs_location"]), Path(bundle))
