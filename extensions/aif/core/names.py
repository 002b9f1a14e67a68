"""Names that Slurm's commands are given: of accounts, QOS and partitions."""

from __future__ import annotations

import re

#: A text that `is_name`; the site file's are checked as they are read.
SlurmName = str
ALLOWED = "1 to 64 letters, digits, _, . and -, not starting with . or -"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


def is_name(text: str) -> bool:
    """Whether the launcher would take it: no job can be asked for with any other.

    >>> is_name("trn0007"), is_name("-w"), is_name("a,b")
    (True, False, False)
    """
    return _NAME.fullmatch(text) is not None
