"""Where our part of the hub tells what it does: beside JupyterHub's own lines, in the same form."""

from __future__ import annotations

import logging

from jupyterhub.log import CoroutineLogFormatter

FORM = "%(color)s[%(levelname)1.1s %(asctime)s.%(msecs).03d %(name)s]%(end_color)s %(message)s"


def tell(level: int = logging.INFO) -> None:
    """Gives the loggers below ``aif`` a voice from this level up; a second call changes the level alone."""
    ours = logging.getLogger("aif")
    ours.setLevel(level)
    if not ours.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(CoroutineLogFormatter(fmt=FORM, datefmt="%Y-%m-%d %H:%M:%S"))
        ours.addHandler(handler)
        ours.propagate = False  # else a library that speaks for all loggers would say each line again
