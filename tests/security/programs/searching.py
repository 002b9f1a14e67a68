"""Looks for secrets wherever whoever runs it may read. Its input: JSON with `secrets`, `folders`, `since`, `leave_out`.

Files that were changed before `since` (seconds since 1970) cannot hold them. Also: the command line and environment of
each process. Prints, as JSON: where which secret stood, by its name, and how many files and processes were read.
"""

import json
import os
import stat
import sys

asked = json.load(sys.stdin)
secrets = {name: text.encode() for name, text in asked["secrets"].items()}
MOST = 64 * 1024 * 1024
hits, counts = [], {"files": 0, "processes": 0}


def hold(place, data):
    for name, secret in secrets.items():
        if secret in data:
            hits.append([name, place])


def read(path, kind):
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as file:
            hold(path, file.read(MOST))
    except OSError:
        return
    counts[kind] += 1


for folder in asked["folders"]:
    for above, below, files in os.walk(folder):
        below[:] = [name for name in below if f"{above}/{name}" not in asked["leave_out"]]
        for name in files:
            path = f"{above}/{name}"
            try:
                info = os.lstat(path)
            except OSError:
                continue
            if stat.S_ISREG(info.st_mode) and info.st_ctime >= asked["since"]:
                read(path, "files")
for process in os.listdir("/proc"):
    if process.isdigit() and int(process) != os.getpid():
        for name in ("cmdline", "environ"):
            read(f"/proc/{process}/{name}", "processes")
print(json.dumps({"hits": hits, **counts}))
