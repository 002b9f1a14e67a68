"""Every command of the documentation and of the README has a test that runs it; a new one without fails here."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shlex
import stat
import subprocess
from pathlib import Path
from typing import Any

import docs_blocks
import docs_long
import pytest
from docs_blocks import DOCS, RUNNERS, Block
from hub_material import LOGIN

from aif_hub import cli
from aif_hub.demo.cli import AREAS, BENCHES
from aif_hub.manual import commands
from aif_hub.sign_in.settings import secret

SOURCE = DOCS.parents[1]
PAGES = docs_blocks.pages()
BLOCKS = [block for page in PAGES if not docs_blocks.followed_by(page) for block in docs_blocks.blocks(page)]

#: The only reasons for a command that is not run, though `aif` has to understand it.
HELP = {"is what runs this very page": "whoever runs the tests has typed it"}
#: The only reasons for a command that no test runs.
NOT_RUN = {
    "needs a package index": "fetches packages that no lock of ours has, from an index that a test may not have",
    "needs Prometheus": "a program of the site's monitoring, of which Debian's package is not installed for the tests",
}
#: What README.md shows and no page has word for word, each with the test that runs it.
README = {
    "./aif up": "tests/slurm/test_docs_instances.py",
    "./aif build --prefix /opt/aif/site": "tests/slurm/test_operator_path.py",
    "export PATH=/opt/aif/site/bin:$PATH": "tests/slurm/test_operator_path.py",
    "aif init": "tests/slurm/test_operator_init.py",
    "aif install --dry-run && aif install": "tests/slurm/test_operator_path.py",
    "aif check --as SOMEBODY": "tests/slurm/test_operator_path.py",
    "systemctl enable --now aif-proxy.service aif-hub.service": "tests/slurm/test_operator_path.py",
}


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_command_says_where_it_runs(block: Block) -> None:
    assert block.mark, f"{block}: no mark above this block; tests/docs_blocks.py has the list"
    if block.mark == "run":
        assert block.why in RUNNERS
        assert list(block.steps), f"{block}: a console block without a line that begins with '$ '"
    reasons = {"help": HELP, "not run": NOT_RUN}
    if block.mark in reasons:
        assert block.why in reasons[block.mark]


def test_no_reason_is_left_that_no_command_has() -> None:
    assert {block.why for block in BLOCKS if block.mark == "not run"} == set(NOT_RUN)
    assert {block.why for block in BLOCKS if block.mark == "help"} == set(HELP)


@pytest.mark.parametrize("place", RUNNERS)
def test_each_place_has_a_test_that_runs_what_is_marked_with_it(place: str) -> None:
    assert docs_blocks.marked("run", place), "nothing is: take the place out"
    file, _, name = RUNNERS[place].partition("::")
    text = (SOURCE / file).read_text(encoding="utf-8")
    functions = [
        one.name for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert not name or name in functions
    assert f'"{place}"' in text


@pytest.mark.parametrize("block", docs_blocks.marked("run by"), ids=str)
def test_a_command_that_a_test_runs_with_its_own_values_is_in_that_test(block: Block) -> None:
    text = (SOURCE / block.why).read_text(encoding="utf-8")
    for typed in lines(block):
        if typed[0] in ("./aif", "aif"):
            options = [word for word in typed[2:] if word.startswith("--") and word != "--json"]
            wanted = [*typed[1 : 3 if typed[1] == "bench" else 2], *options]
        elif typed[0] == "systemctl":
            # a unit of the test's own: by the page's very words, or as its hub stops and starts
            wanted = [f"blocks({block.page!r})".replace("'", '"')] if block.page in text else [f".{typed[1]}("]
        else:
            wanted = [*re.findall(r"\w+(?=\()", " ".join(typed))]
        assert [word for word in wanted if word not in text] == [], f"{block}: {block.why} has no {wanted}"


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.mark == "help"], ids=str)
def test_a_command_that_is_not_run_is_one_that_aif_understands(block: Block) -> None:
    for typed in lines(block):
        assert typed[0] in ("./aif", "aif"), f"{block}: {typed} is not aif's, so its help cannot vouch for it"
        asked, more = cli.parser().parse_known_args(typed[1:])
        assert not more or asked.command in cli.TAKES_MORE


@pytest.mark.parametrize("page", [page for page in PAGES if docs_blocks.followed_by(page)])
def test_a_page_that_another_test_follows_is_named_there(page: str) -> None:
    test = SOURCE / docs_blocks.followed_by(page)
    assert page in test.read_text(encoding="utf-8")


# Run here -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", docs_blocks.marked("run", "here"), ids=str)
def test_what_needs_no_workbench_runs_anywhere(block: Block, tmp_path: Path) -> None:
    for folder in ("etc/aif", "etc/prometheus"):
        (tmp_path / folder).mkdir(parents=True)
    exchanged = {"/etc/": f"{tmp_path}/etc/", "aif-hub:": f"{LOGIN}:", "-o prometheus": f"-o {LOGIN}"}
    code = block.code
    for written, ours in exchanged.items():
        code = code.replace(written, ours)
    argv = ["bash", "-euo", "pipefail", "-c", code]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{block}\n{code}\n{done.stderr}"
    made = sorted(tmp_path.rglob("*-token"))
    if "token" in code and "/etc/" in block.code:
        assert [path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) for path in made] == [0, 0]
        assert secret(str(made[0]), "hub.metrics_token_file") == secret(str(made[1]), ""), "what the hub will read"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--help", "usage: aif"),
        *((f"{command} --help", f"usage: aif {command}") for command in ("up", "init", "check", "audit", "restore")),
        ("tutorials check --help", "usage: aif tutorials check"),
    ],
)
def test_a_checkouts_aif_helps_whoever_types_it(words: str, says: str) -> None:
    """With the distribution's Python and nothing installed, as a newcomer has it."""
    done = subprocess.run(
        [SOURCE / "aif", *words.split()],
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(says)


def test_whole_instances_come_and_go_in_a_test_that_follows_both_pages_in_order() -> None:
    pages = [block.page for block in docs_blocks.marked("run", "instance")]
    assert pages == ["developers/testing.md"] * 2 + ["operators/index.md"] * 2


# Played short ---------------------------------------------------------------------------------------------------------


def test_each_command_that_takes_minutes_has_a_short_way_and_one_line() -> None:
    long = docs_blocks.marked("run", "long")
    assert {docs_long.called(block) for block in long} == set(docs_long.SHORT)
    assert all(len(lines(block)) == 1 for block in long)
    assert AREAS["long"][0] == str(Path(RUNNERS["long"]).parent)
    played = {f"bench {name}" for name in BENCHES}
    elsewhere = {"bench chaos": "tests/chaos/test_chaos.py", "bench gpu": "tests/gpu"}  # which needs a GPU
    assert played - set(docs_long.SHORT) == set(elsewhere)
    assert all((SOURCE / test).exists() for test in elsewhere.values())


@pytest.mark.parametrize("name", [name for name in docs_long.SHORT if name.startswith("bench ")])
def test_a_short_way_is_of_options_that_the_bench_has(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    bench: Any = importlib.import_module(f"aif_hub.{name.replace(' ', '.')}")
    (block,) = (block for block in docs_blocks.marked("run", "long") if docs_long.called(block) == name)
    words = [*lines(block)[0][3:], *docs_long.SHORT[name].split()]
    parse = getattr(bench, "parsed", None) or (lambda words: bench._parser().parse_args(words))
    parse(words)  # which ends the program where it does not know one


# README.md ------------------------------------------------------------------------------------------------------------


def test_the_commands_of_the_readme_are_ones_that_aif_understands() -> None:
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)(?:\./)?aif ([a-z]+)\b ?([a-z]*)", text, re.M))
    assert {"up", "status", "init", "install", "check"} <= {command for command, _ in named}
    known = {name.removeprefix("aif ") for name, _ in commands.parsers(cli.parser())}
    for command, more in named:
        assert command in {name.split()[0] for name in known}, f"README.md: aif {command}"
        if command == "bench":
            assert more in BENCHES, f"README.md: aif bench {more}"


def test_what_the_readme_shows_to_type_is_typed_by_a_test() -> None:
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    typed = [
        line.partition("  #")[0].strip()
        for kind, code in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S)
        if kind != "python" and re.match(r"(\./)?aif |export ", code)
        for line in code.splitlines()
    ]
    assert set(typed) == set(README)
    assert all((SOURCE / test).exists() for test in README.values())


