"""The banner and the maintenance on top of every page: what is said when, to whom, and how it is set."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hub_material import site, site_data

from aif.core.planned import Partition, Reservation
from aif.core.text import Text
from aif_hub import cli
from aif_hub.banner import FILE, Banner, BannerError, BannerFile, write
from aif_hub.calendar import Calendar
from aif_hub.notices import announced, maintenance, notices
from aif_hub.operate.banner import moment
from aif_hub.operate.errors import OperateError
from aif_hub.speech import speak
from aif_hub.workbench import Workbench

NOW = datetime(2026, 11, 24, 12, tzinfo=datetime.now().astimezone().tzinfo).astimezone()
HOUR = timedelta(hours=1)


def said(banner: Banner, now: datetime = NOW) -> str:
    notice = announced(banner, now)
    return notice.text if notice else ""


def test_a_banner_says_its_times_in_the_persons_language_and_goes_by_itself() -> None:
    banner = Banner(Text("New disks.", {"nl": "Nieuwe schijven."}), "warn", NOW + 2 * HOUR, NOW + 4 * HOUR)
    assert said(banner) == "New disks. It begins at 14:00 and lasts until 16:00."
    assert said(banner, NOW + 3 * HOUR) == "New disks. It lasts until 16:00."
    assert said(banner, NOW + 4 * HOUR) == ""
    speak("nl")
    assert said(banner) == "Nieuwe schijven. Het begint om 14.00 uur en duurt tot 16.00 uur."
    speak("en")


def test_a_banner_over_midnight_names_both_days() -> None:
    banner = Banner(Text("X."), "info", NOW + 8 * HOUR, NOW + 20 * HOUR)
    assert said(banner) == "X. It begins at 20:00 and lasts until 08:00 tomorrow."
    days = Banner(Text("X."), "info", NOW + 72 * HOUR, NOW + 74 * HOUR)
    assert said(days) == "X. It begins at 12:00 on Fri 27 Nov and lasts until 14:00."


def test_a_banner_is_read_again_when_it_has_changed_and_a_broken_one_shows_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = BannerFile(tmp_path / FILE)
    assert file.now() is None
    write(tmp_path, Banner(Text("One.")))
    assert file.now() == Banner(Text("One."))
    write(tmp_path, Banner(Text("Two.", {"nl": "Twee."}), "warn", NOW, NOW + HOUR))
    read = file.now()
    assert read is not None
    assert (read.text.said_in("nl"), read.starts, read.level) == ("Twee.", NOW, "warn")
    for broken in ("", "[]", '{"text": 3}', '{"text": "x", "level": "info", "starts": "soon", "ends": null}'):
        (tmp_path / FILE).write_text(broken)
        os.utime(tmp_path / FILE, ns=(1, len(broken)))
        assert file.now() is None
    assert caplog.text.count("cannot be shown") == 4
    write(tmp_path, None)
    assert file.now() is None


def test_writing_it_follows_no_link_that_the_hubs_user_laid(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (tmp_path / f"{FILE}.new").symlink_to(victim)
    write(tmp_path, Banner(Text("One.")))
    assert (victim.read_text(), (tmp_path / FILE).is_symlink()) == ("untouched", False)


@pytest.mark.parametrize("text", ["", "  ", "two\nlines", "x" * 501, "\x1b[31m"])
def test_a_banner_has_one_line(text: str) -> None:
    with pytest.raises(BannerError):
        Banner(Text(text)).check(NOW)
    with pytest.raises(BannerError):
        Banner(Text("fine", {"nl": text})).check(NOW)


def reserved(hours: float, nodes: str = "mig01", maintenance: bool = True) -> Reservation:
    return Reservation("m", NOW + hours * HOUR, NOW + (hours + 4) * HOUR, frozenset(nodes.split(",")), maintenance)


def planned(*reservations: Reservation) -> list[tuple[str, bool]]:
    parts = (Partition("mig", None, frozenset({"mig01"})), Partition("cpu", None, frozenset({"gpu01", "mig01"})))
    parts += (Partition("others", None, frozenset({"x1"})),)
    return [(one.text, one.grave) for one in maintenance(Calendar(parts, reservations), site(), "demo", NOW)]


def test_maintenance_that_slurm_knows_of_is_announced_by_itself() -> None:
    assert planned(reserved(68, "mig01,gpu01")) == [
        ("Maintenance begins at 08:00 on Fri 27 Nov and lasts until 12:00. Sessions end before it.", False)
    ]
    assert planned(reserved(3, "mig01")) == [
        ("Maintenance of a part of the cluster begins at 15:00 and lasts until 19:00.", True)
    ]
    assert planned(reserved(-1, "mig01,gpu01")) == [
        ("Maintenance goes on until 15:00. New sessions start after it.", True)
    ]


def test_what_concerns_nobody_here_is_not_announced() -> None:
    others = (reserved(3, "x1"), reserved(3, maintenance=False), reserved(-4), reserved(24 * 8))
    assert planned(*others) == []


async def test_who_put_a_notice_away_does_not_see_it_again_unless_it_is_grave_or_new(tmp_path: Path) -> None:
    workbench: Any = Workbench(site(state_dir=str(tmp_path)))
    for calendar in workbench.calendars.values():
        calendar.glance = Calendar
    write(tmp_path, Banner(Text("One.")))
    (shown,) = notices(workbench, frozenset(), NOW)
    assert notices(workbench, frozenset({shown.key}), NOW) == []
    write(tmp_path, Banner(Text("One."), "warn"))
    (grave,) = notices(workbench, frozenset({shown.key}), NOW)
    assert notices(workbench, frozenset({grave.key}), NOW) == [grave]


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    """A site file whose state folder is there."""
    state = tmp_path / "state"
    state.mkdir()
    data = site_data(state_dir=str(state))
    lines = [
        f"{key} = {json.dumps(value)}"
        for key, value in data.items()
        if isinstance(value, (str, list)) and key not in ("cluster", "profile", "project")
    ]
    hub = "\n".join(f"{key} = {json.dumps(value)}" for key, value in data["hub"].items())
    tables = "\n".join(
        f"[[{table}]]\n"
        + "\n".join(f"{key} = {json.dumps(value)}" for key, value in entry.items() if key != "addresses")
        for table in ("cluster", "profile")
        for entry in data[table]
    )
    path = tmp_path / "site.toml"
    path.write_text("\n".join([*lines, "[hub]", hub, tables]))
    return path


def aif(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = cli.main(["banner", *words])
    told = capsys.readouterr()
    return status, told.out + told.err


def test_the_command_sets_shows_and_clears(site_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--site", str(site_file))
    assert aif(capsys, *where) == (0, "No banner is shown.\n")
    far = (datetime.now() + timedelta(days=3)).strftime("%Y-%m-%d 12:00")
    status, out = aif(capsys, *where, "New disks.", "--nl", "Nieuwe schijven.", "--until", far, "--level", "warn")
    assert (status, out.splitlines()[:3]) == (
        0,
        ["Every page says (warn):", "  New disks.", "  nl: Nieuwe schijven."],
    )
    assert far in out
    assert aif(capsys, *where, "--clear") == (0, "No banner is shown any more.\n")
    assert not (site_file.parent / "state" / FILE).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("X.", "--until", "noonish"), "is no time"),
        (("X.", "--until", "2020-01-01 12:00"), "has passed"),
        (("X.", "--from", "2099-01-02 12:00", "--until", "2099-01-01 12:00"), "not after --from"),
        (("X.", "--clear"), "Say one of the two"),
        (("two\nlines",), "one line"),
    ],
)
def test_a_mistake_is_answered_in_a_sentence(
    site_file: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    status, out = aif(capsys, "--site", str(site_file), *words)
    assert status == 1
    assert out.startswith("aif: ")
    assert said in out


def test_a_clock_time_is_the_next_one() -> None:
    assert moment("13:00", NOW) == NOW + HOUR
    assert moment("11:00", NOW) == NOW + 23 * HOUR
    for wrong in ("25:00", "12:60", "tomorrow"):
        with pytest.raises(OperateError):
            moment(wrong, NOW)
