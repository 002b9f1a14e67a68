"""What can stop an operator's command: one sentence with what to do, printed by `aif` without a traceback."""

from __future__ import annotations

from aif.core.errors import AifError


class OperateError(AifError):
    """A sentence for the operator: what was asked, what is in the way, what to do next."""
