"""The folder of one session, ~/.aif/sessions/<session>: opened step by step without ever following a link.

All of it runs as the person, so a trick with links could only harm its author; what is refused here is refused so that
keys never land in a shared folder and so that people read what is wrong.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat

from .person import Person
from .protocol import Refused, without_escapes
from .request import FILES, job_id_from

KEEP_SECONDS = 30 * 86400
LOCK_SECONDS = 20
LOG_LINES = 40
LOG_BYTES = 16 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Folder:
    """An open session folder: `fd` for all access, `path` only as text for Slurm and the server's command line."""

    __slots__ = ("fd", "path")

    def __init__(self, fd: int, path: str) -> None:
        self.fd = fd
        self.path = path

    def job_id(self) -> int | None:
        """The job id that was written down, or None."""
        data = self._read("job_id", 64)
        return job_id_from(data.decode("ascii", "replace")) if data is not None else None

    def note_job_id(self, job_id: int) -> None:
        """Write the job id down in one step, and take the marker away; a full home must not lose the answer."""
        try:
            self._write("job_id.new", f"{job_id}\n")
            os.rename("job_id.new", "job_id", src_dir_fd=self.fd, dst_dir_fd=self.fd)
        except OSError:
            return  # the marker stays, so that the next submit asks Slurm
        self._remove("submitting")

    def submitting_since(self) -> float | None:
        """When an earlier submit was about to call sbatch, as a Unix time, if it never said how that ended."""
        try:
            return os.stat("submitting", dir_fd=self.fd, follow_symlinks=False).st_mtime
        except FileNotFoundError:
            return None

    def fill(self, files: dict[str, str]) -> None:
        """Write the session's files, new and 0600, then the marker; all or nothing."""
        try:
            for name, text in files.items():
                self._write(name, text)
            self._write("submitting", "")
        except OSError as error:
            self.empty()
            raise home_refusal(error) from None

    def empty(self) -> None:
        """Take away the marker and the files that hold secrets; the log stays."""
        for name in (*FILES, "submitting"):
            self._remove(name)

    def log_tail(self) -> list[str]:
        """The last lines of the job's log, without control characters."""
        data = self._read("log", LOG_BYTES, from_end=True)
        if data is None:
            return []
        text = without_escapes(data.decode("utf-8", "replace"))
        lines = text.replace("\r\n", "\n").split("\n")
        if not lines[-1]:
            lines.pop()
        return ["".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines[-LOG_LINES:]]

    def _read(self, name: str, most: int, from_end: bool = False) -> bytes | None:
        try:
            # O_NONBLOCK: a pipe by that name must not hold us up
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self.fd)
        except OSError:
            return None
        try:
            info = os.fstat(fd)
            if not stat.S_ISREG(info.st_mode):
                return None
            if from_end and info.st_size > most:
                os.lseek(fd, info.st_size - most, os.SEEK_SET)
            return os.read(fd, most)
        finally:
            os.close(fd)

    def _write(self, name: str, text: str) -> None:
        self._remove(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(name, flags, 0o600, dir_fd=self.fd)
        try:
            data = text.encode("utf-8")
            while data:
                data = data[os.write(fd, data) :]
        finally:
            os.close(fd)  # on NFS this is where a full quota is told

    def _remove(self, name: str) -> None:
        try:
            os.unlink(name, dir_fd=self.fd)
        except FileNotFoundError:
            return


def open_folder(person: Person, session: str, make: bool) -> Folder | None:
    """The session's folder, 0700 with all above it up to ~/.aif; None if it is not there and not to be made."""
    path = person.home
    try:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # the site may well link whole homes
    except FileNotFoundError:
        raise Refused("home", f"Your home folder {path} does not exist on this machine. Ask the operator.") from None
    except OSError as error:
        raise home_refusal(error) from None
    if os.fstat(fd).st_uid != person.uid:
        raise Refused("home", f"The folder {path} is not yours, though it is your home folder. Ask the operator.")
    for name in (".aif", "sessions", session):
        path = f"{path}/{name}"
        try:
            fd = _step(fd, name, path, person, make)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise home_refusal(error) from None
    return Folder(fd, path)


class Lock:
    """Holding it, this is the only process that works on the session; waits for another one at most `LOCK_SECONDS`.

    sbatch inherits it on purpose: whoever gets the lock knows that no sbatch of an earlier, killed launcher is alive.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._fd = -1

    def __enter__(self) -> None:
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
            self._fd = os.open("submit.lock", flags, 0o600, dir_fd=self._folder.fd)
        except OSError as error:
            raise home_refusal(error) from None
        os.set_inheritable(self._fd, True)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _wait_for_lock(self._fd)

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)


def sweep(person: Person, now: float) -> None:
    """Remove the session folders in which nothing was written for 30 days: no job is silent for that long."""
    try:
        root = os.open(f"{person.home}/.aif", _FOLDER)
        root = os.open("sessions", _FOLDER, dir_fd=root)
        names = os.listdir(root)
    except OSError:
        return
    for name in names:
        try:
            newest = max(_written(root, part) for part in (name, f"{name}/log", f"{name}/public.json"))
            if newest and now - newest > KEEP_SECONDS:
                _remove_tree(root, name)
        except OSError:
            continue  # not a folder, or not ours to remove: the sweep is a courtesy


def home_refusal(error: OSError) -> Refused:
    """What went wrong in the person's home, in words that say what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refused(
            "home", "Your home folder is full, so the session could not be prepared. Delete files, then retry."
        )
    if error.errno == errno.EROFS:
        return Refused("home", "Your home folder is read-only just now. Ask the operator.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Refused(
            "home", "You have no permission to write to ~/.aif/sessions. Give it back to yourself, then retry."
        )
    return Refused("home", f"Your home folder could not be used: {os.strerror(error.errno or 0)}. Ask the operator.")


def _step(parent: int, name: str, path: str, person: Person, make: bool) -> int:
    if make:
        try:  # noqa: SIM105 - contextlib costs 3 ms at every start
            os.mkdir(name, 0o700, dir_fd=parent)
        except FileExistsError:
            pass
    try:
        fd = os.open(name, _FOLDER, dir_fd=parent)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            words = f"{path} is a link or a file, but must be a plain folder of your own. Rename it, then retry."
            raise Refused("home", words) from None
        raise
    finally:
        os.close(parent)
    info = os.fstat(fd)
    if info.st_uid != person.uid:
        raise Refused("home", f"{path} belongs to somebody else. Rename it, then retry.")
    if info.st_mode & 0o777 != 0o700:
        os.fchmod(fd, 0o700)
    return fd


def _wait_for_lock(fd: int) -> None:
    import signal  # imports enum, so only when somebody has to wait

    def too_long(number: int, frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LOCK_SECONDS)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
    except TimeoutError:
        raise Refused("unknown", "This session is being submitted right now. Ask again in a few seconds.") from None
    finally:
        signal.alarm(0)


def _written(root: int, name: str) -> float:
    try:
        return os.stat(name, dir_fd=root, follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return 0.0


def _remove_tree(root: int, top: str) -> None:
    for _, folders, files, fd in os.fwalk(top, topdown=False, follow_symlinks=False, dir_fd=root):
        for name in files:
            os.unlink(name, dir_fd=fd)
        for name in folders:
            try:
                os.rmdir(name, dir_fd=fd)
            except NotADirectoryError:  # a link to a folder
                os.unlink(name, dir_fd=fd)
    os.rmdir(top, dir_fd=root)
