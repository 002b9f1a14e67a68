"""The threats that a hub on a shared cluster has to withstand, and how many attempts of each were made here."""

from __future__ import annotations

from collections.abc import Iterable

#: Who attacks what. The names are those of the security page of the documentation.
THREATS = {
    "T1": "a session's server changes the hub by its call-back",
    "T2": "a person's choice becomes a line of a script or another's budget",
    "T3": "an odd name of a person, group or project reaches a shell",
    "T4": "a hub in strange hands becomes root or somebody else",
    "T5": "a neighbour takes the port that a server was to have",
    "T6": "a neighbour opens somebody's notebook",
    "T7": "a neighbour joins somebody's cluster",
    "T8": "a neighbour reads somebody's dashboard",
    "T9": "a token or key is seen in a command line, a log or a script",
    "T10": "a page of one person acts as another",
    "T11": "a page elsewhere starts or stops sessions",
    "T12": "files in a home change what runs before the kernel",
    "T13": "somebody else's account, partition or reservation is used",
    "T14": "many people or widgets overload Slurm",
    "T15": "one person starves the others",
    "T16": "kernels' sockets and temporary files are open to a neighbour",
    "T17": "a role reaches more than it may",
    "T18": "software is not what was locked",
}
#: Under this name a test's report carries its attempts.
PROPERTY = "threat"


class Attempts:
    """What one test tried of one threat."""

    def __init__(self, threat: str) -> None:
        #: Goes along with the test's reports as it is at their time: threat, attempts, what an attacker got.
        self.told: tuple[str, list[int], list[str]] = (threat, [0], [])

    def tried(self, cases: int = 1) -> None:
        self.told[1][0] += cases

    def check(self, held: bool, otherwise: str) -> None:
        """One attempt; `otherwise` says what the attacker has if it did not hold."""
        self.tried()
        if not held:
            self.told[2].append(otherwise)


def table(reports: Iterable[tuple[str, int, int, bool]]) -> list[str]:
    """A line a threat from (threat, cases, successes, whether the test passed) of each test.

    A threat whose test failed before it could say what was got counts as one success: it is not shown to hold.
    """
    rows = list(reports)
    lines = []
    for threat, title in THREATS.items():
        mine = [row for row in rows if row[0] == threat]
        cases = sum(row[1] for row in mine)
        got = sum(max(row[2], not row[3]) for row in mine)
        said = f"{cases:>7,} tried  {got:>3,} got through" if mine else "    not tried in this run"
        lines.append(f"{threat:<4} {title:<66} {said}")
    return lines
