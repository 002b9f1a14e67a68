"""What the launcher may be asked: six verbs, every field checked here once, everything else refused.

Nothing that passes can be read as an option by a Slurm command, span two lines or name a file outside its folder.
"""

from __future__ import annotations

from .protocol import MAX_REQUEST, Refused, parse_json

FILES = ("session.json", "key.pem", "cert.pem", "ca.pem")
MOST_JOB_IDS = 200
MAX_JOB_ID = 2**32 - 1

_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
_HEX = frozenset("0123456789abcdef")
_RANGES = {
    "minutes": (1, 366 * 24 * 60),
    "cpus": (1, 4096),
    "memory_mb": (1, 64 * 1024 * 1024),
    "gpus": (0, 64),
    "nodes": (1, 1),  # a session is one server on one node
}
_NAMES = ("account", "qos", "partition", "gpu_type", "reservation")
_MAY_BE_NULL = frozenset(("qos", "gpu_type", "reservation"))
_FIELDS = {
    "submit": ("login", "session", "server", "job", "files"),
    "find": ("login", "session"),
    "estimate": ("login", "job"),
    "cancel": ("login", "job_ids"),
    "log": ("login", "session"),
    "clean": ("login", "session"),
}


class Job:
    """The resources of one job, in range and safe to put on a command line."""

    __slots__ = (*_NAMES, *_RANGES)

    account: str
    partition: str
    qos: str | None
    gpu_type: str | None
    reservation: str | None
    minutes: int
    cpus: int
    memory_mb: int
    gpus: int
    nodes: int


class Request:
    """One request: `verb` and `login` always, the other fields where the verb has them."""

    __slots__ = ("files", "job", "job_ids", "login", "server", "session", "verb")

    verb: str
    login: str
    session: str
    server: str
    job: Job
    job_ids: list[int]
    files: dict[str, str]


def parse_request(data: bytes) -> Request:
    """The request in `data`, or `Refused` with the field, what is allowed and never the value of a secret."""
    if len(data) > MAX_REQUEST:
        raise Refused("refused", f"The request is longer than {MAX_REQUEST // 1024} kB.")
    fields = parse_json(data, "The request")
    request = Request()
    verb = fields.get("verb")
    if not isinstance(verb, str) or verb not in _FIELDS:
        raise Refused("refused", f"verb must be one of {', '.join(_FIELDS)}.")
    _exactly(fields, ("verb", *_FIELDS[verb]), f"A {verb} request")
    request.verb = verb
    request.login = _word("login", fields["login"], 64, extra="@")
    if "session" in fields:
        request.session = _session(fields["session"])
    if "server" in fields:
        request.server = _word("server", fields["server"], 32)
    if "job" in fields:
        request.job = job_from(fields["job"])
    if "job_ids" in fields:
        request.job_ids = _job_ids(fields["job_ids"])
    if "files" in fields:
        request.files = _files(fields["files"])
    return request


def job_id_from(text: str) -> int | None:
    """A job id as Slurm prints it, or None: ``"123"`` and ``"123;cluster"`` are 123, ``"0"`` and ``""`` are None."""
    digits = text.strip().partition(";")[0]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        return None
    number = int(digits)
    return number if 0 < number <= MAX_JOB_ID else None


def job_from(value: object) -> Job:
    """The job that `value` describes, every field checked."""
    if not isinstance(value, dict):
        raise Refused("refused", "job must be an object.")
    _exactly(value, (*_NAMES, *_RANGES), "job")
    job = Job()
    for name in _NAMES:
        given = value[name]
        empty = given is None and name in _MAY_BE_NULL
        setattr(job, name, None if empty else _word(f"job.{name}", given, 64))
    for name, (least, most) in _RANGES.items():
        setattr(job, name, _integer(f"job.{name}", value[name], least, most))
    if job.gpu_type is not None and job.gpus == 0:
        raise Refused("refused", "job.gpu_type must be null when job.gpus is 0.")
    return job


def _job_ids(value: object) -> list[int]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_JOB_IDS:
        raise Refused("refused", f"job_ids must be a list of 1 to {MOST_JOB_IDS} job ids.")
    return [_integer("a job id", item, 1, MAX_JOB_ID) for item in value]


def _files(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise Refused("refused", "files must be an object.")
    _exactly(value, FILES, "files")
    for name, text in value.items():
        if not isinstance(text, str) or not text or any(c < " " and c not in "\n\r\t" for c in text) or "\x7f" in text:
            raise Refused("refused", f"files.{name} must be text without control characters.")
        _encodable(f"files.{name}", text)
    return value


def _session(value: object) -> str:
    if not isinstance(value, str) or len(value) != 32 or not _HEX.issuperset(value):
        raise Refused("refused", "session must be 32 lowercase hexadecimal digits.")
    return value


def _word(name: str, value: object, most: int, extra: str = "") -> str:
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= most
        or not _WORD.issuperset(value.replace(extra, "") if extra else value)
        or value[0] in "-."
    ):
        allowed = f"letters, digits, '_', '.', '-'{', ' + repr(extra) if extra else ''}"
        raise Refused("refused", f"{name} must be 1 to {most} characters of {allowed}, not starting with '-' or '.'.")
    return value


def _integer(name: str, value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:  # True is an int to isinstance()
        raise Refused("refused", f"{name} must be a whole number from {least} to {most}.")
    return value


def _encodable(name: str, text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell
        raise Refused("refused", f"{name} is not valid Unicode text.") from None


def _exactly(fields: dict[str, object], names: tuple[str, ...], what: str) -> None:
    missing = [name for name in names if name not in fields]
    if missing:
        raise Refused("refused", f"{what} lacks {', '.join(missing)}.")
    if len(fields) > len(names):
        raise Refused("refused", f"{what} has a field that is not known; it may have only {', '.join(names)}.")
