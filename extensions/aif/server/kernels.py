"""Kernels as the session's server runs them, with a note of when somebody last had one do something."""

import time
from typing import Any

from jupyter_client.session import Session
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager


class _AllBut:
    """What Jupyter takes for its list of the messages that kernels are sent."""

    def __init__(self, *kept: str) -> None:
        self._kept = frozenset(kept)

    def __contains__(self, kind: object) -> bool:
        return kind not in self._kept


class WatchedKernels(AsyncMappingKernelManager):
    """Jupyter's own, with `asked_at`.

    Jupyter's `last_activity` also counts what a kernel says by itself, such as a live widget that redraws each minute:
    with that a session with an open widget would never be idle. Here a question counts: a cell, a completion, a slider.
    """

    asked_at: float = float("-inf")  # monotonic
    #: Kernels open no ports, so none is asked to debug.
    allowed_message_types: Any = _AllBut("debug_request")

    def start_watching_activity(self, kernel_id: str) -> None:
        """Also listens for the kernel turning busy with a question of a kind that Jupyter tracks."""
        super().start_watching_activity(kernel_id)  # type: ignore[no-untyped-call]  # Jupyter's, here and below
        kernel: Any = self._kernels[kernel_id]
        session = Session(config=kernel.session.config, key=kernel.session.key)

        def hear(frames: list[Any]) -> None:
            _idents, parts = session.feed_identities(frames)
            message = session.deserialize(parts, content=False)
            asked = (message.get("parent_header") or {}).get("msg_type")
            if message["header"]["msg_type"] == "status" and self.track_message_type(asked):  # type: ignore[no-untyped-call]
                self.asked_at = time.monotonic()

        self.asked_at = time.monotonic()  # somebody has just started it
        kernel.questions = kernel.connect_iopub()
        kernel.questions.on_recv(hear)

    def stop_watching_activity(self, kernel_id: str) -> None:
        """Listens no more."""
        super().stop_watching_activity(kernel_id)  # type: ignore[no-untyped-call]
        kernel: Any = self._kernels[kernel_id]
        if getattr(kernel, "questions", None) is not None:
            if not kernel.questions.closed():
                kernel.questions.close()
            kernel.questions = None

    @property
    def busy(self) -> bool:
        """Whether a cell runs in one of them, however long it has been quiet."""
        return any(getattr(kernel, "execution_state", "") == "busy" for kernel in self._kernels.values())
