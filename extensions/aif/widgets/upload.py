"""The form for a file of one's own: the browser asks and sends, the kernel judges and keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets

from aif.core.sentence import Sentence
from aif.data.answers import QUESTIONS
from aif.data.arrive import BrokenOff
from aif.data.form import Form
from aif.refusals import Refusal, said_in
from aif.widgets.bundle import Bundle, bundle
from aif.widgets.modules import sheets, whole


class UploadWidget(anywidget.AnyWidget):
    """One form, drawn by `upload.js`. What a person does comes as messages, and what came of it in `answer`."""

    _esm = whole("upload.js")
    _css = sheets("meter.css", "cluster.css", "upload.css")

    questions = traitlets.Dict().tag(sync=True)
    """Each question with its answers, in their order."""
    places: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """`kind`, and `rows` of names and values, of each folder that a file may go to."""
    answers = traitlets.Dict().tag(sync=True)
    """What is answered so far, for a view that is opened later."""
    verdict = traitlets.Dict().tag(sync=True)
    """What follows from it (`Form.judged`)."""
    answer = traitlets.Dict().tag(sync=True)
    """`upload`, the name that the browser gave it, `came` in bytes, `kept` at its end, and `said`: why not."""
    words = traitlets.Dict().tag(sync=True)
    """The catalogue of the session's language."""

    def __init__(self, form: Form) -> None:
        super().__init__(
            questions={name: list(answers) for name, answers in QUESTIONS.items()},
            places=[{"kind": kind, "rows": form.here.rows(one)} for kind, one in form.places.items()],
            answers=form.answers.told(),
            verdict=form.judged(),
            words=form.here.words.words,
        )
        self._form = form
        self._upload: object = None  # what the browser calls the file on its way
        self.on_msg(self._heard)

    def close(self) -> None:
        """Nothing comes after this, and what was on its way is dropped."""
        self._form.drop()
        super().close()

    def _heard(self, _widget: object, said: Any, buffers: Sequence[Any]) -> None:
        if not isinstance(said, dict):
            return
        kind, name = said.get("kind"), said.get("upload")
        try:
            if kind == "answers" and isinstance(said.get("answers"), dict):
                self.verdict = self._form.say(said["answers"])
                self.answers = self._form.answers.told()
            elif kind == "drop" and name == self._upload:
                self._form.drop()
            elif kind in ("begin", "piece"):
                self.answer = {"upload": name, "said": "", **self._sent(said, buffers)}
        except Refusal as refusal:
            self.answer = {"upload": name, "said": said_in(refusal, self._form.here.language)}

    def _sent(self, said: dict[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
        """How much came, and what was kept once all of it did. Raises what the form's steps do."""
        if said["kind"] == "begin":
            self._upload, size = said.get("upload"), int(said.get("size") or 0)
            came = self._form.begin(str(said.get("name") or ""), size, str(said.get("to") or "home")).came
            whole = size == 0
        elif said.get("upload") != self._upload:  # of another view of this form
            raise BrokenOff(
                Sentence("Another file was begun meanwhile."), Sentence("Nothing of it was kept. Try again.")
            )
        else:
            came, whole = self._form.piece(int(said.get("at") or 0), memoryview(buffers[0]).cast("B"))
        return {"came": came, **({"kept": self._form.keep()} if whole else {})}


def shown(form: Form) -> Bundle:
    """The MIME bundle by which a notebook shows the form; one widget, however often it is shown."""
    if form.widget is None or form.widget.comm is None:
        form.widget = UploadWidget(form)
    return bundle(form.widget)
