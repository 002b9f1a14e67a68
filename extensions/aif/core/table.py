"""Tables that Slurm's commands print, told from what is no answer.

A command may end well without having answered: it says nothing, or a sentence, or prints another program's page. Read
for rows, that would mean no jobs, no projects, no use. So a table is asked for with its head, which Slurm prints above
no rows as well, and what has no head is no answer.
"""

from __future__ import annotations

from aif.core.errors import SlurmUnreachable

_ALWAYS = {
    "AccountingStorageEnforce",
    "AccountingStorageTRES",
    "ClusterName",
    "PriorityType",
    "PrivateData",
    "SlurmUser",
}


def below(head: str, out: str, command: str, whole: bool = True) -> str:
    """The rows under `head`. What stands above it, such as the greeting of a login, is no part of the answer.

    The first two names must fit, and how many there are. Where `whole`, a row with fewer parts broke off; it does not
    where the last part is a text that a person wrote, which may go on in the next line.

    >>> below("JOBID|STATE", "Welcome!\\nJOBID|STATE\\n12|RUNNING\\n", "squeue")
    '12|RUNNING\\n'

    Raises SlurmUnreachable for what is no such table.
    """
    lines = out.splitlines(keepends=True)
    wanted, bars = _names(head)[:2], head.count("|")
    for at, line in enumerate(lines):
        if line.count("|") == bars and _names(line)[:2] == wanted:
            rows = lines[at + 1 :]
            if whole and any(row.count("|") < bars for row in rows if row.strip()):
                break
            return "".join(rows)
    raise unreadable(command)


def entries(key: str, out: str) -> str:
    """What ``scontrol -o`` says of things of which there are some, each in a line that begins with ``key=``.

    Raises SlurmUnreachable where there is no such line.
    """
    if not any(line.startswith(f"{key}=") for line in out.splitlines()):
        raise unreadable("scontrol")
    return out


def configuration(out: str) -> str:
    """What ``scontrol show config`` says. Raises SlurmUnreachable where it lacks what every release tells.

    These are from its first lines and its last.
    """
    if not {line.partition("=")[0].strip() for line in out.splitlines()} >= _ALWAYS:
        raise unreadable("scontrol")
    return out


def nothing(out: str) -> None:
    """What scancel says that did as it was told. Raises SlurmUnreachable for anything more."""
    if out.strip():
        raise unreadable("scancel")


def unreadable(command: str) -> SlurmUnreachable:
    """The error for an answer of which nothing can be believed: to ask again is all that can be done."""
    return SlurmUnreachable(command, 0, "its answer could not be read")


def _names(line: str) -> list[str]:
    return [name.strip().lower() for name in line.split("|")]
