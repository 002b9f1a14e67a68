"""``{base}aif/tutorials/NAME/again``: a person's copy of a tutorial started over, and the old one kept."""

from __future__ import annotations

import asyncio
from html import escape
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from tornado import web
from tornado.escape import url_escape

from aif.server import plain, tutorials
from aif.server.api import Desk
from aif.server.dashboard import OwnersPage
from aif.tutorials import catalogue
from aif.widgets.figures import Speech, speech

_NAME = r"[0-9]{2}_\w{1,60}"


class AgainPage(OwnersPage):
    """The question, whose button alone changes something; and what came of it."""

    def initialize(self, desk: Desk) -> None:
        """`desk` is the session's."""
        super().initialize(desk)
        self.spoken = str(desk.facts.get("language", "")) or "en"
        self.words: Speech = speech(self.spoken)
        self.target = Path.home() / "tutorials"

    async def get(self, name: str) -> None:
        """What would happen, and what a newer version changed. 404 for a tutorial that the site does not have."""
        question = await asyncio.to_thread(self._question, name)
        news = await asyncio.to_thread(tutorials.news, self.target, name)
        say = self.words.say
        body = plain.paragraphs(
            say("learn.again.text"),
            say("learn.again.news", names=", ".join(f"“{heading}”" for heading in news)) if news else "",
            say("learn.again.open"),
        )
        button = f'<button class="button primary">{escape(say("learn.again"))}</button>'
        form = f'<form method="post">{self.xsrf_form_html()}{button}</form>'
        self._finish(f"{say('learn.again')}: {question}", body, form, self._link(f"{name}.ipynb", "learn.again.not"))

    async def post(self, name: str) -> None:
        """Does it. 507 where it could not be written: then everything is as it was."""
        question, say = await asyncio.to_thread(self._question, name), self.words.say
        try:
            kept = await asyncio.to_thread(tutorials.start_over, self._source, self.target, name, self.spoken)
        except OSError as fault:
            self.log.warning("The tutorial %s was not started over: %s", name, fault)
            self.set_status(507)
            text = say("learn.again.failed", why=fault.strerror or str(fault))
            self._finish(question, plain.paragraphs(text), self._link(f"{name}.ipynb", "learn.again.not"))
            return
        told = say("learn.fresh.kept", file=f"tutorials/{kept.name}") if kept else ""
        body = plain.paragraphs(say("learn.fresh", file=f"tutorials/{name}.ipynb"), told)
        fresh = self._link(f"{name}.ipynb", "learn.again.go", "button primary")
        self._finish(question, body, fresh, self._link(kept.name, "learn.again.old") if kept else "")

    @property
    def _source(self) -> Path:
        return self.desk.tutorials

    def _question(self, name: str) -> str:
        entry = catalogue.read(self._source).entry(name)
        if entry is None:
            raise web.HTTPError(404)
        return catalogue.said(entry.question, self.spoken)

    def _link(self, file: str, words: str, kind: str = "button") -> str:
        address = url_path_join(self.base_url, "lab/tree/tutorials", url_escape(file, plus=False))
        return f'<a class="{kind}" href="{escape(address)}">{escape(self.words.say(words))}</a>'

    def _finish(self, title: str, body: str, *buttons: str) -> None:
        self.set_header("Cache-Control", "no-store")
        self.finish(plain.page(self.spoken, title, f'{body}<div class="buttons">{"".join(buttons)}</div>'))


def handlers(base_url: str, desk: Desk) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Addresses below the server's own."""
    return [(url_path_join(base_url, f"aif/tutorials/({_NAME})/again"), AgainPage, {"desk": desk})]
