"""What the hub left for this session in its directory: `session.json` and three key files, read and checked once."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aif.core.errors import AifError

KEY_FILES = ("key.pem", "cert.pem", "ca.pem")
REQUIRED_ENV = ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_API_URL", "JUPYTERHUB_SERVICE_PREFIX")


class FolderError(AifError):
    """A session directory that cannot be used: the file, what is wrong with it, and what to do."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(f"{path}: {problem}. Start the session again from the workbench; it writes these files anew.")


@dataclass(frozen=True)
class SessionFolder:
    """One session as the hub described it. `env` carries the token: never print a whole folder."""

    path: Path
    session: str
    ready_url: str
    env: Mapping[str, str]
    addresses: Mapping[str, str]
    public: Mapping[str, Any]
    kernel_dirs: tuple[str, ...]
    tutorials_dir: str = ""
    language: str = ""

    def __repr__(self) -> str:
        return f"SessionFolder({str(self.path)!r})"

    @property
    def key(self) -> Path:
        return self.path / "key.pem"

    @property
    def cert(self) -> Path:
        return self.path / "cert.pem"

    @property
    def ca(self) -> Path:
        return self.path / "ca.pem"


def read_folder(path: Path) -> SessionFolder:
    """The session in `path`, or a FolderError that names the first thing that is missing or wrong."""
    path = Path(os.path.abspath(path))
    file = path / "session.json"
    data = _json_object(file)
    env = {**_texts(file, data, "env"), **_texts(file, data, "server_command_env", default={})}
    for name in REQUIRED_ENV:
        if not env.get(name):
            raise FolderError(file, f'"env" lacks {name}')
    for name in KEY_FILES:
        if not (path / name).is_file():
            raise FolderError(path / name, "there is no such file")
    kernel_dirs = data.get("kernel_dirs", [])
    if not isinstance(kernel_dirs, list) or not all(isinstance(item, str) for item in kernel_dirs):
        raise FolderError(file, '"kernel_dirs" must be a list of directories')
    public = data.get("public", {})
    if not isinstance(public, dict):
        raise FolderError(file, '"public" must be an object')
    tutorials_dir = data.get("tutorials_dir", "")
    if not isinstance(tutorials_dir, str):
        raise FolderError(file, '"tutorials_dir" must be a directory, or empty')
    language = data.get("language", "")
    if not isinstance(language, str):
        raise FolderError(file, '"language" must be a text such as "nl", or empty')
    return SessionFolder(
        path=path,
        session=_text(file, data, "session"),
        ready_url=_text(file, data, "ready_url"),
        env=MappingProxyType(env),
        addresses=MappingProxyType(_texts(file, data, "addresses", default={})),
        public=MappingProxyType(public),
        kernel_dirs=tuple(kernel_dirs),
        tutorials_dir=tutorials_dir,
        language=language,
    )


def _json_object(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise FolderError(file, f"cannot be read ({fault.strerror})") from fault
    except ValueError as fault:
        raise FolderError(file, f"is not JSON ({fault})") from fault
    if not isinstance(data, dict):
        raise FolderError(file, "must be a JSON object")
    return data


def _text(file: Path, data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise FolderError(file, f'"{key}" must be a text, got {type(value).__name__}')
    return value


def _texts(file: Path, data: Mapping[str, Any], key: str, default: Mapping[str, str] | None = None) -> dict[str, str]:
    value = data.get(key, default)
    if not isinstance(value, Mapping) or not all(isinstance(k, str) and isinstance(v, str) for k, v in value.items()):
        raise FolderError(file, f'"{key}" must be an object of texts')
    return dict(value)
