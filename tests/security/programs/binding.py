"""What a neighbour runs to be where somebody's server is looked for. Arguments: addresses of nodes.

It holds ports of the range that servers get theirs from, and gives them back, all the time; and it tries to have each
port at which another listens or has listened there. Whoever connects to a port of its is noted with the first bytes.
A line of its input, an address and a port, has it try that one at once; an empty one has it say which port it holds.
It ends with its input, and tells what it found as JSON.
"""

import json
import random
import select
import socket
import sys
import time

ADDRESSES = sys.argv[1:]
HELD, CHASED, LOOK_SECONDS = 300, 24, 0.05
ANY = "0.0.0.0"  # noqa: S104 - taking all addresses at once is one more way to take another's
counts = {"held": 0, "tried": 0}
found = {"taken": [], "connections": []}
held, watched = {}, select.epoll()


def bound(address, port, again=False):
    """A listening socket there, if that can be had."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if again:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        one.bind((address, port))
        one.listen(16)
    except OSError:
        one.close()
        return None
    one.setblocking(False)
    return one


def hold(one):
    held[one.fileno()] = one
    watched.register(one, select.EPOLLIN)
    if len(held) > HELD:
        oldest = next(iter(held))
        watched.unregister(oldest)
        held.pop(oldest).close()


def others():
    """Ports at which somebody else listens at one of the addresses."""
    mine = {one.getsockname() for one in held.values()}
    there = set()
    with open("/proc/net/tcp") as table:
        for line in list(table)[1:]:
            _, local, _, state, *_ = line.split()
            address, port = local.split(":")
            place = socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)
            if state == "0A" and place[0] in ADDRESSES and place not in mine:
                there.add(place)
    return there


def chase(place):
    for address in (place[0], ANY):
        for again in (False, True):
            counts["tried"] += 1
            one = bound(address, place[1], again)
            if one is None:
                continue
            found["taken"].append([address, place[1]])
            if address == ANY:
                one.close()  # other programs of this machine have ports too
            else:
                hold(one)
                return


def answer():
    """Takes whoever has connected."""
    for handle, _ in watched.poll(0):
        try:
            connection, peer = held[handle].accept()
        except OSError:
            continue
        connection.settimeout(0.5)
        try:
            said = connection.recv(200).decode("latin-1")
        except OSError:
            said = ""
        found["connections"].append([*held[handle].getsockname(), peer[1], said])
        connection.close()


def obey(line):
    """What to say to it."""
    if not line:
        newest = next(reversed(held.values()))
        return json.dumps(newest.getsockname())
    address, port = line.split()
    for _ in range(3):
        chase((address, int(port)))
    return "tried"


before, seen, looked = others(), [], 0.0  # those of the node's own programs stay where they are
print("ready", flush=True)
heard = select.poll()
heard.register(sys.stdin, select.POLLIN | select.POLLHUP)
while True:
    if time.monotonic() - looked > LOOK_SECONDS:
        seen += [place for place in others() - before if place not in seen]
        looked = time.monotonic()
        for place in seen[-CHASED:]:
            chase(place)
    for _ in range(8):
        one = bound(random.choice(ADDRESSES), random.randint(32768, 60999))  # noqa: S311 - any will do
        if one is not None:
            counts["held"] += 1
            hold(one)
    answer()
    if heard.poll(0):
        line = sys.stdin.readline()
        if not line:
            break
        print(obey(line.strip()), flush=True)
answer()
print(json.dumps({**counts, **found, "seen": len(seen)}))
