"""The live drawing of a Dask cluster, with a slider for its workers and a button to stop it."""

from __future__ import annotations

import anywidget
import traitlets

from aif.widgets.modules import sheets, whole


class ClusterWidget(anywidget.AnyWidget):
    """One cluster, drawn by `scaling.js`. What a person wishes comes as a message, and its answer in `answer`."""

    _esm = whole("scaling.js")
    _css = sheets("meter.css", "cluster.css")

    told = traitlets.Dict().tag(sync=True)
    """The cluster as it is (`aif.scale.told`)."""
    answer = traitlets.Dict().tag(sync=True)
    """`wish`, the name that the browser gave it, and `said`: empty where it was done, else why not."""
    words = traitlets.Dict().tag(sync=True)
    """The catalogue of the session's language."""
