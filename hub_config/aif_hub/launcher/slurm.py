"""sbatch, squeue, sacct and scancel as the person: argv lists, a whole environment, a time limit, and what they meant.

Which environment does the job get? Tried on Slurm 22.05.8 with a marker in each of the person's bash start-up files:

    --export=NONE       the node runs a login shell for the person, ~/.bash_profile included, to make an environment
    --export=NIL        the same: 22.05 takes NIL for the name of a variable (later releases mean "no login shell")
    --export=LANG       the same
    --export=ALL        no login shell; the job gets sbatch's environment as it is, and the node's own SLURM_CONF

So it is ALL, and sbatch's environment is built from nothing (`Person.environ`): the job starts with these seven
variables on every release. A login shell would run whatever is in a start-up file before the server's first line, which
takes seconds where those load modules or conda, and can fail. With --propagate=NONE the job has the limits of its node
and not the hub's; core files, which would hold keys, are off unless the person turns them on.
"""

from __future__ import annotations

import os
import select
import time

from .folder import Folder
from .person import KILL, Person
from .protocol import Refused, cleaned
from .request import Job, job_id_from

TYPE_CHECKING = False  # see person.py
if TYPE_CHECKING:
    from collections.abc import Callable

    from .config import Config

SECONDS = 60  # for one command
MOST_OUTPUT = 8 * 1024 * 1024
MOST_WORDS = 2000
# After these sbatch does not know either whether the controller took the job.
_NO_ANSWER = (
    "Socket timed out",
    "Unable to contact slurm controller",
    "Unable to establish controller",
    "Zero Bytes were transmitted",
    "Unexpected message received",
    "Connection reset",
    "Connection refused",
    "Connection timed out",
    "Transport endpoint",
    "Communication connection failure",
    "Message receive failure",
    "Protocol authentication error",
)
# With these scancel refuses to end what has ended already.
_NO_JOB = ("Invalid job id", "already completing or completed")


class Ended:
    """How a command ended: its status (-1 when its time was over) and what it printed."""

    __slots__ = ("out", "said", "status")

    def __init__(self, status: int, out: str, said: str) -> None:
        self.status = status
        self.out = out
        self.said = said

    def no_answer(self) -> bool:
        """True when the command cannot know what Slurm did: its time was over, or Slurm could not be reached."""
        return self.status == -1 or any(words in self.said for words in _NO_ANSWER)

    def words(self) -> str:
        """What the command said, for people: one line, without the command's own prefixes."""
        text = self.said
        for noise in ("sbatch: error: ", "scancel: error: ", "sbatch: ", "scancel: ", "allocation failure: "):
            text = text.replace(noise, "")
        return cleaned(text.replace("Batch job submission failed: ", ""), MOST_WORDS) or f"status {self.status}"


def submission(job_name: str, job: Job, session: str, folder: str, home: str) -> list[str]:
    """The sbatch command for one session's job; the start page shows it to experts as it is."""
    return [
        "sbatch",
        "--parsable",
        *resources(job_name, job),
        f"--comment={session}",
        f"--output={folder.replace('%', '%%')}/log",
        "--open-mode=append",
        f"--chdir={home}",
        "--export=ALL",
    ]


def batch_script(words: list[str]) -> str:
    """The job script that runs `words`; the start page shows it to experts as it is."""
    return "#!/bin/bash\numask 077\nulimit -S -c 0\nexec " + " ".join(map(_quoted, words)) + "\n"


def resources(job_name: str, job: Job) -> list[str]:
    """What a job asks for, as sbatch's options."""
    argv = [
        f"--job-name={job_name}",
        f"--account={job.account}",
        f"--partition={job.partition}",
        f"--time={job.minutes}",
        f"--nodes={job.nodes}",
        "--ntasks=1",
        f"--cpus-per-task={job.cpus}",
        f"--mem={job.memory_mb}M",
        "--no-requeue",
        "--propagate=NONE",  # the limits of the launcher and the hub are not the job's
    ]
    if job.gpus:
        argv.append(f"--gres=gpu:{job.gpu_type}:{job.gpus}" if job.gpu_type else f"--gres=gpu:{job.gpus}")
    if job.qos:
        argv.append(f"--qos={job.qos}")
    if job.reservation:
        argv.append(f"--reservation={job.reservation}")
    return argv


