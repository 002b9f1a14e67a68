"""The audit log's files: whole lines whoever writes, days that end, damage that is said, and what `aif audit` shows."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from audit_material import DAY, NOON, entries
from hypothesis import given
from hypothesis import strategies as st

from aif_hub.audit.entry import ACTIONS, LONGEST, Entry
from aif_hub.audit.log import AuditLog, append, carry, days
from aif_hub.audit.reading import Damaged, Wanted, read

texts = st.text(max_size=LONGEST)


@given(st.sampled_from(sorted(ACTIONS)), texts, texts, st.dictionaries(texts, texts | st.integers() | st.booleans()))
def test_a_line_is_read_as_it_was_written_and_is_one_line(
    action: str, who: str, on: str, more: dict[str, str | int | bool]
) -> None:
    entry = Entry(action, who, "person", on, "10.0.0.7", "refused", "budget", "a" * 32, "trn0007", 7, more, NOON)
    line = entry.line()
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert Entry.read(line) == entry


def test_what_is_endless_is_cut_and_a_later_version_is_still_read() -> None:
    entry = Entry("refused", on="x" * 10_000, more={"y": "z" * 10_000})
    assert len(entry.line()) < 4 * LONGEST
    told = {**json.loads(entry.line()), "v": 2, "new": "field"}
    assert Entry.read(json.dumps(told).encode()).action == "refused"


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"{", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000),
        json.dumps({**json.loads(Entry("look").line()), "who": 3}).encode(),
        json.dumps({**json.loads(Entry("look").line()), "at": "2026-11-24T12:00:00"}).encode(),
        json.dumps({**json.loads(Entry("look").line()), "v": "1"}).encode(),
    ],
)
def test_what_is_no_line_of_it_is_said_to_be_none(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # each has its own words
        Entry.read(line)


def test_several_processes_and_threads_write_at_once_and_no_line_is_lost_or_mixed(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from aif_hub.audit.entry import Entry\n"
        "from aif_hub.audit.log import append\n"
        "for n in range(300): append(Path(sys.argv[1]), Entry('look', sys.argv[2], on='x' * (n % 250), more={'n': n}))"
    )
    others = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "audit"), f"p{n}"]) for n in range(3)]
    log = AuditLog(tmp_path / "audit")
    with ThreadPoolExecutor(4) as threads:
        for one in range(4):
            threads.submit(lambda one=one: [log.write(Entry("look", f"t{one}", more={"n": n})) for n in range(300)])
    assert [other.wait(60) for other in others] == [0, 0, 0]
    found = entries(tmp_path / "audit")
    for who in ("p0", "p1", "p2", "t0", "t1", "t2", "t3"):
        assert [one.more["n"] for one in found if one.who == who] == list(range(300))
    assert (log.written, log.lost) == (1200, 0)


def test_only_the_hubs_user_reads_it_and_each_day_has_a_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        for days_on in (0, 1, 2):
            append(tmp_path / "audit", Entry("look", at=NOON + days_on * DAY))
    finally:
        os.umask(before)
    files = [path for _, path in days(tmp_path / "audit")]
    assert [path.name for path in files] == ["2026-11-24.jsonl", "2026-11-25.jsonl", "2026-11-26.jsonl"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "audit").stat().st_mode & 0o777 == 0o700


def test_days_that_are_long_ago_are_removed_and_nothing_else(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, keep_days=30)
    (tmp_path / "2020-01-01.jsonl.gz").touch()
    (tmp_path / "2020-99-01.jsonl").touch()
    for days_on in (0, 1, 30, 31, 31):
        log.write(Entry("look", at=NOON + days_on * DAY))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "2020-01-01.jsonl.gz",
        "2020-99-01.jsonl",
        *("2026-11-25.jsonl", "2026-12-24.jsonl", "2026-12-25.jsonl"),
    ]
    kept = AuditLog(tmp_path, keep_days=0)
    kept.write(Entry("look", at=NOON + 4000 * DAY))
    assert len(days(tmp_path)) == 4


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.write(Entry("look", "first", at=NOON))
    (tmp_path / "2026-11-24.jsonl").rename(tmp_path / "2026-11-24.jsonl.1")
    log.write(Entry("look", "second", at=NOON))
    assert [one.who for one in entries(tmp_path)] == ["second"]


def test_a_torn_line_is_said_with_its_place_and_costs_no_other(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.write(Entry("look", "first", at=NOON))
    with (tmp_path / "2026-11-24.jsonl").open("ab") as file:
        file.write(Entry("look", "torn", at=NOON).line()[:40])
    log.write(Entry("look", "second", at=NOON))
    found = list(read(tmp_path, Wanted()))
    assert [one.who for one in found if isinstance(one, Entry)] == ["first", "second"]
    (damaged,) = (one for one in found if isinstance(one, Damaged))
    assert str(damaged).startswith("2026-11-24.jsonl:2 ")


def test_a_full_disk_stops_nothing_and_is_said_once_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = AuditLog(tmp_path / "audit")
    log.write(Entry("look", "first", at=NOON))
    size = (tmp_path / "audit/2026-11-24.jsonl").stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 30, limits[1]))  # the next line has no room
        for _ in range(3):
            log.write(Entry("look", "lost", at=NOON))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    log.write(Entry("look", "second", at=NOON))
    assert (log.written, log.lost) == (2, 3)
    assert caplog.text.count("cannot be written") == 1
    assert [one.who for one in read(tmp_path / "audit", Wanted()) if isinstance(one, Entry)] == ["first", "second"]


@pytest.mark.parametrize("trap", ["link", "folder", "fifo"])
def test_what_lies_in_its_place_is_not_followed(tmp_path: Path, trap: str) -> None:
    victim, place = tmp_path / "victim", tmp_path / "audit/2026-11-24.jsonl"
    victim.write_text("untouched")
    place.parent.mkdir()
    {"link": lambda: place.symlink_to(victim), "folder": place.mkdir, "fifo": lambda: os.mkfifo(place)}[trap]()
    log = AuditLog(tmp_path / "audit")
    log.write(Entry("look", at=NOON))
    assert (log.lost, victim.read_text()) == (1, "untouched")
    with pytest.raises(OSError, match=r"24\.jsonl"):
        list(read(tmp_path / "audit", Wanted()))


def test_a_folder_without_its_place_is_not_made_somewhere(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "gone/audit")
    log.write(Entry("look"))
    assert (log.lost, list(tmp_path.iterdir())) == (1, [])


def test_a_restore_keeps_every_line_of_before_it(tmp_path: Path) -> None:
    now, backup = tmp_path / "now", tmp_path / "backup"
    for folder, lines in ((backup, 1), (now, 3)):
        for n in range(lines):
            append(folder, Entry("look", more={"n": n}, at=NOON))
    append(backup, Entry("look", "of another host", at=NOON - DAY))
    append(now, Entry("look", "after the backup", at=NOON + DAY))
    (now / "2026-11-30.jsonl").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match=r"30\.jsonl"):
        carry(now, backup)
    (now / "2026-11-30.jsonl").unlink()
    assert carry(now, backup) == 2
    found = entries(backup)
    assert [one.who or one.more["n"] for one in found] == ["of another host", 0, 1, 2, "after the backup"]
    assert carry(tmp_path / "none", backup) == 0
