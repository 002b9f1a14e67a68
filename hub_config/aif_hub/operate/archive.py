"""A backup's file: one tar.gz that only its owner reads, with a manifest that names and sums up every file in it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tarfile
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from aif_hub.operate.errors import OperateError

FORMAT = 1
MANIFEST = "manifest.json"
_PIECE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup is of, when and by which versions it was made, and the SHA-256 sum of every file in it."""

    made: str
    site: str
    site_file: str
    state_dir: str
    user: str
    database: str  # sqlite or postgresql
    revision: str = ""  # of JupyterHub's tables; empty where they were not there yet
    versions: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Raises OperateError for what this version of `aif` cannot read."""
        try:
            data: Any = json.loads(text)
            newer = data["format"] > FORMAT
        except (ValueError, TypeError, KeyError) as error:
            raise OperateError("The archive's manifest cannot be read: the file is damaged, or no backup.") from error
        if newer:
            raise OperateError(
                f"The backup has form {data['format']}, and this `aif` reads up to {FORMAT}: a newer one made it. "
                "Restore it with the version that made it, or a later one."
            )
        try:
            return cls(**data)
        except TypeError as error:
            raise OperateError("The archive's manifest lacks a part: the file is damaged, or no backup.") from error

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"


def pack(folder: Path, manifest: Manifest, target: Path) -> None:
    """All files of the manifest from `folder` into `target`, which is there whole or not at all."""
    (folder / MANIFEST).write_text(manifest.as_json())
    draft = target.with_name(f".{target.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
        try:
            with tarfile.open(fileobj=raw, mode="w:gz") as out:
                for name in (MANIFEST, *sorted(manifest.files)):
                    out.add(folder / name, name, recursive=False)
            raw.flush()
            os.fsync(raw.fileno())
        except BaseException:
            draft.unlink()
            raise
    os.replace(draft, target)


def unpack(path: Path, folder: Path) -> Manifest:
    """The archive's files in `folder`, each with the sum that its manifest names. Raises OperateError."""
    try:
        with _trusted(path) as raw, tarfile.open(fileobj=raw, mode="r|gz") as archive:
            sums = take_out(archive, folder)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise OperateError(f"{path} is damaged, or no backup ({error}). Nothing was touched. Take another.") from error
    if MANIFEST not in sums:
        raise OperateError(f"{path} has no manifest: it is no backup of `aif`. Nothing was touched.")
    manifest = Manifest.from_json((folder / MANIFEST).read_bytes())
    del sums[MANIFEST]
    wrong = sorted(name for name in sums.keys() | manifest.files.keys() if sums.get(name) != manifest.files.get(name))
    if wrong:
        raise OperateError(
            f"{path} is damaged: {', '.join(wrong[:3])} {'is' if len(wrong) == 1 else 'are'} not what the manifest "
            "says. Nothing was touched. Take another."
        )
    return manifest


def take_out(archive: tarfile.TarFile, folder: Path) -> dict[str, str]:
    """Its regular files below `folder`, and the SHA-256 sum of each. Raises TarError for any other name."""
    sums = {}
    for member in archive:
        name = PurePosixPath(member.name)
        content = archive.extractfile(member) if member.isreg() else None
        if content is None or name.is_absolute() or ".." in name.parts:
            raise tarfile.TarError(f"{member.name!r} is nothing that a backup holds")
        place = folder / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with place.open("xb") as out:
            sums[str(name)] = _copied(content, out)
        place.chmod(member.mode & 0o755)
    return sums


def sum_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _copied(content: IO[bytes], out: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(_PIECE):
        digest.update(piece)
        out.write(piece)
    return digest.hexdigest()


def _trusted(path: Path) -> IO[bytes]:
    """Opened, once nobody else can have written it: files of root's are made from it."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise OperateError(f"{path} cannot be read: {error.strerror}.") from error
    about = os.fstat(raw.fileno())
    if about.st_uid not in (0, os.geteuid()) or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raw.close()
        raise OperateError(
            f"{path} could have been changed by others than root. If you know where it has been: chown root and chmod "
            "0600 it."
        )
    return raw
