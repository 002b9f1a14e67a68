"""Looks into folders again and again until its input ends, and tells of what is open to others than its owner.

Arguments: folders. Each line of the input is one more. Prints, as JSON: how many looks there were, which files it saw,
which of those somebody else than their owner has any right to, and which it could open.
"""

import json
import os
import select
import stat
import sys

NAMES = ("session.json", "key.pem", "cert.pem", "ca.pem", "public.json", "log")
folders, looks = sys.argv[1:], 0
seen, loose, opened = set(), set(), set()


def look(path):
    try:
        info = os.lstat(path)
    except OSError:
        return
    seen.add(path)
    if info.st_mode & 0o077 and not stat.S_ISLNK(info.st_mode):
        loose.add(f"{path} {stat.filemode(info.st_mode)}")
    if stat.S_ISREG(info.st_mode):
        read(path)


def read(path):
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except OSError:
        return
    opened.add(path)


print("ready", flush=True)
heard = select.poll()
heard.register(sys.stdin, select.POLLIN | select.POLLHUP)
while True:
    for folder in folders:
        for name in NAMES:
            read(f"{folder}/{name}")  # known by name, whether or not the folder can be listed
        for above, below, files in os.walk(folder):
            look(above)
            for name in (*below, *files):
                look(f"{above}/{name}")
    looks += 1
    if heard.poll(0):
        line = sys.stdin.readline()
        if not line:
            break
        folders.append(line.strip())
print(json.dumps({"looks": looks, "seen": sorted(seen), "loose": sorted(loose), "opened": sorted(opened)}))
