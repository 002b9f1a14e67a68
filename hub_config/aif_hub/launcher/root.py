"""The part of the launcher that stays root: learns how long a request is, forks a child for it, passes its answer on.

It never reads a request, so nothing that one person's request held can be in the child of another: each child reads its
own from the shared standard input, checks it, becomes the person and does what is asked. Requests come as
``LENGTH\\n`` and that many bytes. An answer is a line that begins with the request's place in the row, from 1; answers
come as children are done. A request may also come bare: then it is all there is up to the end, and its answer is too.
"""

from __future__ import annotations

import gc
import os
import pwd
import select
import time

from . import config, person, protocol, request, verbs

SECONDS = 150  # for a request: waiting for another launcher, sbatch, and looking for a lost job
STDIN_SECONDS = 15  # for a request to be complete once it has begun
MOST_AT_ONCE = 64  # children; a caller who asks for more waits
REAP_SECONDS = 0.1  # until a child that has answered is looked after: most have ended by then
_READ = b"."  # what a child says when the next request may be read


class Child:
    """The process for one request; `data` is what it has said so far."""

    __slots__ = ("data", "deadline", "fd", "number", "pid")

    def __init__(self, pid: int, fd: int, number: int) -> None:
        self.pid = pid
        self.fd = fd
        self.number = number
        self.deadline = time.monotonic() + SECONDS
        self.data = b""


def main(arguments: list[str], config_path: str) -> None:
    """Answer requests until standard input ends; never ends in a traceback."""
    try:
        os.closerange(3, 65536)
        os.umask(0o077)
        if arguments:
            raise protocol.Refused("refused", "aif-launch takes no arguments; requests go to its standard input.")
        pwd.getpwnam("root")  # what looks people up is loaded once, and not by each child
        gc.freeze()  # so that a child does not copy what all of them only read
        Desk(config_path).serve()
    except protocol.Refused as error:
        _say(0, protocol.dump_json(person.refusal(error)))
    except BaseException as error:
        _say(0, protocol.dump_json(person.internal(error)))
    os._exit(0)  # nothing is buffered, and taking the interpreter apart costs 2 ms


class Desk:
    """Where requests come in and answers go out."""

    def __init__(self, config_path: str) -> None:
        self._config_path = config_path
        self._children: dict[int, Child] = {}
        self._ended: set[int] = set()
        self._open = True
        self._number = 0

    def serve(self) -> None:
        """Returns when standard input has ended and every child has answered."""
        while self._open or self._children:
            for fd in self._wait():
                if fd == 0:
                    self._take()
                else:
                    self._hear(self._children[fd])
            for child in [child for child in self._children.values() if time.monotonic() > child.deadline]:
                self._kill(child, f"The launcher had no answer within {SECONDS} s. Ask again.")
            self._ended = {pid for pid in self._ended if os.waitpid(pid, os.WNOHANG)[0] == 0}

    def _wait(self) -> list[int]:
        """The descriptors with something to read. Standard input is left alone while a child reads from it."""
        poll = select.poll()
        for fd in self._children:
            poll.register(fd, select.POLLIN)
        being_read = any(not child.data for child in self._children.values())
        if self._open and not being_read and len(self._children) < MOST_AT_ONCE:
            poll.register(0, select.POLLIN)
        until = [child.deadline for child in self._children.values()]
        until += [time.monotonic() + REAP_SECONDS] if self._ended else []
        wait = max(0.0, min(until) - time.monotonic()) * 1000 + 1 if until else None
        return [fd for fd, _ in poll.poll(wait)]

    def _take(self) -> None:
        """Starts a child for the next request; after a malformed length nothing more is read."""
        self._open = False
        first = os.read(0, 1)
        if not first and self._number:
            return
        self._number += 1
        if self._number == 1 and not first.isdigit():
            self._start(0, lambda: _rest(first))
            return
        try:
            length = _length(first)
        except protocol.Refused as error:
            _say(self._number, protocol.dump_json(person.refusal(error)))
            return
        self._open = True
        self._start(self._number, lambda: _exactly(length))

    def _start(self, number: int, body: person.Body) -> None:
        def answer(read: person.Read) -> dict[str, object]:
            data = body()
            read()
            return respond(data, self._config_path)

        pid, fd = person.in_child(answer, _READ)
        self._children[fd] = Child(pid, fd, number)

    def _hear(self, child: Child) -> None:
        part = os.read(child.fd, 65536)
        child.data += part
        if not part:
            self._close(child, _checked(child.data))
        elif len(child.data) > protocol.MAX_ANSWER:
            self._kill(child, "The launcher's inner answer is too long.")

    def _kill(self, child: Child, why: str) -> None:
        """Ends it with the sbatch that it may have started; not waited for: a home that hangs would hang us."""
        if os.getpgid(child.pid) == child.pid:
            os.killpg(child.pid, person.KILL)
        self._close(child, _unknown(why))

    def _close(self, child: Child, answer: bytes) -> None:
        os.close(child.fd)
        del self._children[child.fd]
        self._ended.add(child.pid)
        _say(child.number, answer)
        if not child.data.startswith(_READ):
            self._open = False  # it ended in the middle of its request: where the next begins is not known


def respond(data: bytes, config_path: str) -> dict[str, object]:
    """The answer to one request; this process is the person afterwards, for good."""
    settings = config.read_config(config_path)
    config.check_caller(settings, os.environ)
    asked = request.parse_request(data)
    who = person.find_person(asked.login, settings)
    person.turn_into(who)
    return verbs.perform(asked, who, settings)


def _checked(data: bytes) -> bytes:
    """A child's answer, if it is one line with an object; a person could have ended or changed their own child."""
    answer = data.removeprefix(_READ)
    if answer.startswith(b"{") and answer.endswith(b"}") and b"\n" not in answer:
        return answer
    return _unknown("The launcher's process for this person was ended from outside. Ask again.")


def _unknown(why: str) -> bytes:
    return protocol.dump_json(person.refusal(protocol.Refused("unknown", why)))


def _say(number: int, answer: bytes) -> None:
    person.write_all(1, (b"%d " % number if number else b"") + answer + b"\n")


def _length(first: bytes) -> int:
    """How long the next request is; its first digit has been read."""
    deadline, text = time.monotonic() + STDIN_SECONDS, first
    while not text.endswith(b"\n") and len(text) < 8:
        text += _part(1, deadline)
    if not text[:-1].isdigit() or not text.endswith(b"\n") or not 0 < int(text) <= protocol.MAX_REQUEST:
        words = f"A request begins with its length, 1 to {protocol.MAX_REQUEST // 1024} kB, on a line of its own."
        raise protocol.Refused("refused", words)
    return int(text)


def _exactly(length: int) -> bytes:
    deadline, data = time.monotonic() + STDIN_SECONDS, b""
    while len(data) < length:
        data += _part(length - len(data), deadline)
    return data


def _rest(data: bytes) -> bytes:
    deadline = time.monotonic() + STDIN_SECONDS
    while len(data) <= protocol.MAX_REQUEST:
        if not (part := _part(65536, deadline, may_end=True)):
            break
        data += part
    return data


def _part(most: int, deadline: float, may_end: bool = False) -> bytes:
    poll = select.poll()
    poll.register(0, select.POLLIN)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise protocol.Refused("refused", f"The request was not complete within {STDIN_SECONDS} s.")
    part = os.read(0, most)
    if not part and not may_end:
        raise protocol.Refused("refused", "The request ended before it was complete.")
    return part
