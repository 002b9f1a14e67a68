"""A real kernel that a page is told of message by message, as VS Code's page of outputs is."""

from __future__ import annotations

import json
import os
import re
import string
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from playwright.sync_api import Page, Route

HERE = Path(__file__).parent
SOURCE = HERE.parents[1]
PAGE = string.Template((HERE / "vscode.html.in").read_text())
#: What npm's lock beside this file names; `aif test` puts it there.
NPM = Path(os.environ.get("AIF_TEST_NPM") or Path(sys.prefix) / "npm") / "node_modules"
#: Where the kernel's environment has the scripts of widgets.
NBEXTENSIONS = Path(sys.prefix) / "share/jupyter/nbextensions"
VIEW = "application/vnd.jupyter.widget-view+json"
ANSWER_SECONDS = 30
#: VS Code's themes, by the names that its page of outputs has for them.
THEMES = ("vscode-light", "vscode-dark", "vscode-high-contrast", "vscode-high-contrast-light")
_TYPES = {".js": "text/javascript", ".html": "text/html"}


class FarKernel:
    """A kernel and its client; `page` hears what it says."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client
        self.page: Page | None = None

    def run(self, code: str) -> dict[str, Any]:
        """What the cell shows, by MIME type. Fails with its own words where it raises."""
        return self._hear(self._client.execute(code))

    def show(self, code: str) -> None:
        """Runs the cell, and draws the widget that it shows."""
        assert self.page is not None
        self.page.evaluate("view => show(view)", self.run(code)[VIEW])

    def answer(self) -> None:
        """Waits until a widget says something, tells the kernel, and the page what comes of it."""
        assert self.page is not None
        self.page.wait_for_function("sent.length")
        for said in self.page.evaluate("sent.splice(0)"):
            self._client.shell_channel.send(said)
            self._hear(said["header"]["msg_id"])

    def _hear(self, asked: str) -> dict[str, Any]:
        """The page hears all until the kernel is through with `asked`; what that shows."""
        shown: dict[str, Any] = {}
        while True:
            said = self._client.get_iopub_msg(timeout=ANSWER_SECONDS)
            told = json.loads(json.dumps({**said, "buffers": []}, default=str))
            if self.page is not None:
                self.page.evaluate("said => hear(said)", told)
            kind, content = told["header"]["msg_type"], told["content"]
            if told["parent_header"].get("msg_id") != asked:
                continue
            assert kind != "error", "\n".join(content["traceback"])
            if kind in ("execute_result", "display_data"):
                shown = content["data"]
            if kind == "status" and content["execution_state"] == "idle":
                return shown


@contextmanager
def far_kernel(session: Path) -> Iterator[FarKernel]:
    """A kernel as ours are started, in the session of that folder."""
    manager = KernelManager(transport="ipc", ip=str(session / "kernel"))
    assert manager.kernel_spec is not None
    manager.kernel_spec.argv = [sys.executable, "-m", "aif_kernels.launch", "-f", "{connection_file}"]
    path = f"{SOURCE / 'extensions'}:{SOURCE / 'kernels'}"
    manager.start_kernel(env={**os.environ, "AIF_SESSION_DIR": str(session), "PYTHONPATH": path}, cwd=str(session))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield FarKernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def opened(page: Page) -> list[str]:
    """VS Code's page of outputs; what it asked for that is not on this machine."""
    if not NPM.is_dir():
        pytest.fail(f"There is no {NPM}. `npm ci` makes it of tests/browser/npm; `aif test` does.", pytrace=False)
    asked: list[str] = []

    def serve(route: Route) -> None:
        path = re.sub(r"^https://vscode\.test/", "", route.request.url)
        if path == "":
            route.fulfill(body=PAGE.substitute(entries=json.dumps(entries())), content_type="text/html")
            return
        for folder, files in (("npm/", NPM), ("nbextensions/", NBEXTENSIONS), ("", HERE)):
            if path.startswith(folder) and (file := files / path.removeprefix(folder)).is_file():
                route.fulfill(path=file, content_type=_TYPES[file.suffix])
                return
        asked.append(route.request.url)
        route.abort()

    page.route("**/*", serve)
    page.goto("https://vscode.test/")
    page.wait_for_function("window.there")
    return asked


def entries() -> dict[str, str]:
    """Modules and the scripts that they are in, as VS Code reads it from the entries of nbextensions."""
    found: dict[str, str] = {}
    for entry in NBEXTENSIONS.glob("*/extension.js"):
        config = re.search(r"requirejs\??\.config\(([^)]*)\)", entry.read_text(encoding="utf-8"))
        inmost = re.search(r"\{([^{}]*)\}", config[1]) if config else None
        found |= dict(
            re.findall(r"""['"]?([\w@/-]+)['"]?\s*:\s*['"](nbextensions/[^'"]+)['"]""", inmost[1] if inmost else "")
        )
    return {name: script for name, script in found.items() if not name.startswith(("@jupyter-widgets/", "jupyter-js-"))}
