"""What a notebook is given to show a widget, whichever release of anywidget there is."""

from __future__ import annotations

from typing import Any

Bundle = tuple[dict[str, Any], dict[str, Any]]


def bundle(widget: Any) -> Bundle:
    """Its MIME bundle and the metadata of that; both empty where the widget is not on show."""
    given = widget._repr_mimebundle_()
    return given if isinstance(given, tuple) else (given or {}, {})
