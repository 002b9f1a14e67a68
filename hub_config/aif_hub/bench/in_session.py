"""A real session at the benchmark's hub, and the places in it where its person sees what is left."""

from __future__ import annotations

import asyncio
import json
import pwd
import time
from pathlib import Path

from tornado.httpclient import AsyncHTTPClient

from aif_hub.bench.asking import HubApi
from aif_hub.bench.places import Compared, Person, Seen, against, of_rest
from aif_hub.bench.rig import Rig
from aif_hub.demo.commands import run
from aif_hub.demo.errors import DemoError

KERNEL = "import json; from aif import allocation; print(json.dumps(dict(allocation({name!r}).told)))"
#: The session's server hears of a reading within little more than a minute.
PATIENCE_SECONDS = 150.0


async def start(api: HubApi, login: str, minutes: int = 60, profile: str = "slice") -> None:
    """Returns when the person's JupyterLab is ready."""
    reply = await api.ask("POST", f"users/{login}/server", {"profile": profile, "minutes": minutes})
    if reply.code != 201:
        raise DemoError(f"The benchmark's hub could not start {login}'s session (status {reply.code}).")


async def compare(made: Rig, person: Person, allocation: str) -> Compared:
    """What the session's server, a kernel and a terminal show, against what REST showed at their *as of*."""
    known: dict[object, Seen] = {}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        told = of_rest("REST", json.loads(await person.rest(f"allocations/{allocation}")))
        known[told.as_of] = told
        here = await _server(person, allocation)
        if here is not None and here.as_of in known:
            seen = [
                here,
                *await asyncio.to_thread(_as_the_person, made, person.visitor.login, await _folder(person), allocation),
            ]
            if all(one.as_of in known for one in seen):
                found = [against(known[one.as_of], [one]) for one in seen]
                wrong = tuple(line for one in found for line in one.disagreements)
                return Compared(sum(one.places for one in found), wrong)
        await asyncio.sleep(1)
    raise DemoError(
        f"The session of {person.visitor.login} was not told what REST tells within {PATIENCE_SECONDS:.0f} s."
    )


async def _server(person: Person, allocation: str) -> Seen | None:
    """What the server tells the browser: panel and status bar draw it. None while it has heard nothing."""
    answer = await AsyncHTTPClient().fetch(
        f"{person.visitor.url}/user/{person.visitor.login}/aif/v1/allocations",
        headers={"Authorization": f"token {person.token}"},
        raise_error=False,
        request_timeout=60,
    )
    listed = json.loads(answer.body).get("allocations", []) if answer.code == 200 else []
    told = next((one for one in listed if one["id"] == allocation), None)
    return None if told is None else of_rest("the session's server", told)


async def _folder(person: Person) -> Path:
    listed = json.loads(await person.rest("sessions"))["sessions"]
    return Path(pwd.getpwnam(person.visitor.login).pw_dir, ".aif/sessions", listed[0]["session"])


def _as_the_person(made: Rig, login: str, folder: Path, allocation: str) -> list[Seen]:
    """What a kernel has, which the widget draws, and what `aif usage` says in a terminal."""
    python = made.notebook_env / "bin/python"
    env = {"AIF_SESSION_DIR": str(folder), "HOME": str(folder.parents[2]), "LANG": "C.UTF-8"}
    kernel = run([python, "-I", "-c", KERNEL.format(name=allocation)], env=env, user=login)
    usage = run([python, "-I", "-m", "aif.terminal", "usage", "--json"], env=env, user=login)
    terminal = next(one for one in json.loads(usage)["allocations"] if one["id"] == allocation)
    return [of_rest("the kernel's allocation()", json.loads(kernel)), of_rest("aif usage", terminal)]
