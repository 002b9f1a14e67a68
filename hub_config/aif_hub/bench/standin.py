"""A stand-in for `aif.server` in benchmarks: its contract in the standard library, so that hub and Slurm are timed.

`python3 -I standin.py SESSION_DIR`: binds the node's own address, serves TLS to clients with a certificate of ours,
tells the hub, and answers every path with 200 and the header that the hub's probe looks for.
"""

import json
import os
import random
import socket
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GIVE_UP_SECONDS = 1800


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-JupyterHub-Version", "6.1.1")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_HEAD = do_GET  # noqa: N815 - names of the base class

    def setup(self) -> None:
        self.request.do_handshake()  # here, in the connection's thread: a slow client does not hold up the next
        super().setup()

    def log_message(self, *_: object) -> None:
        """Nothing: a benchmark's log would be its disk's benchmark."""


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Nothing either: refused certificates are expected."""


def tls(folder: str, purpose: ssl.Purpose) -> ssl.SSLContext:
    context = ssl.create_default_context(purpose, cafile=f"{folder}/ca.pem")
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def announce(request: urllib.request.Request, context: ssl.SSLContext) -> int:
    """The hub's last status: 204, 409, or the refusal that ended the tries."""
    wait, deadline = 0.2, time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            return urllib.request.urlopen(request, timeout=15, context=context).status  # noqa: S310 - the hub's URL
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return answer.code
        except OSError as fault:
            if time.monotonic() > deadline:
                sys.exit(f"standin: {fault}")
        time.sleep(wait * random.uniform(0.5, 1))  # noqa: S311
        wait = min(wait * 2, 5)


def main(folder: str) -> None:
    with open(f"{folder}/session.json") as file:
        session = json.load(file)
    node = os.environ.get("SLURMD_NODENAME") or socket.gethostname()
    address = session["addresses"].get(node) or socket.gethostbyname(node)
    server = Server((address, 0), Answer)
    server.socket = tls(folder, ssl.Purpose.CLIENT_AUTH).wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    host, port = server.server_address[:2]
    body = json.dumps({"session": session["session"], "host": host, "port": port}).encode()
    headers = {"Authorization": f"token {session['env']['JUPYTERHUB_API_TOKEN']}", "Content-Type": "application/json"}
    request = urllib.request.Request(session["ready_url"], body, headers)  # noqa: S310 - the hub's URL
    status = announce(request, tls(folder, ssl.Purpose.SERVER_AUTH))
    if status not in (204, 409):
        server.shutdown()
        sys.exit(f"standin: the hub refused this session ({status})")
    serving.join()


if __name__ == "__main__":
    main(sys.argv[1])
