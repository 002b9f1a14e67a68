"""`aif upgrade`: another release in place of the one that runs, and the way back, by itself if need be."""

from __future__ import annotations

import argparse
from pathlib import Path

from aif.core import site as sites
from aif_hub.demo import machine
from aif_hub.demo.privilege import only_root_writes
from aif_hub.demo.progress import Progress
from aif_hub.operate import in_use, noted, terminal
from aif_hub.operate.backup import DEFAULT_TO
from aif_hub.operate.build import build_release, one_at_a_time
from aif_hub.operate.errors import OperateError
from aif_hub.operate.host_files import Setup
from aif_hub.operate.hub_unit import HubUnit
from aif_hub.operate.init import DEFAULT_SITE, site_file
from aif_hub.operate.releases import Releases
from aif_hub.operate.switch import Switch, known_forms, tables
from aif_hub.source import checkout


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif upgrade` and its flags."""
    upgrade = commands.add_parser("upgrade", help="put this checkout's release in place of the one that runs, or back")
    upgrade.add_argument("--site", type=Path, metavar="FILE", help=f"default: $AIF_SITE or {DEFAULT_SITE}")
    upgrade.add_argument("--back", action="store_true", help="return to the release before")
    upgrade.add_argument(
        "--data", action="store_true", help="with --back: the hub's data as they were before the upgrade, too"
    )
    upgrade.add_argument("--to", type=Path, default=DEFAULT_TO, metavar="DIR", help=f"backups; default: {DEFAULT_TO}")
    upgrade.add_argument("--yes", action="store_true", help="ask nothing")
    upgrade.set_defaults(run=_upgrade)


def _upgrade(asked: argparse.Namespace, rest: list[str]) -> int:
    machine.check_root()
    if asked.data and not asked.back:
        raise OperateError("--data goes with --back: an upgrade keeps the data.")
    if not (asked.yes or terminal.is_there()):
        raise OperateError("There is no terminal to ask at: give --yes.")
    path = site_file(asked.site)
    setup = Setup(sites.load(path), path)
    releases = Releases(setup.prefix)
    if not releases.current:
        raise OperateError(f"There is no release in {setup.prefix} to upgrade: `./aif build` and `aif install` first.")
    only_root_writes(setup.prefix)
    unit = HubUnit(setup)
    unit.check()
    switch = Switch(setup, releases, unit, Progress(), asked.to.absolute())
    with one_at_a_time(setup.prefix):
        return _back(switch, asked) if asked.back else _forward(switch, asked)


def _forward(switch: Switch, asked: argparse.Namespace) -> int:
    releases, now = switch.releases, switch.releases.current
    print(f"'{switch.setup.site.host.name}' runs {now}. The checkout's release is built beside it:")
    name = build_release(releases, checkout(), switch.show)
    if name == now:
        print(f"\n{name} is in use already. There is nothing to upgrade.")
        return 0
    found, wanted = tables(switch.setup, releases.place(name))
    print(f"\nFrom {now} to {name}.")
    print(f"  tables: {f'stay as they are ({found})' if found == wanted else f'from {found} to {wanted}'}")
    print(f"  the hub is away for a moment, with a backup in {asked.to}; sessions and open notebooks go on")
    if not _may(asked, "Do it?"):
        return 1
    switch.forward(name)
    noted.command(switch.setup.site, "upgrade", release=name, before=now)
    print(f"\n{name} runs. `aif upgrade --back` returns to {now}.")
    print(f"The proxy goes on as it is: `systemctl restart {switch.setup.units[0]}` at a quiet hour renews it too.")
    _clear_away(switch)
    return 0


def _back(switch: Switch, asked: argparse.Namespace) -> int:
    releases, now = switch.releases, switch.releases.current
    before = releases.previous
    if not before:
        raise OperateError(f"No release was in use before {now}: there is nothing to return to.")
    archive = releases.book.backups.get(now, "")
    found, _ = tables(switch.setup, releases.place(now))
    foreign = found not in known_forms(releases.place(before))
    with_data = asked.data or foreign
    print(f"Back from {now} to {before}.")
    if with_data:
        _check_archive(archive)
        why = f"its JupyterHub does not know tables of the form {found}" if foreign else "as asked with --data"
        print(f"  the hub's data become what they were before the upgrade ({why}): {archive}")
        print("  sessions that were started since then run on, and the hub ends them after lost_record_minutes: it has")
        print("  no record of them then, and Home shows them as 'Cannot be opened'")
    else:
        print("  the hub's data stay as they are; both know their form")
    print("  the hub is away for a moment; sessions and open notebooks go on")
    if not _may(asked, "Do it?"):
        return 1
    switch.back(Path(archive) if with_data else None)
    noted.command(switch.setup.site, "upgrade", release=before, before=now, back=True, data=with_data)
    print(f"\n{before} runs. {now} is kept: `./aif upgrade` from its checkout takes it again.")
    return 0


def _check_archive(archive: str) -> None:
    if not archive or not Path(archive).exists():
        raise OperateError(
            f"The backup from before the upgrade is needed, and {archive or 'none'} is there. Put it there again, or "
            "restore another one by hand."
        )


def _may(asked: argparse.Namespace, question: str) -> bool:
    if asked.yes or terminal.agreed(question):
        return True
    print("Nothing was changed.")
    return False


def _clear_away(switch: Switch) -> None:
    """Keeps this release, the one before, and every one from which a session may still run."""
    releases = switch.releases
    for name in releases.unused(in_use.oldest_job(switch.setup.site.clusters[0]), in_use.running(releases)):
        releases.remove(name)
        print(f"Removed {name}: nothing runs from it any more.")