class Slurm:
    """Slurm's commands of this site, run as the person that this process already is."""

    def __init__(self, config: Config, person: Person) -> None:
        self._config = config
        self._person = person
        self._environ = person.environ(config)

    def submit(self, job: Job, session: str, server: str, folder: Folder) -> Ended:
        """What sbatch said to one session's job. No secret is in the argv or the script, only the folder's path."""
        argv = submission(self._config.job_name, job, session, folder.path, self._person.home)
        return self._run(argv, batch_script([*self._config.server_commands[server], folder.path]))

    def start_estimate(self, job: Job) -> dict[str, object]:
        """When such a job would start: the answer of `sbatch --test-only`, which uses up a job id each time."""
        ended = self._run(
            ["sbatch", "--test-only", *resources(self._config.job_name, job), "--export=ALL"], "#!/bin/bash\nexit 0\n"
        )
        if ended.no_answer():
            raise Refused("unknown", f"Slurm gave no estimate: {ended.words()}")
        _, found, rest = ended.said.partition(" to start at ")
        if ended.status == 0 and not found:
            raise Refused("unknown", f"Slurm gave no estimate, but: {cleaned(ended.said or ended.out, MOST_WORDS)}")
        starts_at = rest.split(" ", 1)[0].strip() if found and ended.status == 0 else None
        return {"starts_at": starts_at, "message": ended.words()}

    def cancel(self, job_ids: list[int]) -> list[int]:
        """The ids that were cancelled or are no jobs any more. `--user` keeps out the jobs of others, whatever rights
        the person has in Slurm."""
        ended = self._run(["scancel", f"--user={self._person.login}", *map(str, job_ids)])
        if ended.no_answer() or ended.out.strip():  # what did as it was told prints nothing
            raise Refused("unknown", f"Slurm did not say whether it cancelled: {ended.words()}")
        kept, gone = set(), 0
        for line in ended.said.splitlines():
            job_id = job_id_from(line.partition("job id ")[2].partition(":")[0])
            if any(words in line for words in _NO_JOB):
                gone += 1
            elif job_id:
                kept.add(job_id)
        if ended.status and not kept and not gone:
            raise Refused("unknown", f"Slurm did not say what it cancelled: {ended.words()}")
        return [job_id for job_id in job_ids if job_id not in kept]

    def find(self, session: str, since: float) -> int | None:
        """The job that an earlier submit made for the session and never told us of, or None when there is none.

        The earlier sbatch is dead (see `Lock`), but its message may still lie in front of a busy controller, so a young
        marker is looked for more than once. An old one is looked for in the accounting too, as the controller forgets
        jobs `MinJobAge` after their end: by sbatch's command line, which is recorded when a job starts or is cancelled;
        the comment is recorded only with AccountingStoreFlags=job_comment, and at the job's end.
        """
        age = time.time() - since
        for pause in (0.0, 0.5, 1.5) if age < SECONDS else (0.0,):
            time.sleep(pause)
            found = self._in_queue(session)
            if found:
                return found
        return self._in_accounting(session, since) if age > SECONDS else None

    def _in_queue(self, session: str) -> int | None:
        ended = self._run(["squeue", "--me", "--all", "--states=all", "--format=%A|%k"])
        if ended.status != 0:
            raise Refused("unknown", f"Slurm did not say whether the job exists: {ended.words()}")
        return self._job_in("JOBID|COMMENT", ended.out, lambda comment: comment == session)

    def _in_accounting(self, session: str, since: float) -> int | None:
        start = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(since - 300))
        argv = ["sacct", "--parsable2", "--allocations", f"--user={self._person.login}", f"--starttime={start}"]
        ended = self._run([*argv, "--format=JobIDRaw,Comment,SubmitLine"])
        if "accounting storage is disabled" in ended.said:
            return None
        if ended.status != 0:
            raise Refused("unknown", f"Slurm's accounting did not say whether the job exists: {ended.words()}")

        def is_it(rest: str) -> bool:
            comment, _, submitted = rest.partition("|")
            return comment == session or f"--comment={session}" in submitted.split()

        return self._job_in("JobIDRaw|Comment|SubmitLine", ended.out, is_it)

    def _job_in(self, head: str, out: str, is_it: Callable[[str], bool]) -> int | None:
        """The first job of which that holds, or None; below the head, each line begins with a job's id.

        What has no such head, begins otherwise under it or breaks off is no answer, and a second job would come of
        taking it for one: Slurm prints the head above no jobs too. Later lines may be the rest of a comment that the
        person gave to another job. What stands above the head, such as a greeting, is no part of the answer.
        """
        lines = out.splitlines()
        rows = lines[lines.index(head) + 1 :] if head in lines and out.endswith("\n") else None
        if rows is None or (rows and not job_id_from(rows[0].partition("|")[0])):
            said = cleaned((rows or lines or ["nothing"])[0], MOST_WORDS)
            raise Refused("unknown", f"Slurm did not say whether the job exists, but: {said}")
        for line in rows:
            job_id, _, rest = line.partition("|")
            if is_it(rest) and job_id_from(job_id):
                return job_id_from(job_id)
        return None

    def _run(self, argv: list[str], stdin: str = "") -> Ended:
        program = f"{self._config.slurm_bin}/{argv[0]}"
        in_reader, in_writer = os.pipe()
        out_reader, out_writer = os.pipe()
        err_reader, err_writer = os.pipe()
        os.write(in_writer, stdin.encode())  # far below what a pipe holds
        os.close(in_writer)
        pid = os.posix_spawn(
            program,
            argv,
            self._environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, in_reader, 0),
                (os.POSIX_SPAWN_DUP2, out_writer, 1),
                (os.POSIX_SPAWN_DUP2, err_writer, 2),
            ],
            setsigmask=[],
            setsigdef=range(1, 32),  # Python ignores SIGPIPE; its children must not
        )
        for fd in (in_reader, out_writer, err_writer):
            os.close(fd)
        out, said, in_time = _read_both(out_reader, err_reader, time.monotonic() + SECONDS)
        if not in_time:
            os.kill(pid, KILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if not in_time:
            return Ended(-1, "", f"{argv[0]} had no answer within {SECONDS} s.")
        return Ended(status if status >= 0 else -1, out, said)


def _read_both(out_fd: int, err_fd: int, deadline: float) -> tuple[str, str, bool]:
    parts: dict[int, list[bytes]] = {out_fd: [], err_fd: []}
    poll = select.poll()
    left, size = {out_fd, err_fd}, 0
    for fd in left:
        poll.register(fd, select.POLLIN)
    while left and size < MOST_OUTPUT:
        ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        if not ready:
            break
        for fd, _ in ready:
            part = os.read(fd, 65536)
            size += len(part)
            parts[fd].append(part)
            if not part:
                poll.unregister(fd)
                left.discard(fd)
    for fd in parts:
        os.close(fd)
    out, said = (b"".join(parts[fd]).decode("utf-8", "replace") for fd in (out_fd, err_fd))
    return out, said, not left


def _quoted(word: str) -> str:
    """`word` for bash, as shlex.quote() writes it; shlex would import re."""
    return "'" + word.replace("'", "'\"'\"'") + "'"
