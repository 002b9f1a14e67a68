"""`aif audit`: the lines that were asked for, as a table, as JSON and for a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from audit_material import DAY, NOON, entries
from hub_material import site_data
from test_install import as_toml

from aif_hub import cli
from aif_hub.audit.entry import ACTIONS, KINDS, RESULTS, Entry
from aif_hub.audit.log import append
from aif_hub.operate.audit import moment
from aif_hub.operate.errors import OperateError

DOCS = Path(__file__).parents[2] / "hub_config/docs/operators/audit.md"


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    """Of a hub with a short history."""
    audit = tmp_path / "audit"
    history = [
        Entry("sign-in", "ann", "person", address="10.0.0.7", at=NOON),
        Entry("session.ask", "ann", "person", "ann", "10.0.0.7", session="a" * 32, account="trn0007", at=NOON + DAY),
        Entry("session.start", "ann", "person", "ann/two", account="trn0007", job_id=7, at=NOON + DAY),
        Entry("session.stop", "olga", "person", "ann", at=NOON + 2 * DAY),
        Entry("session.ask", "bob", "person", "bob", result="refused", code="=budget\x1b", at=NOON + 2 * DAY),
    ]
    for entry in history:
        append(audit, entry)
    path = tmp_path / "site.toml"
    path.write_text(as_toml(site_data(state_dir=str(tmp_path))))
    return path


def aif(capsys: pytest.CaptureFixture[str], site_file: Path, *words: str) -> tuple[int, str, str]:
    status = cli.main(["audit", "--site", str(site_file), *words])
    told = capsys.readouterr()
    return status, told.out, told.err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), 5),
        (("--person", "ann"), 4),  # what she did, and what was done to hers
        (("--person", "olga"), 1),
        (("--person", "an"), 0),
        (("--action", "session"), 4),
        (("--action", "session.ask"), 2),
        (("--result", "refused"), 1),
        (("--since", "2026-11-25", "--until", "2026-11-26"), 2),
        (("--since", "2026-11-25 23:00"), 2),
        (("--last", "2"), 2),
        (("--since", "1h"), 0),
    ],
)
def test_the_command_shows_what_was_asked_for(
    site_file: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], found: int
) -> None:
    status, out, _err = aif(capsys, site_file, "--json", *words)
    assert (status, len(out.splitlines())) == (0, found)
    assert all(Entry.read(line.encode()) for line in out.splitlines())


def test_the_table_has_a_line_each_and_moves_no_cursor(site_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = aif(capsys, site_file, "--last", "2")
    title, *lines, rest = out.splitlines()
    assert title.split() == ["when", "who", "what", "on", "from", "result", "more"]
    assert [line.split()[2] for line in lines] == ["olga", "bob"]
    assert "refused: =budget?" in lines[1]
    assert rest.startswith("The newest 2 of 5")
    assert "Nothing of that kind" in aif(capsys, site_file, "--person", "nobody")[1]


def test_rows_for_a_spreadsheet_hold_no_formula(site_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = aif(capsys, site_file, "--csv")
    first, *rows = csv.DictReader(io.StringIO(out))
    assert (first["who"], first["from"], first["at"]) == ("ann", "10.0.0.7", "2026-11-24T12:00:00.000+00:00")
    assert (rows[1]["on"], rows[1]["account"], rows[1]["job"]) == ("ann/two", "trn0007", "7")
    assert rows[-1]["code"].startswith("'=budget")


def test_damaged_lines_are_said_and_the_rest_is_shown(site_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (site_file.parent / "audit/2026-11-24.jsonl").open("ab") as file:
        file.write(b'{"v": 1, "who"\n')
    status, out, err = aif(capsys, site_file, "--json")
    assert (status, len(out.splitlines())) == (1, 5)
    assert err.startswith("aif: a damaged line: 2026-11-24.jsonl:2 ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "yesterday"), "is no time"),
        (("--since", "2026-11-25", "--until", "2026-11-25"), "not after --since"),
        (("--action", "sign"), "is no action. There are sign-in, "),
        (("--last", "-1"), "0 for all"),
    ],
)
def test_a_mistake_is_answered_in_a_sentence(
    site_file: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    status, out, err = aif(capsys, site_file, *words)
    assert (status, out) == (1, "")
    assert said in err


def test_a_hub_that_never_ran_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "site.toml"
    path.write_text(as_toml(site_data(state_dir=str(tmp_path))))
    assert "There is no audit log in" in aif(capsys, path)[2]


def test_a_time_is_ago_or_of_the_clock() -> None:
    assert moment("2d", NOON) == NOON - 2 * DAY
    assert moment("2026-11-24T12:00Z", NOON) == NOON
    with pytest.raises(OperateError):
        moment("2x", NOON)


def test_commands_of_an_operator_leave_a_line(
    site_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "olga")
    where = ("--site", str(site_file))
    assert cli.main(["banner", *where, "New disks."]) == 0
    assert cli.main(["banner", *where]) == 0  # shows it, and changes nothing
    assert cli.main(["banner", *where, "--clear"]) == 0
    found = entries(site_file.parent / "audit", action="command")
    assert [(one.who, one.kind, one.on, one.more["do"]) for one in found] == [
        ("olga", "command", "banner", "set"),
        ("olga", "command", "banner", "clear"),
    ]
    capsys.readouterr()


def test_the_page_explains_every_action_and_word() -> None:
    page = DOCS.read_text()
    assert [action for action in ACTIONS if f"| `{action}` |" not in page] == []
    assert [word for word in (*KINDS, *RESULTS) if f"`{word}`" not in page] == []
