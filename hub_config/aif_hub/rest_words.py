"""Every refusal over REST says why: where JupyterHub and tornado have no words, their answer's message would be `null`.

Importing this module puts it in the hub.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.apihandlers import APIHandler
from tornado import web

#: To programs, by HTTP status; whether something is not there or not for who asks is nobody's business.
_WORDS = {
    400: "the hub cannot read what was sent",
    403: "this is not open to who asks with that sign-in or token",
    404: "there is nothing at that address, or nothing that is open to who asks",
    405: "nothing at that address can be asked with that method",
}
_OTHERWISE = "the hub does not do what was asked"

_write_error = APIHandler.write_error


def write_error(self: APIHandler, status_code: int, **told: Any) -> None:
    """JupyterHub's own, with words for a refusal that has none. A fault of the hub's stays as it is told."""
    error: Any = (told.get("exc_info") or (None, None))[1]
    if isinstance(error, web.HTTPError) and 400 <= status_code < 500:
        spoken = getattr(error, "jupyterhub_message", None) or error.get_message() or error.reason
        error.jupyterhub_message = spoken or _WORDS.get(status_code, _OTHERWISE)  # the name JupyterHub looks for
    _write_error(self, status_code, **told)


APIHandler.write_error = write_error