def test_what_the_readme_shows_for_a_notebook_is_in_the_pages_that_are_run() -> None:
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    run = "\n".join(block.code for block in BLOCKS if block.mark in ("run", "run by") and block.language == "python")
    calls = {ast.unparse(one.func) for one in ast.walk(ast.parse(code)) if isinstance(one, ast.Call)}
    assert {"allocation", "session", "gpu_cluster", "cluster.get_client"} <= calls
    assert [call for call in calls if f"{call}(" not in run] == []


def lines(block: Block) -> list[list[str]]:
    """What is typed, in words, without sudo and comments."""
    whole = [line for code, _ in block.steps for line in code.splitlines() if line.strip() and line[0] != "#"]
    words = [shlex.split(line) for line in whole]
    return [each[1:] if each[0] == "sudo" else each for each in words]


def test_a_new_command_without_a_test_is_found() -> None:
    new = Block("index.md", 1, "bash", "./aif fly\n", "", "")
    with pytest.raises(AssertionError, match="no mark above this block"):
        test_a_command_says_where_it_runs(new)
    for mark, why in (("run", "the moon"), ("not run", "too hard"), ("help", "brings up whole instances")):
        with pytest.raises(AssertionError):
            test_a_command_says_where_it_runs(Block("index.md", 1, "bash", "./aif fly\n", mark, why))
    elsewhere = Block("index.md", 1, "bash", "./aif fly\n", "run by", "tests/slurm/test_upgrade.py")
    with pytest.raises(AssertionError, match="has no"):
        test_a_command_that_a_test_runs_with_its_own_values_is_in_that_test(elsewhere)
