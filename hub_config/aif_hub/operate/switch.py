"""One release put in the place of another, step by step, each of which can be taken back."""

from __future__ import annotations

import json
import os
import pwd
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aif.core import site as sites
from aif.core.errors import AifError
from aif_hub.demo.commands import run
from aif_hub.demo.errors import DemoError
from aif_hub.demo.progress import Progress
from aif_hub.operate import restore
from aif_hub.operate.archive import unpack
from aif_hub.operate.backup import back_up
from aif_hub.operate.errors import OperateError
from aif_hub.operate.holdings import Holdings, check_stopped
from aif_hub.operate.host_files import Setup
from aif_hub.operate.hub_unit import HubUnit
from aif_hub.operate.releases import Releases

_INSIDE = Path(__file__).parent / "inside"
_TABLES_SECONDS = 3600


@dataclass(frozen=True)
class Switch:
    """From the release in use to another one, of one site."""

    setup: Setup
    releases: Releases
    unit: HubUnit
    show: Progress
    backups: Path

    def forward(self, name: str) -> None:
        """To a release that is built. Raises OperateError once all is again as it was."""

        def renew() -> None:
            with self.show.step("The hub's tables"):
                _asked_inside(self.setup, self.releases.place(name), "upgrade_tables.py")

        self._turn(lambda backup: self.releases.use(name, str(backup)), renew, self.releases.back)

    def back(self, archive: Path | None) -> None:
        """To the release before, with the data of that backup where one is given. Raises OperateError as `forward`."""
        now, its_backup = self.releases.current, self.releases.book.backups.get(self.releases.current, "")

        def renew() -> None:
            if archive:
                self._restore(archive)

        self._turn(lambda _: self.releases.back(), renew, lambda: self.releases.use(now, its_backup))

    def _turn(self, change: Callable[[Path], None], renew: Callable[[], None], undo: Callable[[], None]) -> None:
        before = self.releases.current
        with self.show.step("Stop the hub"):
            self.unit.stop()
        try:
            check_stopped(self._holdings)
            with self.show.step("Backup"):
                backup = back_up(self._holdings, self.backups)
        except BaseException:  # also Ctrl-C: nobody is left without a hub
            self.unit.start()
            raise
        try:
            change(backup)
            renew()
            self._come_up()
        except BaseException as failed:
            self.show.say(f"\nThat failed: {_words(failed)}\nBack to {before}:")
            self._take_back(before, backup, undo)
            raise OperateError(f"{before} runs again, with all its data. The reason: {_words(failed)}") from failed

    def _take_back(self, before: str, backup: Path, undo: Callable[[], None]) -> None:
        try:
            self.unit.stop()
            if self.releases.current != before:
                undo()
            self._restore(backup)
            self._come_up()
        except (AifError, DemoError, OSError) as failed:
            raise OperateError(
                f"The way back to {before} failed too: {_words(failed)} The data are in {backup}: `aif restore` puts "
                f"them back, and `systemctl start {self.unit.name}` starts the hub."
            ) from failed

    def _restore(self, archive: Path) -> None:
        with self.show.step("The hub's data from the backup"), tempfile.TemporaryDirectory(prefix="aif-back-") as place:
            folder = Path(place)
            manifest = unpack(archive, folder)
            restore.check(self._holdings, manifest, folder)
            lines = restore.put_back(self._holdings, manifest, folder)
        for line in lines:
            self.show.say(f"    {line}")

    def _come_up(self) -> None:
        """The host set up by the release in use, and its hub started, until it answers."""
        aif = self.releases.place(self.releases.current) / "env/hub/bin/aif"
        with self.show.step("Units and launcher"):
            run(["/usr/bin/env", "-u", "AIF_CHECKOUT", aif, "install", "--site", self.setup.site_file], timeout=300)
        with self.show.step("Start the hub"):
            self.unit.start()
            self.unit.await_answers()

    @property
    def _holdings(self) -> Holdings:
        return Holdings(sites.load(self.setup.site_file), self.setup.site_file)


def tables(setup: Setup, release: Path) -> tuple[str, str]:
    """Which form the hub's tables have, and which one that release wants. Raises OperateError."""
    facts = json.loads(_asked_inside(setup, release, "database.py"))
    if facts.get("error"):
        raise OperateError(f"The hub's database cannot be used: {facts['error']}. Nothing was changed.")
    if facts.get("new"):
        raise OperateError("The hub has no database yet: it has not been started. Start it once, then upgrade.")
    return facts["found"], facts["wanted"]


def known_forms(release: Path) -> frozenset[str]:
    """Every form of the tables that the release's JupyterHub knows."""
    found = release.glob("env/hub/lib/python3*/site-packages/jupyterhub/alembic/versions/*.py")
    return frozenset(path.name.partition("_")[0] for path in found)


def _asked_inside(setup: Setup, release: Path, program: str) -> str:
    """What a program of `inside` says, run by the release's Python as the hub's user."""
    owner = Holdings(setup.site, setup.site_file).owner()
    user = None if pwd.getpwnam(owner).pw_uid == os.geteuid() else owner
    surroundings = {"AIF_SITE": str(setup.site_file), "HOME": setup.site.state_dir, "PYTHONDONTWRITEBYTECODE": "1"}
    text = (_INSIDE / program).read_text()
    argv: list[str | Path] = [release / "env/hub/bin/python", "-I", "-"]
    return run(argv, text_in=text, env=surroundings, user=user, cwd=Path("/"), timeout=_TABLES_SECONDS)


def _words(failed: BaseException) -> str:
    return str(failed) or "it was stopped."
