"""The hub's spawner: JupyterHub's questions on one side, the session's life at Slurm on the other."""

from __future__ import annotations

import asyncio
import pwd
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from batchspawner import JobStatus
from jupyterhub import orm
from traitlets import Unicode, default

import aif_hub.callback
import aif_hub.handlers_servers
import aif_hub.unclaimed  # noqa: F401  # all three put their handlers in the hub; the first replaces batchspawner's
from aif.core.errors import LaunchRefused, LaunchUnknown, RequestError
from aif.core.states import Phase
from aif_hub import notes
from aif_hub.admission import admitted, check_starts, projects_for
from aif_hub.answering import until_it_answers
from aif_hub.book import Session, SessionEnded
from aif_hub.certs import KeyPair
from aif_hub.front_door import host_of
from aif_hub.handover import session_files
from aif_hub.letting_go import LetsGoOnce
from aif_hub.refusal import refusal
from aif_hub.sessions import Sessions
from aif_hub.speech import _, speaking
from aif_hub.tidings import end_sentence, progress
from aif_hub.tokens import keep_the_jobs_own
from aif_hub.workbench import CERTIFICATE_VALID, Workbench

YEAR_SECONDS = 366 * 24 * 3600
#: How long a restarted hub asks a server that it knows before it goes on without it for the time being.
SILENT_SECONDS = 5.0


