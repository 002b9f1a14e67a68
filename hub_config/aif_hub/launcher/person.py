"""The person a request is for, and work done as that person in a process that can never be root again."""

from __future__ import annotations

import grp
import os
import pwd
import resource

from .config import Config
from .protocol import Refused, cleaned, dump_json

TYPE_CHECKING = False  # importing typing or collections.abc costs 3 ms at every start
if TYPE_CHECKING:
    from collections.abc import Callable

    Body = Callable[[], bytes]  # reads a request
    Read = Callable[[], None]  # says that it is read

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


def in_child(work: Callable[[Read], dict[str, object]], mark: bytes) -> tuple[int, int]:
    """A child process that says what `work` gives, and where to read it; refusals and faults become answers too.

    `work` is given a function that says `mark`. The child shares no descriptor with other children but the standard
    ones, and leads a process group of its own.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        try:
            os.setsid()
            os.closerange(3, writer)
            os.closerange(writer + 1, 65536)
            answer = work(lambda: write_all(writer, mark))
        except Refused as error:
            answer = refusal(error)
        except BaseException as error:
            answer = internal(error)
        write_all(writer, dump_json(answer))
    finally:
        os._exit(0)


def turn_into(person: Person) -> None:
    """This process is `person` from here on, in a fresh place: limits, umask, folder, and nothing to read or write."""
    set_limits()
    nothing = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    for standard in (0, 1, 2):  # the hub's pipes stay with root
        os.dup2(nothing, standard)
    os.close(nothing)
    become(person)
    os.umask(0o077)
    os.chdir("/")


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


def _stranger(login: str, config: Config) -> str:
    return f"{login} is not a person of this workbench: the login must exist and be in the group {config.people_group}."
