"""`aif banner`: what every page of the hub says on top, from now on and without a restart."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timedelta
from pathlib import Path

from aif.core.text import Text
from aif_hub.operate import noted
from aif_hub.operate.errors import OperateError
from aif_hub.operate.where import add_where, site_of


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif banner` and its flags."""
    banner = commands.add_parser("banner", help="say something on top of every page, or what is said now")
    add_where(banner)
    banner.add_argument("text", nargs="?", help="one line, in English; without it, what is said now is shown")
    banner.add_argument("--nl", metavar="TEXT", help="the same in Dutch")
    banner.add_argument("--from", dest="starts", metavar="TIME", help="when it begins: 14:00, or '2027-03-01 14:00'")
    banner.add_argument("--until", dest="ends", metavar="TIME", help="when it is over; the banner goes by itself then")
    banner.add_argument("--level", choices=("info", "warn"), default="info", help="info can be put away by each person")
    banner.add_argument("--clear", action="store_true", help="take the banner away")
    banner.set_defaults(run=_banner)


def _banner(asked: argparse.Namespace, rest: list[str]) -> int:
    from aif_hub.banner import Banner, write

    site, _ = site_of(asked)
    state = Path(site.state_dir)
    now = datetime.now().astimezone()
    if asked.clear and asked.text:
        raise OperateError("--clear takes the banner away, and a text sets one. Say one of the two.")
    try:
        if asked.clear:
            write(state, None)
            noted.command(site, "banner", do="clear")
            print("No banner is shown any more.")
        elif asked.text is None:
            print(_shown(state, now))
        else:
            starts = moment(asked.starts, now) if asked.starts else None
            ends = moment(asked.ends, starts or now) if asked.ends else None
            made = Banner(Text(asked.text, {"nl": asked.nl} if asked.nl else None), asked.level, starts, ends)
            made.check(now)
            write(state, made)
            noted.command(site, "banner", do="set", level=asked.level, text=asked.text)
            print(_shown(state, now))
    except PermissionError as error:
        raise OperateError(
            f"{error.filename}: only root or the hub's own user may do this. Run it with sudo."
        ) from error
    except FileNotFoundError as error:
        raise OperateError(f"{state} is not there: has this hub been set up? `aif install` makes it.") from error
    return 0


def moment(text: str, after: datetime) -> datetime:
    """A time of this machine's clock: with its date, or the next ``14:00`` after a moment. Raises OperateError.

    >>> noon = datetime.fromisoformat("2027-03-01T12:00+01:00")
    >>> moment("08:00", noon).isoformat(), moment("2027-03-05 08:00", noon).date().isoformat()
    ('2027-03-02T08:00:00+01:00', '2027-03-05')
    """
    if match := re.fullmatch(r"(\d{1,2}):(\d\d)", text):
        hour, minute = int(match[1]), int(match[2])
        if hour < 24 and minute < 60:
            today = after.replace(hour=hour, minute=minute, second=0, microsecond=0)
            return today if today > after else today + timedelta(days=1)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise OperateError(f"{text!r} is no time. Say 14:00, or a date with it: '2027-03-01 14:00'.") from None
    return at if at.tzinfo else at.astimezone()


def _shown(state: Path, now: datetime) -> str:
    from aif_hub.banner import FILE, Banner

    path = state / FILE
    if not path.exists():
        return "No banner is shown."
    try:
        banner = Banner.from_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        return f"{path} {error}. Set the banner anew, or --clear it."
    if banner.ends and banner.ends <= now:
        return f"The last banner is over since {banner.ends:%Y-%m-%d %H:%M}; none is shown."
    lines = [f"Every page says ({banner.level}):", f"  {banner.text}"]
    lines += [f"  {language}: {text}" for language, text in banner.text.others.items()]
    lines += [f"  from   {banner.starts:%Y-%m-%d %H:%M}"] if banner.starts else []
    lines += [f"  until  {banner.ends:%Y-%m-%d %H:%M}, and then no more"] if banner.ends else []
    return "\n".join(lines)
