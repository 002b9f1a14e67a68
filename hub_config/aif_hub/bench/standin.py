"""A stand-in for a person's server in benchmarks: it keeps the contract and no more, so that hub and Slurm are timed.

`python3 -I standin.py SESSION_DIR` is `aif.server`'s: binds the node's own address, serves TLS to clients with a
certificate of ours, tells the hub. `python3 -I standin.py --stock …` is batchspawner-singleuser's: takes a port, tells
the hub, serves HTTP. Both answer every path with 200 and the header that the hub's probe looks for.

Sockets and ssl only: eighty of it start at once, and `http.server` and `urllib` alone would take 70 ms of a core each.
"""

import json
import os
import socket
import ssl
import sys
import time

GIVE_UP_SECONDS = 1800
PATIENCE_SECONDS = 15
PAGE = b"HTTP/1.1 200 OK\r\nX-JupyterHub-Version: 6.1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


def tls(folder: str, protocol: int) -> ssl.SSLContext:
    """TLS with the session's pair, for clients and servers of its authorities alone."""
    context = ssl.SSLContext(protocol)
    context.load_verify_locations(f"{folder}/ca.pem")
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def post(url: str, token: str, body: bytes, context: ssl.SSLContext | None) -> int:
    """The status of one POST."""
    place, _, path = url.partition("://")[2].partition("/")
    host, _, port = place.rpartition(":")
    head = f"POST /{path} HTTP/1.1\r\nHost: {place}\r\nAuthorization: token {token}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as plain:
        connection = context.wrap_socket(plain, server_hostname=host) if context else plain
        connection.sendall(head.encode() + body)
        return int(connection.recv(65536).split(b" ", 2)[1])


def announce(url: str, token: str, body: bytes, context: ssl.SSLContext | None) -> int:
    """The hub's last status: 2xx, 409, or the refusal that ended the tries."""
    wait, deadline = 0.2, time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            status = post(url, token, body, context)
            if status < 500:
                return status
        except (OSError, ValueError, IndexError) as fault:
            if time.monotonic() > deadline:
                sys.exit(f"standin: {fault}")
        time.sleep(wait * (0.5 + os.urandom(1)[0] / 512))
        wait = min(wait * 2, 5)


def serve(listener: socket.socket, context: ssl.SSLContext | None) -> None:
    """Answers for ever, one connection after the other."""
    while True:
        plain, _ = listener.accept()
        with plain:
            plain.settimeout(PATIENCE_SECONDS)
            try:
                connection = context.wrap_socket(plain, server_side=True) if context else plain
                if connection.recv(65536):
                    connection.sendall(PAGE)
                if context:
                    connection.close()
            except OSError:
                continue  # refused certificates are expected


def session(folder: str) -> None:
    """The contract of `aif.server`."""
    with open(f"{folder}/session.json", encoding="utf-8") as file:
        told = json.load(file)
    node = os.environ.get("SLURMD_NODENAME") or socket.gethostname()
    address = told["addresses"].get(node) or socket.gethostbyname(node)
    listener = socket.create_server((address, 0), backlog=128)
    host, port = listener.getsockname()
    serving = tls(folder, ssl.PROTOCOL_TLS_SERVER)
    body = json.dumps({"session": told["session"], "host": host, "port": port}).encode()
    token = told["env"]["JUPYTERHUB_API_TOKEN"]
    status = announce(told["ready_url"], token, body, tls(folder, ssl.PROTOCOL_TLS_CLIENT))
    if status not in (204, 409):
        sys.exit(f"standin: the hub refused this session ({status})")
    serve(listener, serving)


def stock() -> None:
    """The contract of batchspawner-singleuser."""
    listener = socket.create_server(("0.0.0.0", 0), backlog=128)  # noqa: S104 - as that server listens by default
    url = f"{os.environ['JUPYTERHUB_API_URL']}/batchspawner"
    body = json.dumps({"port": listener.getsockname()[1]}).encode()
    announce(url, os.environ["JUPYTERHUB_API_TOKEN"], body, None)
    serve(listener, None)


if __name__ == "__main__":
    if sys.argv[1] == "--stock":
        stock()
    else:
        session(sys.argv[1])
