"""A start that is refused: what the hub answers, its pages show and the audit log has, counted by its reason."""

from __future__ import annotations

from tornado import web

from aif_hub import metrics
from aif_hub.audit.asker import remarks


def refusal(message: str, code: str, status: int = 400) -> web.HTTPError:
    """To be raised; `message` is for the person, `code` is stable and short."""
    metrics.REFUSALS.labels("start", code).inc()
    remarks().code = code
    error = web.HTTPError(status, message)
    error.jupyterhub_message = message  # type: ignore[attr-defined]  # the name JupyterHub looks for
    return error
