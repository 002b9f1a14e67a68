"""A hub just large enough for one server to start: TLS with the internal pair, 204 to the call-back, {} to the rest."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any


def pair_context(certificates: Path, purpose: ssl.Purpose) -> ssl.SSLContext:
    """TLS as the hub has it towards its servers, from JupyterHub's folder of internal certificates."""
    context = ssl.create_default_context(purpose, cafile=str(certificates / "hub-ca_trust.crt"))
    context.load_cert_chain(
        certificates / "hub-internal/hub-internal.crt", certificates / "hub-internal/hub-internal.key"
    )
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextmanager
def listening(certificates: Path) -> Iterator[tuple[int, Queue[dict[str, Any]]]]:
    """The hub's port, and the call-backs in the order in which they came."""
    calls: Queue[dict[str, Any]] = Queue()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            called_back = self.path.endswith("/ready")
            self.send_response(204 if called_back else 200)
            self.end_headers()
            if called_back:
                calls.put(json.loads(body))

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Nothing: it is asked in the middle of what is timed."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.socket = pair_context(certificates, ssl.Purpose.CLIENT_AUTH).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], calls
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
