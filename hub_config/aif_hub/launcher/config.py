"""The launcher's own settings: a JSON file that only root can have written, and the check of who calls."""

from __future__ import annotations

import os
import pwd
import stat

from .protocol import Refused, parse_json

LEAST_MIN_UID = 500  # whatever the file says, nothing below is ever a person
_KEYS = ("hub_user", "people_group", "min_uid", "slurm_conf", "slurm_bin", "job_name", "server_commands")


class Config:
    """Who may call, for whom, and what is run. Paths are absolute; `server_commands` maps a name to an argv."""

    __slots__ = _KEYS

    hub_user: str
    people_group: str
    min_uid: int
    slurm_conf: str
    slurm_bin: str
    job_name: str
    server_commands: dict[str, list[str]]


def read_config(path: str, owner: int = 0) -> Config:
    """The settings in `path`; refused unless it and its folder belong to root and only root can write to them."""
    _only_writable_by(owner, os.stat(os.path.dirname(path)), "The folder of the launcher's configuration")
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        info = os.fstat(fd)
        _only_writable_by(owner, info, "The launcher's configuration")
        if not stat.S_ISREG(info.st_mode) or info.st_size > 65536:
            raise Refused("refused", "The launcher's configuration must be a plain file of at most 64 kB.")
        data = os.read(fd, 65537)
    finally:
        os.close(fd)
    return parse_config(data)


def parse_config(data: bytes) -> Config:
    """The settings in the file's text, each key checked."""
    fields = parse_json(data, "The launcher's configuration")
    if set(fields) != set(_KEYS):
        raise Refused("refused", f"The launcher's configuration must have exactly {', '.join(_KEYS)}.")
    config = Config()
    for name in ("hub_user", "people_group", "job_name", "slurm_conf", "slurm_bin"):
        setattr(config, name, _plain(name, fields[name], absolute=name.startswith("slurm_")))
    min_uid = fields["min_uid"]
    if type(min_uid) is not int or min_uid < LEAST_MIN_UID:
        raise Refused("refused", f"The launcher's configuration: min_uid must be a number of at least {LEAST_MIN_UID}.")
    config.min_uid = min_uid
    config.server_commands = _commands(fields["server_commands"])
    return config


def check_caller(config: Config, environ: os._Environ[str] | dict[str, str]) -> None:
    """Refuse unless this runs as root, through sudo, for the hub's own user."""
    if os.getuid() != 0 or os.geteuid() != 0:
        raise Refused("refused", "aif-launch runs as root through sudo, and was called in another way.")
    try:
        hub_uid = pwd.getpwnam(config.hub_user).pw_uid
    except KeyError:
        raise Refused("refused", f"The hub's user {config.hub_user} does not exist on this machine.") from None
    if hub_uid == 0 or environ.get("SUDO_UID") != str(hub_uid):
        raise Refused("refused", f"Only {config.hub_user} may call aif-launch, through sudo.")


def _only_writable_by(owner: int, info: os.stat_result, what: str) -> None:
    if info.st_uid != owner or info.st_mode & 0o022:
        raise Refused("refused", f"{what} must belong to root and be writable by root alone.")


def _plain(name: str, value: object, absolute: bool) -> str:
    if not isinstance(value, str) or not value or not value.isprintable() or (absolute and value[0] != "/"):
        kind = "an absolute path" if absolute else "a name"
        raise Refused("refused", f"The launcher's configuration: {name} must be {kind}.")
    return value


def _commands(value: object) -> dict[str, list[str]]:
    if not isinstance(value, dict) or not value:
        raise Refused("refused", "The launcher's configuration: server_commands must name at least one command.")
    for name, argv in value.items():
        if not isinstance(argv, list) or not argv:
            raise Refused("refused", f"The launcher's configuration: server_commands.{name} must be a list of words.")
        for place, word in enumerate(argv):
            _plain(f"server_commands.{name}", word, absolute=place == 0)
    return value
