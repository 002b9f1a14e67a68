"""A stand-in for a person's server in benchmarks: it keeps the contract and no more, so that hub and Slurm are timed.

`python3 -I standin.py SESSION_DIR` is `aif.server`'s: binds the node's own address, serves TLS to clients with a
certificate of ours, tells the hub. `python3 -I standin.py --stock …` is batchspawner-singleuser's: takes a port, tells
the hub, serves HTTP. Both answer every path with 200 and the header that the hub's probe looks for.

It uses the C modules below `socket`, `ssl` and `json`: eighty of it start at once on a small machine, and those three
would take twice as long to import as everything else that it does.
"""

import _json
import os
import sys
import time
from _socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, gethostbyname, gethostname, socket

GIVE_UP_SECONDS = 1800
PATIENCE_SECONDS = 15
CERT_REQUIRED = 2
PAGE = b"HTTP/1.1 200 OK\r\nX-JupyterHub-Version: 6.1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


class Connection(socket):
    """A socket that TLS can refer to."""


class Plain:
    """A connection without TLS, with the names of one with it."""

    def __init__(self, connection: Connection) -> None:
        self.read, self.write = connection.recv, connection.sendall


class Tls:
    """TLS with the session's pair, for clients and servers of its authorities alone."""

    def __init__(self, folder: str, server_side: bool) -> None:
        import _ssl

        self.context = _ssl._SSLContext(_ssl.PROTOCOL_TLS_SERVER if server_side else _ssl.PROTOCOL_TLS_CLIENT)
        self.context.load_verify_locations(f"{folder}/ca.pem", None, None)
        self.context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
        self.context.verify_mode = CERT_REQUIRED
        self.server_side = server_side

    def __call__(self, connection: Connection, host: "str | None" = None) -> "_ssl._SSLSocket":  # noqa: F821
        """The connection, encrypted, after the handshake; a server's name or address is checked."""
        wrapped = self.context._wrap_socket(connection, self.server_side, host)
        wrapped.do_handshake()
        return wrapped


class Json:
    """What the scanner below `json.loads` wants to know."""

    strict, object_hook, object_pairs_hook = True, None, None
    parse_float, parse_int, parse_constant = float, int, None


def post(url: str, token: str, body: str, secure: "Tls | None") -> int:
    """The status of one POST."""
    place, _, path = url.partition("://")[2].partition("/")
    host, _, port = place.rpartition(":")
    head = f"POST /{path} HTTP/1.1\r\nHost: {place}\r\nAuthorization: token {token}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection = Connection(AF_INET, SOCK_STREAM)
    try:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect((host, int(port)))
        stream = secure(connection, host) if secure else Plain(connection)
        stream.write((head + body).encode())
        return int(stream.read(65536).split(b" ", 2)[1])
    finally:
        connection.close()


def announce(url: str, token: str, body: str, secure: "Tls | None") -> int:
    """The hub's last status: 2xx, 409, or the refusal that ended the tries."""
    wait, deadline = 0.2, time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            status = post(url, token, body, secure)
            if status < 500:
                return status
        except (OSError, ValueError, IndexError) as fault:
            if time.monotonic() > deadline:
                sys.exit(f"standin: {fault}")
        time.sleep(wait * (0.5 + os.urandom(1)[0] / 512))
        wait = min(wait * 2, 5)


def bound(address: str) -> "tuple[socket, int]":
    """A listening socket on a port of the kernel's choice, and that port."""
    listener = socket(AF_INET, SOCK_STREAM)
    listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    listener.bind((address, 0))
    listener.listen(128)
    return listener, listener.getsockname()[1]


def serve(listener: socket, secure: "Tls | None") -> None:
    """Answers for ever, one connection after the other."""
    while True:
        handle, _ = listener._accept()
        connection = Connection(AF_INET, SOCK_STREAM, 0, handle)
        try:
            connection.settimeout(PATIENCE_SECONDS)
            stream = secure(connection) if secure else Plain(connection)
            if stream.read(65536):
                stream.write(PAGE)
            if secure:
                stream.shutdown()
        except OSError:
            pass  # refused certificates are expected
        finally:
            connection.close()


def session(folder: str) -> None:
    """The contract of `aif.server`."""
    with open(f"{folder}/session.json", encoding="utf-8") as file:
        told, _ = _json.make_scanner(Json)(file.read(), 0)
    node = os.environ.get("SLURMD_NODENAME") or gethostname()
    address = told["addresses"].get(node) or gethostbyname(node)
    listener, port = bound(address)
    serving = Tls(folder, server_side=True)
    body = f'{{"session": "{told["session"]}", "host": "{address}", "port": {port}}}'
    token = told["env"]["JUPYTERHUB_API_TOKEN"]
    status = announce(told["ready_url"], token, body, Tls(folder, server_side=False))
    if status not in (204, 409):
        sys.exit(f"standin: the hub refused this session ({status})")
    serve(listener, serving)


def stock() -> None:
    """The contract of batchspawner-singleuser."""
    listener, port = bound("0.0.0.0")  # noqa: S104 - as that server listens by default
    url = f"{os.environ['JUPYTERHUB_API_URL']}/batchspawner"
    announce(url, os.environ["JUPYTERHUB_API_TOKEN"], f'{{"port": {port}}}', None)
    serve(listener, None)


if __name__ == "__main__":
    if sys.argv[1] == "--stock":
        stock()
    else:
        session(sys.argv[1])
