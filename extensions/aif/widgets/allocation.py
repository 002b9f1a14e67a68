"""The live drawing of an allocation: the kernel reads what the session's server keeps, the browser draws it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from aif.session import NotInASession, session
from aif.widgets.bundle import Bundle, bundle
from aif.widgets.figures import speech
from aif.widgets.modules import sheets, whole
from aif.widgets.watch import Watch


class AllocationWidget(anywidget.AnyWidget):
    """One allocation, drawn by `widget.js`. Everything flows from the kernel to the browser."""

    _esm = whole("widget.js")
    _css = sheets("meter.css")

    allocation = traitlets.Dict().tag(sync=True)
    """As the REST API tells it."""
    session = traitlets.Any(None).tag(sync=True)
    """`ends_at` of the session that this kernel runs in; None where that cannot be told."""
    words = traitlets.Dict().tag(sync=True)
    """The catalogue of the session's language."""


#: The widget of each allocation. One is enough however often it is shown, and all of its views stay up to date.
_widgets: dict[str, AllocationWidget] = {}
_watch: Watch | None = None


def shown(told: Mapping[str, Any], file: Path, language: str) -> Bundle:
    """The MIME bundle by which a notebook shows the allocation, live for as long as the kernel runs."""
    global _watch
    widget = _widgets.get(told["id"])
    if widget is None or widget.comm is None:  # the first time, or after close()
        widget = AllocationWidget(words=speech(language).words)
        _widgets[told["id"]] = widget
    widget.allocation, widget.session = dict(told), _end()
    if _watch is None or not _watch.watching:
        _watch = Watch(file, lambda: _follow(file))
    return bundle(widget)


def _follow(file: Path) -> None:
    """Gives the widgets what the file says now; stops looking when the last of them is closed."""
    open_ones = {name: widget for name, widget in _widgets.items() if widget.comm is not None}
    if not open_ones and _watch is not None:
        _watch.stop()
        return
    try:
        told_all = json.loads(file.read_text(encoding="utf-8"))["allocations"]
    except (OSError, ValueError, KeyError, TypeError):
        return  # the last known figures stay, with their "as of"
    for told in told_all:
        if told["id"] in open_ones:
            widget = open_ones[told["id"]]
            with widget.hold_sync():
                widget.allocation, widget.session = told, _end()


def _end() -> dict[str, Any] | None:
    try:
        ends_at = session().ends_at
    except NotInASession:
        return None
    return {"ends_at": None if ends_at is None else ends_at.astimezone().isoformat(timespec="seconds")}