class SlurmSessionSpawner(LetsGoOnce):
    """Starts one session a server. The options a person sends become a checked `JobRequest`; nothing else is used.

    Of batchspawner's class it keeps the traits and the type; commands and templates of it are never run.
    """

    session_id = Unicode("", help="The session of this server in the book of sessions; 32 hexadecimal digits.")

    @default("start_timeout")
    def _no_limit_on_queueing(self) -> int:
        return YEAR_SECONDS  # waiting is a state; `start_timeout_seconds` of the site runs from RUNNING

    @default("http_timeout")
    def _patient_with_a_server_that_answered(self) -> int:
        return 120

    @default("apply_user_options")
    def _options_reader(self) -> Any:
        return type(self)._take_options

    @default("server_token_scopes")
    def _standard_scopes(self) -> Any:
        return type(self)._in_turn

    @property
    def workbench(self) -> Workbench:
        """What all spawners of this hub share."""
        workbench: Workbench = self.user.settings["aif"]
        workbench.attach(self.user.settings)
        return workbench

    @property
    def sessions(self) -> Sessions:
        """The sessions of this hub."""
        return self.workbench.sessions

    @property
    def session(self) -> Session | None:
        """This server's session, as the book has it."""
        return self.sessions.book.get(self.session_id) if self.session_id else None

    def _in_turn(self) -> Awaitable[list[str]]:
        """No scopes but JupyterHub's; a start's work begins here, one at a time, and the hub answers in between."""
        self.user.db.commit()  # a request that is answered meanwhile takes back what is not: the row of this server
        return self.workbench.take_turn()

    # -- options -----------------------------------------------------------------------------------------------------

    async def _take_options(self, options: Mapping[str, Any]) -> None:
        """Writes down the session that `options` ask for, or takes up the open one. 400 with words if neither."""
        login = self.user.name
        book = self.sessions.book
        session = book.open_of(login, self.name)
        if session is not None and session.stop_asked:
            raise refusal(
                _("Your last session is still being stopped. Start again when your home page shows that it ended."),
                "stopping",
            )
        if session is not None and session.found_at:
            raise refusal(_("An earlier session is there that cannot be opened. Stop it on your home page."), "found")
        if session is None:
            check_starts(self.workbench, login, self.handler)
            projects = await projects_for(self.workbench, login)
            try:
                request = await admitted(self.workbench, login, options, projects, datetime.now().astimezone())
            except RequestError as error:
                # What was refused is not kept anywhere, nor offered as a default next time.
                self.user_options = self.orm_spawner.user_options = {}
                self.user.db.commit()
                raise refusal(notes.of_error(error), error.code) from error
            session = book.write(login, self.name, request, self.display_name if self.name else "")
            self.workbench.estimates.told(session)
            self.workbench.correspondents.tell(login, language=speaking())
        self.session_id = session.session
        self._commit_state()

    # -- certificates and environment --------------------------------------------------------------------------------

    async def create_certs(self) -> dict[str, str]:
        """A key pair for this session alone, kept in memory until it is sent to its folder."""
        session = self._session()
        addresses = await self.workbench.nodes[session.cluster].once_said()
        await self.workbench.making_ready.acquire()
        self._made_ready = self.workbench.making_ready.release
        authority, host = self.workbench.authority, host_of(self.user, self.workbench.site.hub)
        self._keys: KeyPair = await asyncio.to_thread(
            authority.issue, session.login, addresses.values(), CERTIFICATE_VALID, host
        )
        return {}

    async def move_certs(self, paths: dict[str, str]) -> dict[str, str]:
        """Where the server will find them: in its session's folder in the person's home."""
        folder = f"{pwd.getpwnam(self.user.name).pw_dir}/.aif/sessions/{self.session_id}"
        return {"keyfile": f"{folder}/key.pem", "certfile": f"{folder}/cert.pem", "cafile": f"{folder}/ca.pem"}

    # -- start, poll, stop -------------------------------------------------------------------------------------------

    async def start(self) -> str:
        """The server's address, once it answers. A session that was open before (a hub restart) is carried on."""
        session = self._session()
        try:
            if session.job_id is None:
                session = await self._submit(session)
            else:
                self._let_the_next_in()
                await self.sessions.known(session)
            if session.port:
                keep_the_jobs_own(self, session)
            self.job_id = str(session.job_id)
            session = await self.sessions.ready(session)
            await until_it_answers(self.server, session, self.sessions, self.user.settings)
        except SessionEnded as error:
            raise refusal(end_sentence(error.session), "ended") from error
        except (LaunchRefused, LaunchUnknown) as error:
            code = error.code if isinstance(error, LaunchRefused) else "launcher-unknown"
            raise refusal(notes.of_error(error), code) from error
        self.ip, self.port = session.host, session.port
        self.sessions.follow(session, hurried=False)
        return f"{self.server.proto}://{session.host}:{session.port}"

    async def poll(self) -> int | None:
        """None while the job lives or nothing is known of it; a number when Slurm has shown its end."""
        session = self.session
        if session is None:
            return 0
        if session.open:
            await self.sessions.known(session)
            session = await self.sessions.settled(session)
        if not session.open:
            return 1
        # After a restart, a session that was not up yet or is silent: 0 makes the hub drop its own row without touching
        # the job, and the session is taken up again (aif_hub.adopt).
        return 0 if self._lets_go else None

    async def stop(self, now: bool = False) -> None:
        """Returns when Slurm says that the job has ended; `now` only asks."""
        session = self.session
        if session is None:
            return
        stopping = asyncio.get_running_loop().create_task(self.sessions.stop(session))
        self._stopping = stopping  # keeps it alive when nobody waits
        if not now:
            await stopping

    def start_polling(self) -> None:
        """Waits for the end of the job instead of asking for it again and again."""
        self.stop_polling()
        self._lets_go = False  # it answered
        session = self.session
        if session is not None and session.job_id is not None:
            self._polling = ticket = object()

            async def tell() -> None:
                await self.sessions.book.answering()
                if self._polling is ticket:
                    await self.poll_and_notify()

            self.sessions.follow(session, hurried=False)
            self.sessions.queue_of(session).on_end(session.job_id, tell)

    def stop_polling(self) -> None:
        """Tells nobody of the end any more: the hub is stopping the server itself, or was told."""
        super().stop_polling()
        self._polling = None

    async def get_url(self) -> str:
        """The server's address after a restart of the hub. A silent server is let go, never stopped: its job runs."""
        session = self.session
        if session is not None and session.port:
            try:
                async with asyncio.timeout(SILENT_SECONDS):
                    await until_it_answers(self.server, session, self.sessions, self.user.settings)
            except (TimeoutError, SessionEnded):
                self.log.warning("%s does not answer; its job is left alone and taken up again", self._log_name)
                self.workbench.silence.missed(session)
                self._lets_go = True
                self.http_timeout = 1
                return "https://127.0.0.1:9/"  # nobody listens there: the hub drops its row at once
        return str(self.server.url)

    async def progress(self) -> AsyncGenerator[dict[str, Any], None]:
        """A line for each step or change of reason."""
        async for line in progress(lambda: self.session, self.sessions):
            yield line

    # -- state -------------------------------------------------------------------------------------------------------

    def load_state(self, state: dict[str, Any]) -> None:
        """Takes up the session that the hub's database names."""
        super().load_state(state)
        self.session_id = state.get("session", "")
        session = self.session
        # What was being stopped is no server any more: the stop goes on (aif_hub.unclaimed).
        self._lets_go = session is not None and session.open and (not session.port or session.stop_asked)

    def get_state(self) -> dict[str, Any]:
        """What the hub keeps of this server: the session, which the book knows the rest of."""
        return super().get_state() | ({"session": self.session_id} if self.session_id else {})

    def clear_state(self) -> None:
        """Forgets the session; the book does not."""
        super().clear_state()
        self.session_id = ""
        self._lets_go = False
        self._let_the_next_in()

    # -- what batchspawner would do with shell commands ----------------------------------------------------------------

    async def run_command(self, cmd: Any, input: Any = None, env: Any = None) -> str:  # its name there
        """Never: everything goes through the launcher, without a shell."""
        raise RuntimeError("the workbench runs no shell commands")

    async def query_job_status(self) -> JobStatus:
        """The shared look's answer in batchspawner's words."""
        session = self.session
        phase = self.sessions.phase(session) if session else Phase.ENDED
        return {
            Phase.WAITING: JobStatus.PENDING,
            Phase.RUNNING: JobStatus.RUNNING,
            Phase.ENDED: JobStatus.NOTFOUND,
            Phase.UNKNOWN: JobStatus.UNKNOWN,
        }[phase]

    # -- helpers -----------------------------------------------------------------------------------------------------

    _lets_go = False
    _polling: object | None = None
    _made_ready: Callable[[], None] | None = None

    def _let_the_next_in(self) -> None:
        """This start is made ready, or was given up: the hub calls `clear_state` after every failure."""
        done, self._made_ready = self._made_ready, None
        if done:
            done()

    def _session(self) -> Session:
        session = self.session
        if session is None:
            raise RuntimeError("start() was called before the options were applied")
        return session

    async def _submit(self, session: Session) -> Session:
        """The session with its job. The token it will hold is written down first, so that only it can call back.

        After a crash between writing and Slurm's answer the job may hold the earlier token or this one.
        """
        token = orm.APIToken.find(self.user.db, self.api_token)
        session = self.sessions.book.update(session.session, token_ids=(*session.token_ids, token.id))
        addresses = await self.workbench.nodes[session.cluster].once_said()
        env = {key: value for key, value in self.get_env().items() if key.startswith("JUPYTERHUB_")}
        env |= {key: str(value) for key, value in self.environment.items() if not callable(value)}
        ready_url = f"{self.hub.api_url}/aif/v1/ready"
        files = session_files(session, self.workbench.site, env, addresses, ready_url, self._keys, speaking())
        self._let_the_next_in()
        return await self.sessions.submit(session, files)

    def _commit_state(self) -> None:
        self.orm_spawner.state = self.get_state()
        self.user.db.commit()
