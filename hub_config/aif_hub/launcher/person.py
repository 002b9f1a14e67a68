"""The person a request is for, and work done as that person in a process that can never be root again."""

from __future__ import annotations

import grp
import os
import pwd
import resource
import select
import time

from .config import Config
from .protocol import MAX_ANSWER, Refused, cleaned, dump_json, parse_json

TYPE_CHECKING = False  # importing typing or collections.abc costs 3 ms at every start
if TYPE_CHECKING:
    from collections.abc import Callable

KILL = 9
NOBODY = 65534
_NO_LIMIT = resource.RLIM_INFINITY
# What the hub runs under must not reach the person's processes; a session's own limits are set by its node.
_LIMITS = (
    (resource.RLIMIT_CORE, 0, 0),  # no core file can hold a key
    (resource.RLIMIT_CPU, 120, 120),
    (resource.RLIMIT_NOFILE, 1024, 1024),
    (resource.RLIMIT_FSIZE, _NO_LIMIT, _NO_LIMIT),
    (resource.RLIMIT_AS, _NO_LIMIT, _NO_LIMIT),
    (resource.RLIMIT_DATA, _NO_LIMIT, _NO_LIMIT),
    (resource.RLIMIT_STACK, 8 * 1024 * 1024, 8 * 1024 * 1024),
    (resource.RLIMIT_NPROC, _NO_LIMIT, _NO_LIMIT),  # the person's other processes are counted too
)


class Person:
    """A login that was found to be a person of this workbench."""

    __slots__ = ("gid", "home", "login", "shell", "uid")

    def __init__(self, login: str, uid: int, gid: int, home: str, shell: str = "/bin/bash") -> None:
        self.login = login
        self.uid = uid
        self.gid = gid
        self.home = home
        self.shell = shell  # what a terminal in JupyterLab runs

    def environ(self, config: Config) -> dict[str, str]:
        """The whole environment of a Slurm command run for this person; nothing of the hub's or sudo's is in it."""
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": self.home,
            "USER": self.login,
            "LOGNAME": self.login,
            "SHELL": self.shell,
            "LANG": "C.UTF-8",
            "SLURM_CONF": config.slurm_conf,
        }


def find_person(login: str, config: Config) -> Person:
    """The person with this login; refused for root, system users and everyone outside the people's group."""
    try:
        entry = pwd.getpwnam(login)
        people = grp.getgrnam(config.people_group).gr_gid
    except KeyError:
        raise Refused("refused", _stranger(login, config)) from None
    groups = os.getgrouplist(login, entry.pw_gid)
    system = entry.pw_uid < config.min_uid or entry.pw_uid == NOBODY or 0 in groups or login == config.hub_user
    if system or entry.pw_name != login:  # a directory that ignores case would find ROOT
        raise Refused("refused", f"{login} is a system user; sessions are for people.")
    if people not in groups:
        raise Refused("refused", _stranger(login, config))
    home = entry.pw_dir
    if not home.startswith("/") or not home.isprintable() or "\\" in home or os.path.normpath(home) == "/":
        raise Refused("home", f"The home folder of {login} is not set up. Ask the operator.")
    shell = entry.pw_shell
    if not shell.startswith("/") or not shell.isprintable() or shell.endswith(("/nologin", "/false")):
        shell = "/bin/bash"
    return Person(login, entry.pw_uid, entry.pw_gid, home, shell)


def as_person(person: Person, work: Callable[[], dict[str, object]], seconds: float) -> dict[str, object]:
    """What `work()` gives in a child process that is `person` for good; its refusals are raised here."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _in_child(person, work, writer)
    os.close(writer)
    try:
        data = _read_until(reader, time.monotonic() + seconds)
    except TimeoutError:
        if os.getpgid(child) == child:
            os.killpg(child, KILL)  # sbatch too; not waited for: a home that hangs would hang us
        raise Refused("unknown", f"The launcher had no answer within {seconds:.0f} s. Ask again.") from None
    finally:
        os.close(reader)
    os.waitpid(child, 0)
    if not data:
        raise Refused("unknown", "The launcher's process for this person was ended from outside. Ask again.")
    answer = parse_json(data, "The launcher's inner answer")
    error = answer.get("error")
    if isinstance(error, dict):
        raise Refused(str(error.get("code")), str(error.get("message")))
    return answer


def set_limits() -> None:
    """Sane resource limits, never above the hard limits there are: even root may lack the right to raise those."""
    for kind, soft, hard in _LIMITS:
        most = resource.getrlimit(kind)[1]
        if most != _NO_LIMIT:
            soft, hard = (most if limit == _NO_LIMIT else min(limit, most) for limit in (soft, hard))
        resource.setrlimit(kind, (soft, hard))


def become(person: Person) -> None:
    """Turn this process into `person` for good, or end in `Refused`: all groups, all three ids, then checked."""
    os.initgroups(person.login, person.gid)
    os.setresgid(person.gid, person.gid, person.gid)
    os.setresuid(person.uid, person.uid, person.uid)
    ids = (os.getresuid(), os.getresgid())
    if ids != ((person.uid,) * 3, (person.gid,) * 3) or person.uid == 0 or 0 in os.getgroups():
        raise Refused("internal", "The launcher could not give up root, and has stopped.")
    try:
        os.setresuid(0, 0, 0)
    except PermissionError:
        return
    raise Refused("internal", "The launcher could take root back, and has stopped.")


def internal(error: BaseException) -> dict[str, object]:
    """The answer to a fault of our own: its kind and place, never its text, which could hold what was sent."""
    place, trace = "?", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place, trace = f"{os.path.basename(code.co_filename)}:{trace.tb_lineno}", trace.tb_next
    words = f"The launcher failed ({type(error).__name__} at {place}). Ask the operator."
    return {"error": {"code": "internal", "message": cleaned(words, 500)}}


def refusal(error: Refused) -> dict[str, object]:
    """The answer that carries a refusal."""
    return {"error": {"code": error.code, "message": error.message}}


def write_all(fd: int, data: bytes) -> None:
    """All of `data` into `fd`; a reader that has gone away is no error of ours."""
    try:
        while data:
            data = data[os.write(fd, data) :]
    except BrokenPipeError:
        return


def _in_child(person: Person, work: Callable[[], dict[str, object]], writer: int) -> None:
    try:
        try:
            os.setsid()
            set_limits()
            nothing = os.open("/dev/null", os.O_RDWR)
            for standard in (0, 1, 2):  # the hub's pipes stay with root
                os.dup2(nothing, standard)
            become(person)
            os.umask(0o077)
            os.chdir("/")
            answer = work()
        except Refused as error:
            answer = refusal(error)
        except BaseException as error:
            answer = internal(error)
        write_all(writer, dump_json(answer))
    finally:
        os._exit(0)


def _read_until(fd: int, deadline: float) -> bytes:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    data = b""
    while True:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
        part = os.read(fd, 65536)
        if not part:
            return data
        data += part
        if len(data) > MAX_ANSWER:
            raise Refused("internal", "The launcher's inner answer is too long.")


def _stranger(login: str, config: Config) -> str:
    return f"{login} is not a person of this workbench: the login must exist and be in the group {config.people_group}."
