"""A file of one's own: whole and private under its name with its card beside it, or not there at all."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fakehub import REPOSITORY
from hypothesis import example, given
from hypothesis import strategies as st
from told_material import as_told, balance, write_session

from aif import upload
from aif.data import arrive, card, place
from aif.data.answers import Answers
from aif.data.arrive import Arrival, BadName, BrokenOff, NameTaken, NoRoom, plain_name
from aif.data.card import NoCard
from aif.data.form import Here, NotYet
from aif.data.place import NoPlace, Place
from aif.upload import NoFile

FINE: dict[str, Any] = {"persons": "no", "secret": "no", "licence": "ours", "origin": "ours", "source": "our sensors"}
BYTES = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, and a session whose project's data can be read until 26 April 2100."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "session").mkdir()
    known = as_told(balance(data_end=date(2100, 4, 26)))
    write_session(tmp_path / "session", known, data={"contact": "data@example.org", "site": "AI Factory"})
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path / "session"))
    return tmp_path


def arriving(home: Path, size: int = len(BYTES), name: str = "orders.csv") -> Arrival:
    return Arrival(Place("home", home / place.NAME), name, size)


def kept(one: Arrival) -> Path:
    return one.keep(lambda *of: Here().card_of(Answers.parse(FINE), *of))


def there(home: Path) -> list[str]:
    return sorted(os.listdir(home / place.NAME))


def test_a_file_comes_in_pieces_and_is_the_persons_alone(home: Path) -> None:
    one = arriving(home)
    for at in range(0, len(BYTES), 1000):
        assert one.piece(at, memoryview(BYTES[at : at + 1000])) == min(at + 1000, len(BYTES))
        assert "orders.csv" not in there(home)
    file = kept(one)
    assert file.read_bytes() == BYTES
    assert there(home) == ["orders.csv", "orders.csv.about.json"]
    for each, mode in ((file, 0o600), (card.beside(file), 0o600), (file.parent, 0o700)):
        assert stat.S_IMODE(each.stat().st_mode) == mode
    assert place.readers(file)[0] == "owner"


def test_a_folder_that_others_could_look_into_is_closed_first(home: Path) -> None:
    (home / place.NAME).mkdir(mode=0o777)
    kept(arriving(home, 0))
    assert stat.S_IMODE((home / place.NAME).stat().st_mode) == 0o700


@given(st.lists(st.integers(0, 5), max_size=5), st.integers(0, 3), st.sampled_from(["keep", "drop", "gap"]))
def test_whatever_way_it_breaks_off_nothing_half_is_there(sizes: list[int], missing: int, end: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one = arriving(Path(folder), sum(sizes) + missing, "x")
        for size in sizes:
            one.piece(one.came, b"a" * size)
        with suppress(BrokenOff):
            {"keep": kept, "drop": Arrival.drop, "gap": lambda one: one.piece(one.came + 1, b"a")}[end](one)
        whole = end == "keep" and not missing
        assert there(Path(folder)) == (["x", "x.about.json"] if whole else [])


def test_after_it_broke_off_nothing_more_is_taken(home: Path) -> None:
    one = arriving(home, 10)
    with pytest.raises(BrokenOff, match=r"orders\.csv broke off on its way\. Nothing of it was kept"):
        one.piece(0, b"more than ten bytes")
    with pytest.raises(BrokenOff):
        one.piece(0, b"x")
    with pytest.raises(BrokenOff):
        kept(one)


def test_a_kernel_that_is_killed_leaves_no_half_file_and_the_next_upload_tidies_up(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from aif.data.arrive import Arrival; from aif.data.place import Place\n"
        f"one = Arrival(Place('home', Path({str(home / place.NAME)!r})), 'orders.csv', 9); one.piece(0, b'half')\n"
        "print('half', flush=True); sys.stdin.read()"
    )
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY / "extensions")}
    with subprocess.Popen([sys.executable, "-c", code], env=env, stdin=-1, stdout=-1) as kernel:
        assert kernel.stdout is not None
        assert kernel.stdout.readline() == b"half\n"
        [draft] = (home / place.NAME).iterdir()
        long_ago = time.time() - 2 * arrive.STALE_SECONDS
        os.utime(draft, (long_ago, long_ago))
        arrive.sweep(draft.parent)
        assert draft.exists(), "somebody still writes to it"
        kernel.kill()
    kept(arriving(home, 0))
    assert there(home) == ["orders.csv", "orders.csv.about.json"]


def test_a_browser_that_says_no_more_is_not_waited_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrive, "QUIET_SECONDS", 0.01)
    one = arriving(home, 9)
    assert one._over.wait(10)
    with pytest.raises(BrokenOff):
        one.piece(0, b"late")
    assert there(home) == []


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, fault: int, step: str
) -> None:
    one = arriving(home, 4)

    def full(*_: object) -> int:
        raise OSError(fault, os.strerror(fault))

    def whole() -> None:
        one.piece(0, b"abcd")
        kept(one)

    monkeypatch.setattr(os, step, full)
    with pytest.raises(NoRoom) as caught:
        whole()
    assert str(caught.value) == "There is no room for orders.csv: the disk or your quota is full, and nothing was kept."
    assert there(home) == []


def test_a_file_larger_than_the_disk_is_refused_before_it_is_sent(home: Path) -> None:
    with pytest.raises(NoRoom):
        arriving(home, 1 << 60)
    assert there(home) == []


def test_nothing_is_written_over_and_a_race_is_lost_by_the_later_one(home: Path) -> None:
    first, second = arriving(home, 1), arriving(home, 1)
    first.piece(0, b"1")
    second.piece(0, b"2")
    file = kept(first)
    with pytest.raises(NameTaken, match="nothing is written over"):
        kept(second)
    with pytest.raises(NameTaken):
        arriving(home, 1)
    assert file.read_bytes() == b"1"
    assert there(home) == ["orders.csv", "orders.csv.about.json"]


def test_a_file_system_without_second_names_does_as_well(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "not here")

    monkeypatch.setattr(os, "link", refused)
    assert kept(arriving(home, 0)).read_bytes() == b""


def test_a_file_system_that_keeps_nothing_private_gets_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fchmod", lambda handle, _mode: None)
    one = Arrival(Place("project", home / place.NAME), "x", 0)
    with pytest.raises(BrokenOff, match="it does not keep files private"):
        kept(one)
    assert there(home) == []


@pytest.mark.parametrize(
    "name",
    [
        *("../x", "/etc/passwd", "a/b", "a\\b", "..", ".", "", ".bashrc", " x", "x ", "x\n", "a\0b", "x\u202egpj.exe"),
        *("\ud800", "orders.csv.about.json", "ä" * 130, "x" * 250),
    ],
)
def test_a_name_that_is_a_path_or_hides_something_is_refused_in_words(name: str) -> None:
    with pytest.raises(BadName, match=r"\. .*(Rename it first|Give the file's name alone)"):
        plain_name(name)


@given(st.text(min_size=1))
@example("a/../b")
@example("..")
@example("\x00")
@example("e\u0301")
def test_a_name_that_is_taken_is_one_file_in_its_folder(name: str) -> None:
    try:
        plain = plain_name(name)
    except BadName:
        return
    whole = Path("/folder", plain)
    assert (whole.parent, whole.name) == (Path("/folder"), plain)
    assert os.path.normpath(whole) == str(whole)
    assert len(os.fsencode(card.beside(whole).name)) <= 255
    assert plain.isprintable() or not plain.isascii()
    assert plain_name(plain) == plain


def test_a_colleague_reads_what_it_is(home: Path) -> None:
    (home / "orders.csv").write_bytes(BYTES)
    file = upload.bring(home / "orders.csv", **{**FINE, "until": "2100-01-01", "licence_name": "none needed"})
    assert file == home / place.NAME / "orders.csv"
    told = json.loads(card.beside(file).read_text())
    assert told.keys() == {
        *("version", "file", "bytes", "sha256", *FINE, "licence_name", "approval", "until", "kept_until"),
        *("answered_by", "answered_at", "project", "site"),
    }
    assert (told["kept_until"], told["project"], told["site"]) == ("2100-01-01", "inspect01", "AI Factory")
    read = upload.card(file)
    assert (read.size, read.answers.source) == (len(BYTES), "our sensors")
    assert "Kept until           1 January 2100" in repr(read)
    assert "Kept until" in read._repr_html_()


def test_without_a_day_of_ones_own_it_is_the_last_day_of_the_projects_data(home: Path) -> None:
    (home / "x").write_bytes(b"")
    assert upload.card(upload.bring(home / "x", **FINE)).kept_until == date(2100, 4, 26)


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"version": 1}', "\xff"])
def test_a_file_without_a_card_is_said_to_be_nobody_knows_what(home: Path, text: str | None) -> None:
    if text is not None:
        (home / "x.about.json").write_text(text, encoding="latin-1")
    with pytest.raises(NoCard, match="treat it as personal data"):
        upload.card(home / "x")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"persons": "yes"}, "Ask first: There are people in it."),
        ({"origin": "secure"}, "may not leave the secure environment"),
        ({"secret": ""}, "Question 2 has no answer."),
    ],
)
def test_what_the_answers_do_not_allow_is_not_brought(home: Path, changes: dict[str, str], says: str) -> None:
    (home / "orders.csv").write_bytes(BYTES)
    with pytest.raises(NotYet, match=says):
        upload.bring(home / "orders.csv", **{**FINE, **changes})
    assert not (home / place.NAME).exists()


def test_a_file_that_is_not_there_is_named(home: Path) -> None:
    with pytest.raises(NoFile, match="cannot be read: No such file"):
        upload.bring(home / "none.csv", **FINE)


def test_what_is_in_the_way_of_the_folder_is_named(home: Path) -> None:
    (home / place.NAME).write_text("a file")
    with pytest.raises(NoPlace, match=r"The folder ~/own_data cannot be used"):
        arriving(home)


def test_a_projects_folder_that_leads_elsewhere_is_not_used(home: Path) -> None:
    (home / "elsewhere").mkdir()
    (home / place.NAME).symlink_to(home / "elsewhere")
    with pytest.raises(NoPlace, match="it leads elsewhere"):
        Arrival(Place("project", home / place.NAME), "x", 0)


def test_a_projects_folder_is_for_its_group_and_says_which(home: Path) -> None:
    base = home / "projects/inspect01"
    base.mkdir(parents=True)
    known = as_told(balance())
    write_session(home / "session", known, data={"project_dir": str(base)})
    (home / "x").write_bytes(b"1")
    file = upload.bring(home / "x", "project", **FINE)
    group = place._group(base.stat().st_gid)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o3770
    assert (stat.S_IMODE(file.stat().st_mode), file.stat().st_gid) == (0o640, base.stat().st_gid)
    assert place.readers(file) == place.expected(Place("project", base / place.NAME)) == ("group", group)
    assert f"everybody in the group “{group}”" in repr(upload())
    file.chmod(0o644)
    assert place.readers(file)[0] == "all"


def test_a_project_without_a_folder_has_the_home_alone(home: Path) -> None:
    write_session(home / "session", data={"project_dir": str(home / "none")})
    (home / "x").write_bytes(b"1")
    with pytest.raises(NotYet, match=r"There is no place 'project' here\. These are: home\."):
        upload.bring(home / "x", "project", **FINE)


def test_what_stays_in_a_notebook_says_where_who_and_until_when(home: Path) -> None:
    text = repr(upload())
    assert "Stored in: ~/own_data, AI Factory" in text
    assert f"Who sees it: You ({place.person()}), and the administrators of this system" in text
    assert "26 April 2100, the last day on which data of “Inspection pilot” can be read" in text
    assert "1. Are there people in it?" in text
    assert 'upload.check(persons="no"' in text
    assert "Are there people in it?" in upload()._repr_html_()
