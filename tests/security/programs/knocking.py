"""Knocks at a port by TLS and by plain TCP. Arguments: host, port, and perhaps files of a certificate and its key.

What the other side says to whom it lets in is printed, as JSON; empty where it lets nobody in.
"""

import json
import socket
import ssl
import sys

host, port, *pair = sys.argv[1:]
#: What a client of a scheduler says first, as a length and bytes; a server of HTTP answers it with a fault.
FIRST = (8).to_bytes(8, "little") + b"identity"


def heard(stream):
    """What comes within a second or two to somebody who also says something."""
    try:
        stream.settimeout(2)
        stream.sendall(FIRST)
        return stream.recv(300).decode("latin-1")
    except OSError:
        return ""


def by_tls():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if pair:
        context.load_cert_chain(*pair)
    with socket.create_connection((host, int(port)), 5) as connection:
        try:
            with context.wrap_socket(connection) as stream:
                return heard(stream)
        except OSError:
            return ""


def by_tcp():
    with socket.create_connection((host, int(port)), 5) as connection:
        return heard(connection)


print(json.dumps({"tls": by_tls(), "tcp": by_tcp()}))
