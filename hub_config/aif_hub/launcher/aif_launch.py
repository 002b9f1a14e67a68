#!/usr/bin/python3 -ISB
"""The only program the hub may run as root: submits, estimates, cancels, shows the log of and cleans up a session, as
the person whose session it is.

    sudo -n $P/libexec/aif-launch < request.json > answer.json

One JSON object in, one out, status 0 also for refusals: {"error": {"code": ..., "message": ...}}. No arguments. The hub
keeps one of these running and sends many requests, each in a child process of its own: root.py says how.

Installed by `install_launcher()` in install.py: this file as $P/libexec/aif-launch, the modules beside it as
$P/libexec/aif_launcher/, byte-compiled (compiling this much on every call would cost as much again). It reads
$P/etc/launcher.json, found from its own real path. All of it belongs to root.

    root.py      the part that stays root: lengths, a child for each request, its answer
    config.py    the configuration and who may call      request.py   the six verbs and their fields
    person.py    who is a person; giving up root         verbs.py     what a verb does, as the person
    folder.py    ~/.aif/sessions/<session>               slurm.py     sbatch, squeue, sacct, scancel
    protocol.py  JSON and refusals
"""

import os
import sys

here = os.path.dirname(os.path.realpath(__file__))
sys.path.append(here)  # -I took it away; last, so that nothing there can stand in for a standard module

from aif_launcher.root import main  # type: ignore[import-not-found]  # noqa: E402 - the name it is installed under

main(sys.argv[1:], os.path.join(os.path.dirname(here), "etc", "launcher.json"))
