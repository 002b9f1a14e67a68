"""How the documentation's commands that take minutes are played short, and which of them in each whole run."""

from __future__ import annotations

from docs_blocks import Block

#: What is put behind each command, whose last word counts.
SHORT = {
    "bench advise": "--rows 200000 --runs 1",
    "bench sessions": (
        "--rounds 1 --storm 6 --waiting 6 --waiting-seconds 5 --steady 6 --steady-seconds 5 --lab 1"  # of each a few
    ),
    "bench ledger": "--people 6 --seconds 65 --histories 20",  # each asks once a minute
    "bench load": "--people 4 --servers 2 --minutes 2.5 --away 0.25",
    "bench cluster": "--rounds 1 --seconds 30 --faults 3",
    "bench front": "--people 6 --seconds 20 --think 0.05",
    "bench newcomer": "",
    "tutorials build": "--instance {instance} --prefix {prefix} --to {folder}/built",
}
EACH_RUN = frozenset({"bench advise", "bench sessions"})


def called(block: Block) -> str:
    """Which of them that is: the first two words behind `./aif`."""
    return " ".join(block.code.removeprefix("sudo ").split()[1:3])
