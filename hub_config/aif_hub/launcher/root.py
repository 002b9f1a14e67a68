"""The part of the launcher that runs as root: as little as it takes to know who asks what for whom, then fork."""

from __future__ import annotations

import os
import select
import time

from . import config, person, protocol, request, verbs

SECONDS = 150  # for everything: waiting for another launcher, sbatch, and looking for a lost job
STDIN_SECONDS = 15


def main(arguments: list[str], config_path: str) -> None:
    """Answer the request on stdin with one line on stdout; never ends in a traceback."""
    try:
        os.closerange(3, 65536)
        os.umask(0o077)
        if arguments:
            raise protocol.Refused("refused", "aif-launch takes no arguments; the request goes to its standard input.")
        settings = config.read_config(config_path)
        config.check_caller(settings, os.environ)
        answer = respond(_stdin(), settings)
    except protocol.Refused as error:
        answer = person.refusal(error)
    except BaseException as error:
        answer = person.internal(error)
    person.write_all(1, protocol.dump_json(answer) + b"\n")
    os._exit(0)  # nothing is buffered, and taking the interpreter apart costs 2 ms


def respond(data: bytes, settings: config.Config) -> dict[str, object]:
    """The answer to one request, made by a child process that is the person."""
    asked = request.parse_request(data)
    who = person.find_person(asked.login, settings)
    return person.as_person(who, lambda: verbs.perform(asked, who, settings), SECONDS)


def _stdin() -> bytes:
    deadline = time.monotonic() + STDIN_SECONDS
    poll = select.poll()
    poll.register(0, select.POLLIN)
    data = b""
    while len(data) <= protocol.MAX_REQUEST:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise protocol.Refused("refused", f"The request was not complete within {STDIN_SECONDS} s.")
        part = os.read(0, 65536)
        if not part:
            break
        data += part
    return data
