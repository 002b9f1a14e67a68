"""The person's files as JupyterLab opens them: a tutorial opens with the kernel for what this session has.

Nothing is written for that. The same home may be open in a session with a GPU and in one without, and a file that
changed on the disk would meet whoever has it open with a question. So the choice is made in what is sent, and comes
into the file when the person saves it, with a note of which kernel was chosen for them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import MutableMapping
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from aif.server.api import Desk
from aif.tutorials import catalogue
from aif.tutorials.catalogue import CatalogueError, Entry

_TUTORIAL = re.compile(r"/?tutorials/(?P<name>[0-9]{2}_\w+)\.ipynb")


class SessionFiles(AsyncLargeFileManager):
    """Jupyter's own, which chooses the kernel of the person's own copy of a tutorial."""

    desk: Desk
    specs: KernelSpecManager

    async def get(self, path: str, content: bool = True, *given: Any, **named: Any) -> dict[str, Any]:
        """A file's model, as Jupyter's."""
        model: dict[str, Any] = await super().get(path, content, *given, **named)  # type: ignore[no-untyped-call]  # Jupyter's
        found = _TUTORIAL.fullmatch(path)
        if content and found and model["type"] == "notebook":
            await asyncio.to_thread(self._fit, found["name"], model["content"]["metadata"])
        return model

    def _fit(self, name: str, metadata: MutableMapping[str, Any]) -> None:
        try:
            entry = catalogue.read(self.desk.tutorials).entry(name)
        except (CatalogueError, OSError):
            return
        if entry is None or not entry.gpu_kernel:
            return
        kernel = entry.gpu_kernel if self._computes_on(entry.gpu_kernel) else entry.kernel
        if _is_ours(metadata, entry) and metadata["kernelspec"]["name"] != kernel:
            title = self.specs.get_kernel_spec(kernel).display_name if self._has(kernel) else kernel
            metadata["kernelspec"] = {"display_name": title, "language": "python", "name": kernel}
            metadata["aif"] = {**metadata.get("aif", {}), "kernel": kernel}

    def _computes_on(self, kernel: str) -> bool:
        """Whether this session has a GPU that calculates, and that kernel, which needs one."""
        facts = self.desk.facts
        return bool(facts.get("gpus")) and facts.get("gpus_emulated") is not True and self._has(kernel)

    def _has(self, kernel: str) -> bool:
        return kernel in self.specs.find_kernel_specs()


def _is_ours(metadata: MutableMapping[str, Any], entry: Entry) -> bool:
    """Whether the kernel is still the one that was chosen for them: by this, or as the tutorial was brought."""
    try:
        return bool(metadata["kernelspec"]["name"] == metadata.get("aif", {}).get("kernel", entry.kernel))
    except (KeyError, TypeError, AttributeError):  # the person's notebook is as the person left it
        return False
