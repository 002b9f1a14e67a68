"""`aif audit`: who did what, read from a hub's audit log: a table to look at, or lines and rows for programs."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from aif_hub.audit.entry import ACTIONS, RESULTS, Entry
from aif_hub.audit.log import folder_of
from aif_hub.audit.reading import Damaged, Wanted, read
from aif_hub.operate.errors import OperateError
from aif_hub.operate.where import add_where, site_of
from aif_hub.spreadsheet import rows

SHOWN = 50
_AGO = re.compile(r"(\d{1,5})([hd])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}
COLUMNS = ("at", "who", "as", "action", "on", "from", "result", "code", "session", "account", "job", "more")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif audit` and its flags."""
    audit = commands.add_parser("audit", help="who did what, when, from where, and with which result")
    add_where(audit)
    audit.add_argument("--person", default="", metavar="LOGIN", help="what this person did, and what was done to them")
    audit.add_argument(
        "--action", default="", metavar="ACTION", help="such as sign-in; `session` means all of a session"
    )
    audit.add_argument("--result", default="", choices=RESULTS, help="only what went so")
    audit.add_argument("--since", metavar="TIME", help="2h or 7d ago, a day such as 2027-03-01, or '2027-03-01 14:00'")
    audit.add_argument("--until", metavar="TIME", help="likewise; a day is not part of it")
    audit.add_argument("--last", type=int, metavar="N", help=f"the newest N (of the table: {SHOWN}; 0: all)")
    how = audit.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="one object a line, as in the log, for programs")
    how.add_argument("--csv", action="store_true", help="rows for a spreadsheet")
    audit.set_defaults(run=_audit)


def _audit(asked: argparse.Namespace, rest: list[str]) -> int:
    site, _ = site_of(asked)
    folder, now = folder_of(site), datetime.now().astimezone()
    first = asked.action.partition(".")[0]
    if asked.action and asked.action not in ACTIONS and first not in {one.partition(".")[0] for one in ACTIONS}:
        raise OperateError(f"{asked.action!r} is no action. There are {', '.join(ACTIONS)}.")
    since, until = (moment(at, now) if at else None for at in (asked.since, asked.until))
    if since and until and until <= since:
        raise OperateError("--until is not after --since, so nothing lies between them. Say a later time.")
    most = asked.last if asked.last is not None else 0 if asked.json or asked.csv else SHOWN
    if most < 0:
        raise OperateError("--last takes the number of lines, or 0 for all.")
    damaged: list[Damaged] = []
    try:
        found = list(_whole(read(folder, Wanted(asked.person, asked.action, asked.result, since, until)), damaged))
    except FileNotFoundError as error:
        raise OperateError(
            f"There is no audit log in {folder}: this hub has not run yet, or keeps it elsewhere."
        ) from error
    except PermissionError as error:
        raise OperateError(
            f"{error.filename}: only root or the hub's own user may do this. Run it with sudo."
        ) from error
    shown = found[-most:] if most else found
    if asked.json:
        sys.stdout.write("".join(entry.line().decode() for entry in shown))
    elif asked.csv:
        _write_csv(shown)
    else:
        _print_table(shown, len(found))
    for one in damaged:
        print(f"aif: a damaged line: {one}", file=sys.stderr)
    return 1 if damaged else 0


def moment(text: str, now: datetime) -> datetime:
    """A time before now, or a day's beginning, by this machine's clock. Raises OperateError.

    >>> noon = datetime.fromisoformat("2027-03-01T12:00+01:00")
    >>> moment("2h", noon).isoformat()
    '2027-03-01T10:00:00+01:00'
    """
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise OperateError(f"{text!r} is no time. Write 2h, 7d, 2027-03-01, or '2027-03-01 14:00'.") from None


def _whole(found: Iterator[Entry | Damaged], damaged: list[Damaged]) -> Iterator[Entry]:
    for one in found:
        if isinstance(one, Damaged):
            damaged.append(one)
        else:
            yield one


def _print_table(shown: list[Entry], of: int) -> None:
    table = [("when", "who", "what", "on", "from", "result", "more")]
    table += [
        (
            f"{one.at.astimezone():%Y-%m-%d %H:%M:%S}",
            _plain(one.who or f"({one.kind})"),
            _plain(one.action),
            _plain(one.on),
            _plain(one.address),
            _plain(f"{one.result}: {one.code}" if one.code else one.result),
            _plain(_facts(one)),
        )
        for one in shown
    ]
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if of > len(shown):
        print(f"The newest {len(shown)} of {of}; --last N shows more, --last 0 all.")
    elif not of:
        print("Nothing of that kind is in the log.")


def _write_csv(shown: list[Entry]) -> None:
    cells = [
        [
            *(one.at.isoformat(timespec="milliseconds"), one.who, one.kind, one.action, one.on, one.address),
            *(one.result, one.code, one.session, one.account, one.job_id or "", _more(one)),
        ]
        for one in shown
    ]
    sys.stdout.write(rows([list(COLUMNS), *cells]).decode())


def _facts(one: Entry) -> str:
    facts = {"account": one.account, "job": one.job_id, "session": one.session[:8]}
    told = " ".join(f"{name}={value}" for name, value in facts.items() if value)
    return " ".join(filter(None, (told, _more(one))))


def _more(one: Entry) -> str:
    return " ".join(f"{name}={value}" for name, value in one.more.items())


def _plain(text: str) -> str:
    """Without what would move a terminal's cursor."""
    return "".join(character if character.isprintable() else "?" for character in text)
