"""`aif bench front`: what the pages weigh and how soon they are there with forty people clicking, and what they claim.

Our hub runs as in production: behind its proxy, with TLS inside, on the instance's Slurm, with stand-ins as servers.

- 23 people read on the start page when their choice would start, in a queue that is full and moves, then press Start:
  `estimates_tried` were told a time, `estimates_within_2_min` started within two minutes of it.
- 40 people click for a minute, each about once a second, while some of them wait. `ready_ms_p95` of a page is the 95th
  percentile of the time from a request to the last byte of its HTML over all their clicks, through the proxy, plus the
  95th percentile of what Chromium needs from that byte until the page can be used (DOMContentLoaded), over 21 times,
  with style sheets and scripts in its cache as they are after the first page. That part is measured afterwards, with
  nobody else clicking, a look of 0.2 s at the page before, and what that left thrown away. Both at once is rarer than
  one page in twenty.
- A page is what a person has there: "ended" and "receipt" of a session that is over, "tutorial" what a tutorial's link
  leads to (the start page, filled in for it), "project" the budgets of one, "help" the documentation's first page.
- `html_kb` and `requests` are what Chromium loads with an empty cache: the HTML, and the number of requests for all.
- `slurm_calls_per_page_view` is what slurmctld and slurmdbd counted as questions during the clicks, less what the same
  people cost them while nobody clicks, for each page opened.
- `axe_violations` over all these pages in both languages, on two screens, light and dark; null if no browser is there.
- `untranslated`: sentences that are marked to be said in every language and cannot.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aif_hub.bench import clicking, expecting, measure, ours
from aif_hub.bench.asking import HubApi, many_connections
from aif_hub.bench.clicking import Clicks, Own
from aif_hub.bench.course import course, say
from aif_hub.bench.rig import Rig, rig
from aif_hub.bench.untranslated import untranslated
from aif_hub.bench.visitor import Visitor
from aif_hub.demo import daemons, people
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance

#: How many ask for a session that has no place while the others click.
WAITING = 10
BROWSER_SECONDS = 600
#: At how many people's addresses, of the first and of the last, Chromium tries to see a page.
PLACES = 5


def main(args: Sequence[str]) -> int:
    """The exit status; figures on stdout, progress on stderr."""
    options = _parser().parse_args(args)

    def figures(inst: Instance) -> dict[str, Any]:
        room = [entry for entry in people.listed(inst) if entry["room"]]
        if len(room) < options.people:
            raise DemoError(f"The demo's class has {len(room)} people. Choose at most that many with --people.")
        with rig(inst, tuple(entry["name"] for entry in room), None, None) as made:
            words = {entry["name"]: entry["password"] for entry in room}
            return asyncio.run(_run(made, words, options))

    return course(options, figures)


async def _run(made: Rig, words: dict[str, str], options: argparse.Namespace) -> dict[str, Any]:
    many_connections()
    missing = untranslated()
    say(f"{len(missing)} sentences cannot be said in every language" + "".join(f"\n  {one}" for one in missing))
    say("starting our hub")
    ours.prepare(made)
    api = ours.start(made)
    url = api.url.removesuffix("/hub/api")
    everyone = [Visitor(url, login) for login in made.people[: options.people]]
    for who in everyone:  # one after the other: a password takes its time to check
        await who.sign_in(words[who.login])
    tried, right = await _expectations(made, everyone)
    room = await _places(made, api, everyone)
    quiet = await clicking.idle(made, options.seconds)
    pid = daemons.pid(ours.hub(made))
    assert pid is not None  # noqa: S101 - it has just answered
    before = measure.processor_seconds(pid)
    clicks = await clicking.click(made, room, options.seconds, options.think)
    used = measure.processor_seconds(pid) - before
    calls = max(0.0, clicks.slurm_calls - quiet * clicks.seconds) / clicks.views
    say(
        f"{clicks.views} views in {clicks.seconds:.0f} s by {len(room)} people, {clicks.slurm_calls} Slurm calls, "
        f"{quiet * clicks.seconds:.0f} in as long without clicks; {1000 * used / clicks.views:.0f} ms of the hub's "
        f"processor time a view, {used / clicks.seconds:.0%} of one core"
    )
    seen = _browser(made.inst, url, _rooms(made, everyone), options)  # some have their session by now
    return {
        "pages": _pages(clicks, seen),
        "axe_violations": _violations(seen),
        "untranslated": len(missing),
        "estimates_tried": tried,
        "estimates_within_2_min": right,
        "slurm_calls_per_page_view": round(calls, 3),
    }


async def _expectations(made: Rig, everyone: Sequence[Visitor]) -> tuple[int, int]:
    expecting.fill(made)
    await expecting.ask_all(everyone, say)
    return await expecting.outcomes(made, say)


async def _places(made: Rig, api: HubApi, everyone: Sequence[Visitor]) -> dict[Visitor, Own]:
    """Who has which pages: some sessions are ended, and others are asked for that have no place."""
    steps = ours.steps(made)
    for who in everyone:
        if steps.get(who.login) == "ready" and not who.login.endswith(("1", "2", "3")):
            await api.ask("DELETE", f"users/{who.login}/server")
    idle_ones = [who for who in everyone if steps.get(who.login) is None]
    for who in idle_ones[-WAITING:]:
        page = await who.ask("/hub/spawn?profile=gpu4")
        await who.send(f"/hub/spawn/{who.login}", page, {"profile": "gpu4", "minutes": "60"})
    await asyncio.sleep(5)  # the submissions' own work is over
    return _rooms(made, everyone)


def _rooms(made: Rig, everyone: Sequence[Visitor]) -> dict[Visitor, Own]:
    """Who has which pages beside everybody's, now."""
    last = {session["login"]: session for session in ours.sessions(made)}  # the oldest come first
    none = {"step": "", "session": ""}
    found = {who: last.get(who.login, none) for who in everyone}
    return {who: clicking.own_pages(who.login, one["step"], one["session"]) for who, one in found.items()}


