"""The six verbs, carried out by a process that already is the person."""

from __future__ import annotations

import time

from .config import Config
from .folder import Folder, Lock, open_folder, sweep
from .person import Person
from .protocol import Refused
from .request import Request, job_id_from
from .slurm import Slurm


def perform(request: Request, person: Person, config: Config) -> dict[str, object]:
    """The answer to a checked request."""
    if request.verb == "submit":
        return _submit(request, person, config)
    if request.verb == "estimate":
        return Slurm(config, person).start_estimate(request.job)
    if request.verb == "cancel":
        return {"cancelled": Slurm(config, person).cancel(request.job_ids)}
    folder = open_folder(person, request.session, make=False)
    if request.verb == "find":
        return {"job_id": _find(request, folder, Slurm(config, person)) if folder else None}
    if request.verb == "log":
        return {"lines": folder.log_tail() if folder else []}
    if folder:
        with Lock(folder):
            folder.empty()
    sweep(person, time.time())
    return {}


def _submit(request: Request, person: Person, config: Config) -> dict[str, object]:
    if request.server not in config.server_commands:
        names = ", ".join(sorted(config.server_commands))
        raise Refused("refused", f"There is no server command {request.server} here; there is {names}.")
    folder = open_folder(person, request.session, make=True)
    if folder is None:
        raise Refused("home", "The session's folder vanished while it was made. Retry.")
    with Lock(folder):
        return _submit_once(request, folder, Slurm(config, person))


def _submit_once(request: Request, folder: Folder, slurm: Slurm) -> dict[str, object]:
    """One job for a session, however often and from however many places it is asked for."""
    known = _job_of(request.session, folder, slurm)
    if known is not None:
        return {"job_id": known, "adopted": True}
    folder.fill(request.files)
    ended = slurm.submit(request.job, request.session, request.server, folder)
    job_id = job_id_from(ended.out)
    if job_id is not None:
        folder.note_job_id(job_id)
        return {"job_id": job_id, "adopted": False}
    if ended.no_answer() or ended.status == 0:
        words = ended.words().rstrip(".")
        raise Refused("unknown", f"Slurm did not say whether it took the job: {words}. Ask again.")
    folder.empty()
    raise Refused("sbatch", ended.words())


def _find(request: Request, folder: Folder, slurm: Slurm) -> int | None:
    """The session's job, or None when there is none: who wants to end a session must not make one to find out."""
    with Lock(folder):
        return _job_of(request.session, folder, slurm)


def _job_of(session: str, folder: Folder, slurm: Slurm) -> int | None:
    """The job id that was written down, or else that Slurm knows; called with the lock held."""
    known = folder.job_id()
    if known is None:
        since = folder.submitting_since()
        if since is not None:
            known = slurm.find(session, since)
            if known is not None:
                folder.note_job_id(known)
    return known
