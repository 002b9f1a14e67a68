"""The first step of a session's server, over and over. Argument: the nodes' addresses by name, as JSON.

Each line of its input, a node's name, starts one, which listens, prints where, and answers who connects with its
number; the next line has it killed.
"""

import json
import os
import signal
import sys

from aif.server.address import bound_socket, reserved

ADDRESSES = json.loads(sys.argv[1])


def serve(node, number):
    with bound_socket(ADDRESSES, {"SLURMD_NODENAME": node}) as listener, reserved(listener) as kept:
        print(json.dumps([*listener.getsockname(), kept]), flush=True)
        listener.setblocking(True)
        while True:
            connection, _ = listener.accept()
            connection.sendall(number.encode())
            connection.close()


print("ready", flush=True)
for number, line in enumerate(iter(sys.stdin.readline, "")):
    server = os.fork()
    if not server:
        serve(line.strip(), str(number))
    sys.stdin.readline()
    os.kill(server, signal.SIGKILL)
    os.waitpid(server, 0)
    print("ended", flush=True)