def _browser(inst: Instance, url: str, room: dict[Visitor, Own], options: argparse.Namespace) -> dict[str, Any] | None:
    """What Chromium says of each page, by name; None, with a word why, where there is none."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    python = (options.browser_env or inst.env("test")) / "bin/python"
    if chromium is None or not python.exists():
        say("axe and Chromium did not run: they need chromium and the tests' environment (`./aif test` makes it)")
        return None
    asked: dict[str, Any] = {"url": url, "chromium": chromium, "pages": {}}
    for page in (*clicking.OFTEN, "sign-in"):
        whose = [one for one, own in room.items() if page in own or page in (*clicking.EVERYBODYS, "sign-in")]
        asked["pages"][page] = [
            {
                "path": room[who].get(page) or clicking.address(page, who.login),
                "cookies": {} if page == "sign-in" else who.cookies,
            }
            for who in (*whose[:PLACES], *whose[-PLACES:])  # the last asked last, and wait longest
        ]
    argv = [python, "-I", Path(__file__).with_name("browsing.py")]
    try:
        done = subprocess.run(
            argv, input=json.dumps(asked), capture_output=True, text=True, timeout=BROWSER_SECONDS, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as fault:
        say(f"axe and Chromium did not run to their end: {(fault.stderr or str(fault))[-400:]}")
        return None
    told = json.loads(done.stdout)
    say(f"an answer with nothing in it: {statistics.median(told['empty_ms']):.0f} ms in Chromium")
    seen: dict[str, Any] = told["pages"]
    for name in (name for name, each in seen.items() if each is None):
        say(f"Chromium did not see the page '{name}': it led elsewhere for everybody")
    for line in (line for each in seen.values() if each for line in each["violations"]):
        say(f"axe: {line}")
    return seen


def _violations(seen: dict[str, Any] | None) -> int | None:
    """What axe found on all pages; None unless it has seen each of them."""
    if seen is None or None in seen.values():
        return None
    return sum(len(each["violations"]) for each in seen.values())


def _pages(clicks: Clicks, seen: dict[str, Any] | None) -> dict[str, dict[str, float | None]]:
    figures: dict[str, dict[str, float | None]] = {}
    for page, took in sorted(clicks.pages.items()):
        p50, p95 = statistics.median(took), measure.percentile(took, 95)
        its = seen.get(page) if seen else None
        browser = measure.percentile(its["ready_ms"], 95) if its else 0.0
        figures[page] = {
            "html_kb": its["html_kb"] if its else None,
            "requests": its["requests"] if its else None,
            "ready_ms_p95": round(p95 + browser, 1) if its else None,
        }
        weight = f", all in all {its['all_kb']:g} kB in {its['requests']} requests" if its else ""
        say(f"{page}: {len(took)} clicks, {p50:.0f} ms (p95 {p95:.0f}), Chromium p95 {browser:.0f} ms more{weight}")
    return figures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aif bench front", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    given = Path(os.environ.get("AIF_PREFIX", "/opt/aif/demo"))  # from `aif bench --instance NAME`
    parser.add_argument("--prefix", type=Path, default=given, help=f"the instance whose Slurm is used ({given})")
    parser.add_argument("--people", type=int, default=40, help="how many click (default: 40)")
    parser.add_argument("--seconds", type=float, default=60, help="how long they click (default: 60)")
    parser.add_argument("--think", type=float, default=1, help="seconds between somebody's clicks (default: 1)")
    parser.add_argument("--browser-env", type=Path, help="an environment with Playwright and axe (the tests' own)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
