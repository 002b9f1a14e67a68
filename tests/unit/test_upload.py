"""A file of one's own: whole and private under its name with its card beside it, or not there at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fakehub import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st
from upload_material import BYTES, FINE, home

from aif import upload
from aif.data import arrive, card, place
from aif.data.answers import Answers
from aif.data.arrive import Arrival, BrokenOff, NameTaken, NoRoom
from aif.data.form import Here, NotYet
from aif.data.place import Place

__all__ = ["home"]  # a fixture


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


def test_what_is_on_its_way_goes_no_further_once_the_answers_forbid_it(home: Path) -> None:
    form = upload()
    form.say(FINE)
    form.begin("orders.csv", 9)
    form.say({**FINE, "persons": "yes"})
    assert there(home) == []
    with pytest.raises(NotYet):
        form.piece(0, b"x")


def test_pieces_of_another_view_do_not_end_up_in_this_ones_file(home: Path) -> None:
    pytest.importorskip("anywidget")
    from aif.widgets.upload import UploadWidget

    widget = UploadWidget(upload())

    def send(buffers: list[memoryview], **said: Any) -> str:
        widget._handle_custom_msg(said, buffers)
        return str(widget.answer.get("said", ""))

    send([], kind="answers", answers=FINE)
    for name in ("first", "second"):
        assert send([], kind="begin", upload=name, name=name, size=2) == ""
    assert "Another file was begun meanwhile." in send([memoryview(b"xx")], kind="piece", upload="first", at=0)
    send([], kind="drop", upload="first")
    assert send([memoryview(b"yy")], kind="piece", upload="second", at=0) == ""
    assert (home / place.NAME / "second").read_bytes() == b"yy"
    widget.close()


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
