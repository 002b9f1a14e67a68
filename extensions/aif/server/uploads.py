"""``{base}aif/v1/own-data…``: the four questions before JupyterLab's list of files takes a file, and its card after."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from tornado import web

from aif.data import listed
from aif.data.answers import QUESTIONS, Answers
from aif.data.form import Form, NotYet, here
from aif.refusals import Refusal
from aif.server.api import Desk, OwnersHandler


class _OwnData(OwnersHandler):
    """What all of them know: the answers that were sent, and the place that is meant."""

    def answers(self) -> Answers:
        """Raises 400 for what is none."""
        given = (self.get_json_body() or {}).get("answers")
        if not isinstance(given, dict):
            raise web.HTTPError(400, "answers: an object is wanted")
        try:
            return Answers.parse(given)
        except Refusal as fault:
            raise web.HTTPError(400, str(fault)) from fault

    def place(self, path: str) -> Path:
        """A file or folder by its name in the list of files. Raises 400 for one above the person's home."""
        named = Path(path.lstrip("/"))
        if ".." in named.parts or "\0" in path:
            raise web.HTTPError(400, "path: one below the home is wanted")
        return Path.home() / named

    def told(self, answer: dict[str, Any]) -> None:
        """As JSON."""
        self.finish(json.dumps(answer))


class QuestionsHandler(_OwnData):
    """What is asked of a file that is to go into a folder, ``?path=``."""

    async def get(self) -> None:
        """The questions with their answers; where it would be stored, who would see it, until when."""
        folder = self.place(self.get_query_argument("path", ""))
        told = await asyncio.to_thread(lambda: listed.asked(here(), folder))
        self.told({"questions": {name: list(answers) for name, answers in QUESTIONS.items()}, **told})


class AnswersHandler(_OwnData):
    """What somebody has answered so far."""

    async def post(self) -> None:
        """What follows from it; nothing is written."""
        said = self.answers().told()
        self.told(await asyncio.to_thread(lambda: Form(here()).say(said)))


class RefusedHandler(_OwnData):
    """A file that the answers keep out."""

    async def post(self) -> None:
        """Is written down as such, without its name."""
        answers, folder = self.answers(), self.place(str((self.get_json_body() or {}).get("path", "")))
        await asyncio.to_thread(lambda: listed.refused(here(), answers, folder))
        self.set_status(204)


class KeptHandler(_OwnData):
    """A file that came."""

    async def post(self) -> None:
        """Is made private and gets its card; 409 where the answers do not allow it, 507 where that cannot be done."""
        answers, file = self.answers(), self.place(str((self.get_json_body() or {}).get("path", "")))
        try:
            told = await asyncio.to_thread(lambda: listed.kept(here(), answers, file))
        except NotYet as fault:
            raise web.HTTPError(409, str(fault)) from fault
        except OSError as fault:
            raise web.HTTPError(507, fault.strerror or str(fault)) from fault
        self.told(told)


def handlers(base_url: str, desk: Desk) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Addresses below the server's own."""
    return [
        (url_path_join(base_url, "aif/v1/own-data", name), handler, {"desk": desk})
        for name, handler in (
            ("", QuestionsHandler),
            ("answers", AnswersHandler),
            ("refused", RefusedHandler),
            ("kept", KeptHandler),
        )
    ]
