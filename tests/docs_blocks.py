"""The commands in the documentation, each with the mark above it that says where it runs, or why it does not.

A fenced block of `bash`, `console` or `python` has one of these on a line of its own above it:

    <!-- run: hub -->        as root on the hub's host, in a checkout
    <!-- run: instance -->   as root on a machine that may be changed: brings up and takes away whole instances
    <!-- run: long -->       a matter of minutes: `./aif test long` plays it short, and some in each whole run
    <!-- run: notebook -->   in a person's session: `python` in a cell, `bash` in a terminal
    <!-- run: rest -->       on anybody's computer, with $HUB and $TOKEN set
    <!-- run: postgres -->   as the superuser of a PostgreSQL server: tests/slurm/test_postgres.py
    <!-- run: here -->       in any folder, with the names in it exchanged: a unit test
    <!-- run by: FILE -->    that test runs these commands with values and a place of its own
    <!-- help: WHY -->       not run; its `aif` commands must be ones that `aif` understands, WHY is in the tests' HELP
    <!-- not run: WHY -->    not run; WHY stands in the tests' NOT_RUN

RUNNERS says which test each place is run by; tests/unit/test_docs_runners.py holds the pages against all this.

A page that a test of its own follows word for word says so on top: `<!-- followed by: tests/slurm/test_x.py -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[1] / "hub_config/docs"
COMMANDS = ("bash", "console", "python", "sh", "shell", "ipython", "pycon")
#: Of each place, the test that runs what is marked with it.
RUNNERS = {
    "hub": "tests/slurm/test_docs_commands.py::test_what_an_operator_is_told_to_type",
    "instance": "tests/slurm/test_docs_instances.py::test_an_instance_comes_and_goes_as_the_pages_say",
    "long": "tests/bench/test_docs_benches.py::test_a_command_that_takes_minutes_played_short",
    "notebook": "tests/slurm/test_docs_commands.py::test_what_a_person_is_told_to_run_in_a_session",
    "rest": "tests/slurm/test_docs_commands.py::test_what_is_told_of_rest",
    "postgres": "tests/slurm/test_postgres.py",
    "here": "tests/unit/test_docs_runners.py::test_what_needs_no_workbench_runs_anywhere",
}

_FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,}|:{3,})(?P<kind>\{?[\w-]*\}?)[^\n]*\n(?P<code>.*?)^(?P=fence)\s*$", re.M | re.S
)
_MARK = re.compile(r"<!-- (run|run by|help|not run): (.+?) -->\s*\Z")
_FOLLOWED = re.compile(r"\A<!-- followed by: (\S+) -->")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, what it is written in, and what its mark says (`mark` is empty without one)."""

    page: str
    line: int
    language: str
    code: str
    mark: str
    why: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def steps(self) -> Iterator[tuple[str, str]]:
        """Each command with the output that stands below it; a block without prompts is one command without output."""
        if self.language != "console":
            yield self.code, ""
            return
        for part in re.split(r"^\$ ", self.code, flags=re.M)[1:]:
            lines = part.splitlines()
            last = next(at for at, line in enumerate(lines) if not line.endswith("\\"))
            yield "\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :])


def pages() -> list[str]:
    """Every page by its path below the documentation's folder."""
    return sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def followed_by(page: str) -> str:
    """The test that follows the whole page; empty where none does."""
    found = _FOLLOWED.match(text(page))
    return found[1] if found else ""


def fences(page: str) -> list[Block]:
    """All fenced blocks of a page."""
    whole = text(page)
    found = []
    for match in _FENCE.finditer(whole):
        mark = _MARK.search(whole[: match.start()])
        line = whole.count("\n", 0, match.start()) + 1
        said = (mark[1], mark[2]) if mark else ("", "")
        found.append(Block(page, line, match["kind"], match["code"], *said))
    return found


def blocks(page: str) -> list[Block]:
    """The commands of a page, in order."""
    return [block for block in fences(page) if block.language in COMMANDS]


def marked(mark: str, why: str = "") -> list[Block]:
    """The commands of all pages with that mark, page by page; those of one reason or place alone."""
    found = [block for page in pages() if not followed_by(page) for block in blocks(page) if block.mark == mark]
    return [block for block in found if why in ("", block.why)]


def fits(said: str, expected: str) -> bool:
    """Whether an output is the one that stands on the page, where ``…`` stands for anything.

    >>> fits("job 17 runs\\non mig01\\n", "job … runs\\n…"), fits("job 17 waits", "job … runs")
    (True, False)
    """
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, said.strip(), re.DOTALL) is not None
