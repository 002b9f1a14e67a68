"""What is checked of a tutorial: each slip is told in a sentence that begins with its file."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from fakehub import REPOSITORY

from aif.tutorials import build, catalogue, check, links, messages, percent
from aif.tutorials.messages import BadMessages
from aif_hub import cli

NAME = "01_spreadsheet"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first tutorial and all that comes with it."""
    source = REPOSITORY / "tutorials"
    for file in (f"{NAME}.py", f"checks/{NAME}.py", f"nl/{NAME}.po", "data/orders.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(source / file, tmp_path / file)
    entries = re.split(r"(?m)^(?=\[\[|\[sector)", (source / "catalogue.toml").read_text())
    kept = [each for each in entries if "[sector" in each or f'"{NAME}"' in each or '"orders"\nfile' in each]
    (tmp_path / "catalogue.toml").write_text("".join(kept))
    return tmp_path


@pytest.fixture
def tutorials(folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That copy as the command's own."""
    checkout = tmp_path_factory.mktemp("checkout")
    monkeypatch.setenv("AIF_CHECKOUT", str(checkout))
    return Path(shutil.move(folder, checkout / "tutorials"))


def changed(file: Path, before: str, after: str) -> None:
    """That text of the file replaced, once."""
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def test_the_copy_is_as_good_as_the_tutorial(folder: Path) -> None:
    assert check.examine(folder).problems == ()


SOURCE, CHECKS, PO, CATALOGUE = f"{NAME}.py", f"checks/{NAME}.py", f"nl/{NAME}.po", "catalogue.toml"
SLIPS = [
    (SOURCE, "spreadsheet?", "spreadsheet", "must begin with the question"),
    (SOURCE, "# # What can", "# # Where can", "its title is not the catalogue's question"),
    (SOURCE, "| **Price**", "| **Cost**", "the first cell lacks **Price**"),
    (SOURCE, "at most 0.15 GPU-hours", "at most 0.14 GPU-hours", "price is not 'at most 0.15 GPU-hours'"),
    (SOURCE, "at most 0.15 GPU-hours", "at most 0.16 GPU-hours", "price is not 'at most 0.15 GPU-hours'"),
    (PO, "hooguit 0,15 GPU-uur", "hooguit 0,14 GPU-uur", f"{PO}: its header's price is not"),
    (SOURCE, "## You have seen", "## The end", "the last cell lacks '## You have seen'"),
    (SOURCE, "## 7. Limits and risks", "## 7. Risks", "no heading says its limits"),
    (SOURCE, "**The AI Act.**", "**The law.**", "it says nothing of the AI Act"),
    (SOURCE, "mine = calculator(", "mine = dict(", "no cell has calculator(…)"),
    (SOURCE, "#     name: aif-python", "#     name: python3", "its header must name the kernel aif-python"),
    (SOURCE, "import pandas as pd\n", "import pandas as pd\n" * 12, "a code cell has 16 lines, more than 15"),
    (SOURCE, "**Exercise 2.**", "**Exercise 4.**", "numbered from 1"),
    (SOURCE, "**Exercise 3.**", "".join(f"**Exercise {number}.**" for number in (3, 4, 5)), "5 exercises, more than 4"),
    (SOURCE, "exercise(2).check(answer)", "exercise(1).check(answer)", "check(answer) are ['1', '1', '3']"),
    (SOURCE, "# solution 2", "# solution", "its solutions are ['1', '3']"),
    (SOURCE, '"source_hidden": true', '"source_hidden": false', "solution 1 is not folded"),
    (SOURCE, "answer = by_product", "product = by_product", "solution 2 does not give answer"),
    (SOURCE, "Real tables", "[Real tables](missing.csv)", "its link to missing.csv leads nowhere"),
    (SOURCE, "Real tables", "[Real tables](http://example.org/)", "its link to http://example.org/ leads nowhere"),
    (SOURCE, "Real tables", "[Real tables](#3.-Clean-up)", "its link to #3.-Clean-up leads nowhere: no heading"),
    (SOURCE, "Real tables", "[Real tables](/hub/aif/tutorial/13_x)", "13_x leads nowhere: name /hub/aif/tutorial/NAME"),
    (SOURCE, "Real tables", "[Real tables](/hub/nowhere)", "one of /hub/home"),
    (SOURCE, "Real tables", "[Real tables](../README.md)", "its link to ../README.md leads nowhere"),
    (SOURCE, "Real tables", "[Real tables](https://example/x)", "leads nowhere: write https:// and a host"),
    (PO, "# Wat kan een GPU", "# Wat [kan](http://a.nl) een GPU", f"{PO}: its link to http://a.nl leads nowhere"),
    (SOURCE, "MB written", "MB on disk", "lacks 1 of 104 messages, the first: '{file.stat()"),
    (SOURCE, "MB written", "MB on disk", "has a message that is not in the source: '{file.stat()"),
    (CHECKS, "checked(\n    2", "checked(\n    5", f"{CHECKS} checks [1, 5, 3]"),
    (CHECKS, '    "Rows in one second: divide the rows by the seconds.",\n', "", "exercise 3 has no two hints"),
    (CHECKS, "One product stands out", "One stands out", "lacks 1 of 104 messages, the first: 'One stands out"),
    (SOURCE, "# and how often", "# and how seldom", "lacks 1 of 104 messages, the first: 'and how seldom"),
    (PO, "# Wat kan een GPU", "# Wat doet een GPU", "has another title than the catalogue's question"),
    (PO, "{worst} krijgt", "{best} krijgt", "has other gaps than its message"),
    (PO, 'msgid "## 3. Clean it"\nmsgstr', 'msgid "## 3. Clean it"\nmsgid', "has no msgstr"),
    (CATALOGUE, 'sector = "all"', 'sector = "none"', "sector must be one of all, healthcare"),
    (CATALOGUE, 'business_use = "yes"', 'business_use = "unknown"', "unknown is not shipped"),
    (CATALOGUE, "\nrun_minutes = ", "\n# run_minutes = ", "it lacks run_minutes"),
    (CATALOGUE, "minutes = 60", 'minutes = 60\nprice = "low"', "price is not known"),
    (CATALOGUE, "minutes = 60", "minutes = 45", "its header's time is not the catalogue's, 45 minutes"),
    (CATALOGUE, ', nl = "Wat kan een GPU met mijn spreadsheet?"', "", "question must be said in each of en, nl"),
    (CATALOGUE, 'languages = ["en", "nl"]', 'languages = ["en", "de"]', "languages must be some of en, nl"),
    (CATALOGUE, 'data = ["orders"]', 'data = ["bills"]', "it names the data 'bills', which have no card"),
    (CATALOGUE, ', nl = "gemaakt door', ', de = "gemaakt door', "source must be said in each of en, nl"),
    (CATALOGUE, f'name = "{NAME}"', 'name = "01_other"', "it lists ['01_other'], the folder has"),
    (CATALOGUE, "[sector]", "sector", "the file"),
    ("data/orders.py", "SEED = 20261122", "SEED = 1", "data/orders.py changed; its sha256 is"),
]


@pytest.mark.parametrize(("file", "before", "after", "says"), SLIPS, ids=lambda each: str(each)[:30])
def test_a_slip_is_told(folder: Path, file: str, before: str, after: str, says: str) -> None:
    changed(folder / file, before, after)
    assert [problem for problem in check.examine(folder).problems if says in problem] != []


def test_a_source_that_is_one_text_is_that_text_in_every_language(folder: Path) -> None:
    file = folder / CATALOGUE
    file.write_text(re.sub("(?m)^source = .*$", 'source = "https://example.org/orders"', file.read_text()))
    (card,) = catalogue.read(folder).entries[0].data
    assert card.source == dict.fromkeys(catalogue.LANGUAGES, "https://example.org/orders")


@pytest.mark.parametrize(
    "to",
    [
        *("#3.-Clean-it", "data/orders.py", f"{NAME}.ipynb", "https://www.eur-lex.europa.eu/eli/reg/2024/1689?a=b#c"),
        *(f"/hub/aif/tutorial/{NAME}", "/hub/aif/tutorials?sector=all", "/hub/home"),
    ],
)
def test_a_link_that_leads_somewhere_is_fine(folder: Path, to: str) -> None:
    source = folder / SOURCE
    cells = percent.cells(source.read_text())
    assert list(links.problems(source, [*cells, percent.Cell(f"See [there]({to}).", True)])) == []


def test_the_hubs_pages_that_a_tutorial_may_name_are_there() -> None:
    from jupyterhub.handlers import default_handlers

    import aif_hub.receipts
    import aif_hub.tutorial_pages  # noqa: F401 - both register their pages

    known = [re.compile(f"/hub{address}$") for address, *_ in default_handlers]
    assert [page for page in links.HUB_PAGES if not any(each.match(page) for each in known)] == []


@pytest.mark.parametrize("file", [CHECKS, PO, "data/orders.py"])
def test_a_file_that_is_not_there_is_told(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert any(file in problem for problem in check.examine(folder).problems)


def test_the_command_prints_figures_with_exactly_these_keys(
    tutorials: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tutorials))  # without hunspell: spelling has tests of its own
    assert cli.main(["tutorials", "check", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures == {"tutorials": 1, "sectors": 0, "languages": 2, "exercises": 3, "problems": []}
    changed(tutorials / SOURCE, "**Price**", "**Cost**")
    assert cli.main(["tutorials", "check"]) == 1
    assert "✗ 01_spreadsheet.py: the first cell lacks **Price**" in capsys.readouterr().out


def test_building_gives_both_languages_with_and_without_solutions(tutorials: Path) -> None:
    built = tutorials.parent / "built"
    assert cli.main(["tutorials", "build", "--to", str(built)]) == 0

    def sources(file: str) -> list[str]:
        return ["".join(cell["source"]) for cell in json.loads((built / file).read_text())["cells"]]

    learner, solved = sources(f"en/{NAME}.ipynb"), sources(f"solutions/en/{NAME}.ipynb")
    assert [text for text in solved if text not in learner] == [text for text in solved if "# solution" in text]
    dutch = sources(f"nl/{NAME}.ipynb")
    assert len(dutch) == len(learner)
    assert dutch[0].startswith("# Wat kan een GPU met mijn spreadsheet?")
    assert (built / "nl/checks" / f"{NAME}.json").is_file()
    assert (built / "nl/data/orders.py").is_file()
    book = json.loads((built / f"en/{NAME}.ipynb").read_text())
    assert {tuple(cell["outputs"]) for cell in book["cells"] if cell["cell_type"] == "code"} == {()}
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])


def test_our_notebooks_are_what_jupyter_calls_valid() -> None:
    nbformat = pytest.importorskip("nbformat")
    for source in (REPOSITORY / "tutorials").glob("[0-9][0-9]_*.py"):
        for language in ("en", "nl"):
            nbformat.validate(nbformat.reads(build.notebook(source, language, solutions=True), as_version=4))


def test_the_percent_format_is_read_as_jupytext_reads_it() -> None:
    jupytext = pytest.importorskip("jupytext")
    for source in (REPOSITORY / "tutorials").glob("[0-9][0-9]_*.py"):
        theirs = jupytext.read(source, fmt="py:percent")
        ours = percent.cells(source.read_text())
        assert [cell.text for cell in ours] == [cell.source for cell in theirs.cells]
        for cell in theirs.cells:
            cell.metadata.pop("lines_to_next_cell", None)  # empty lines before a function: layout of the source
        assert [cell.metadata for cell in ours] == [dict(cell.metadata) for cell in theirs.cells]
        assert percent.kernel(source.read_text()) == dict(theirs.metadata["kernelspec"])


def test_messages_are_written_as_they_are_read(tmp_path: Path) -> None:
    told = {'say "hello"': "zeg “hallo”\n- é\t\\", "| a |\n|---|\n| b |": "| c |\n|---|\n| d |", "left": ""}
    (tmp_path / "x.po").write_text(messages.written(told))
    assert messages.read(tmp_path / "x.po") == {text: said for text, said in told.items() if said}
    assert messages.read(tmp_path / "none.po") == {}


def test_code_is_said_in_another_language_where_it_speaks_and_stays_code() -> None:
    cell = percent.Cell('names = {"row one": 1}\nprint(f"{len(names):,} rows")\nplot(label="a \'b\'")  # rows')
    told = {"row one": 'rij "een"', "{len(names):,} rows": "{len(names):,} rijen", "a 'b'": "één"}
    said = messages.said(cell, told.get).text
    assert said == 'names = {\'rij "een"\': 1}\nprint(f"{len(names):,} rijen")\nplot(label="één")  # rows'
    assert messages.said(cell, {}.get).text == cell.text


def test_comments_are_said_in_another_language_and_marks_stay() -> None:
    code = "# solution 1\nscore = 1  # é: nine # times\nx = '#x'  # noqa: E731\n# type: ignore\n#\ny = 2  # km"
    cell = percent.Cell(code, metadata={"tags": ["solution"]})
    assert list(messages.of_cell(cell)) == ["é: nine # times", "km"]
    told = {"é: nine # times": "é: negen keer", "km": "mijl", "solution 1": "oplossing 1", "noqa: E731": "niets"}
    said = messages.said(cell, told.get)
    assert said.text == code.replace("é: nine # times", "é: negen keer").replace("# km", "# mijl")
    assert said.solution == 1


@pytest.mark.parametrize("code", ['f"a" f"{b}"', "%time x", "x = ("])
def test_code_that_cannot_be_said_in_another_language_is_named(code: str) -> None:
    with pytest.raises(BadMessages):
        list(messages.of_cell(percent.Cell(code)))
