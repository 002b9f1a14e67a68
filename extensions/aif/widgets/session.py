"""The live view of a session in a notebook: its facts, and a countdown that the browser keeps by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import anywidget
import traitlets

from aif.widgets.bundle import Bundle, bundle
from aif.widgets.figures import speech
from aif.widgets.modules import sheets, whole


class SessionWidget(anywidget.AnyWidget):
    """One session, drawn by `session.js`."""

    _esm = whole("session.js")
    _css = sheets("meter.css")

    title = traitlets.Unicode().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Names and values."""
    ends_at = traitlets.Unicode(allow_none=True, default_value=None).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)


#: One kernel runs in one session, and one widget shows it wherever it is asked for.
_widgets: list[SessionWidget] = []


def shown(title: str, rows: Sequence[tuple[str, str]], ends_at: datetime | None, language: str) -> Bundle:
    """The MIME bundle by which a notebook shows the session."""
    if not _widgets or _widgets[0].comm is None:
        _widgets[:] = [SessionWidget(title=title, rows=rows, words=speech(language).words)]
    [widget] = _widgets
    widget.ends_at = None if ends_at is None else ends_at.astimezone().isoformat(timespec="seconds")
    return bundle(widget)
