"""Continuing opens at the right place: which cell that is in every tutorial, and how JupyterLab is brought there."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from test_lab_extension import REPOSITORY, run

from aif.tutorials import build, catalogue

FOLDER = REPOSITORY / "tutorials"
ENTRIES = catalogue.read(FOLDER).entries


def cells(name: str, language: str) -> list[dict[str, Any]]:
    """A learner's notebook, as JupyterLab's cells are told of."""
    told = json.loads(build.notebook(FOLDER / f"{name}.py", language))["cells"]
    return [{"code": cell["cell_type"] == "code", "text": "".join(cell["source"])} for cell in told]


def targets(*asked: tuple[list[dict[str, Any]], int | None, int, int]) -> list[dict[str, int] | None]:
    """The places in cells for who has `done` of `exercises`, `exercise` first of the rest."""
    given = [
        [shown, {"exercise": exercise, "exercises": exercises, "done": done}]
        for shown, exercise, exercises, done in asked
    ]
    found: list[dict[str, int] | None] = run(
        f"""const {{ target }} = await import(`${{at}}/resume.js`);
        return {json.dumps(given)}.map((one) => target(...one));"""
    )
    return found


@pytest.mark.parametrize(("language", "question"), [("en", "Exercise"), ("nl", "Oefening")])
def test_each_exercise_of_each_tutorial_is_found_with_its_question_on_top(language: str, question: str) -> None:
    numbers = {entry.name: list(build.companion(FOLDER / f"{entry.name}.py")["exercises"]) for entry in ENTRIES}
    asked = [(name, int(number)) for name, each in numbers.items() for number in each]
    shown = {name: cells(name, language) for name in numbers}
    found = targets(*((shown[name], number, len(numbers[name]), number - 1) for name, number in asked))
    assert len(asked) > len(ENTRIES) > 10
    for (name, number), place in zip(asked, found, strict=True):
        assert place is not None, (name, number)
        assert f"**{question} {number}.**" in shown[name][place["show"]]["text"], (name, number)
        assert f"exercise({number}).check(" in shown[name][place["stand"]]["text"], (name, number)


@pytest.mark.parametrize(
    ("language", "heading"), [("en", r"## You have seen"), ("nl", r"## (U hebt|Dit hebt u) gezien")]
)
def test_after_the_last_exercise_it_is_what_was_seen(language: str, heading: str) -> None:
    shown = [cells(entry.name, language) for entry in ENTRIES]
    for each, place in zip(shown, targets(*((each, None, 3, 3) for each in shown)), strict=True):
        assert place is not None
        assert re.fullmatch(heading, each[place["show"]]["text"].splitlines()[0])


def test_who_tried_nothing_is_at_the_top_and_so_is_who_took_the_exercise_out() -> None:
    shown = cells("01_spreadsheet", "en")
    without = [cell for cell in shown if "exercise(2).check(" not in cell["text"]]
    assert targets((shown, None, 3, 0), (without, 2, 3, 1), ([], None, 3, 3), ([], None, 0, 0)) == [None] * 4


def test_in_a_copy_with_cells_of_the_persons_own_it_is_the_check_itself() -> None:
    own = [{"code": True, "text": "mine = 1"}, {"code": True, "text": "answer = mine\nexercise(2).check(answer)"}]
    hint = {"code": True, "text": "exercise(2).hint()"}
    assert targets(([hint, *own], 2, 3, 1)) == [{"show": 2, "stand": 2}]


# JupyterLab, as far as the script asks of it --------------------------------------------------------------------------

LAB = """
const { resume, resumeAsked, started } = await import(`${at}/resume.js`);
const node = { getBoundingClientRect: () => ({ top: 40 }) };
const cell = (type, text) => ({ node, model: { type, sharedModel: { getSource: () => text } } });
const asks = "answer = ...\\nexercise(2).check(answer)";
const widgets = [
  cell("markdown", "# Top"),
  cell("code", "run()"),
  cell("markdown", "**Exercise 2.**"),
  cell("code", asks),
  cell("markdown", "## You have seen"),
];
const did = [];
const content = {
  widgets, activeCellIndex: 0, mode: "edit", deselectAll() {},
  get activeCell() { return widgets[this.activeCellIndex]; },
  async scrollToItem(at, align) { did.push([at, align]); },
};
const path = "tutorials/01_first.ipynb";
const ready = Promise.resolve();
const panel = { id: "panel", content, context: { path, ready }, revealed: ready, sessionContext: { ready } };
const listeners = new Set();
const open = [];
const notebooks = {
  find: (is) => open.find(is),
  widgetAdded: { connect: (one) => listeners.add(one), disconnect: (one) => listeners.delete(one) },
  add(one) { open.push(one); for (const each of [...listeners]) each(); },
};
const notes = [];
const world = {
  app: {
    shell: { activateById: (id) => did.push(["activate", id]) },
    commands: { execute: async (command) => did.push([command, content.activeCellIndex]) },
    serviceManager: { sessions: { ready, running: () => running } },
  },
  lab: {
    PageConfig: { getOption: (name) => (name === "treePath" ? path : "") },
    Notification: { info: (text, options) => notes.push({ text, ...options }) },
  },
  speaking: { say: (key, gaps) => [key, ...Object.values(gaps ?? {})].join(" ") },
  notebooks,
  desk: { lesson: async (name) => ({ "01_first": lesson })[name] ?? null },
};
let running = [];
let lesson = { exercise: 2, exercises: 3, done: 1 };
"""


def test_the_panel_is_waited_for_brought_there_and_told_that_nothing_has_run() -> None:
    code = f"""{LAB}
        const done = resume(world, path, await started(world, path));
        notebooks.add({{ context: {{ path: "other.ipynb" }} }});
        notebooks.add(panel);
        await done;
        const [note] = notes;
        const stood = content.activeCellIndex;
        content.activeCellIndex = 0; // the person has gone elsewhere
        await note.actions[0].callback();
        return {{ stood, mode: content.mode, waiting: listeners.size, did, text: note.text }};"""
    assert run(code) == {
        "stood": 3,
        "mode": "command",
        "waiting": 0,
        "did": [[2, "start"], ["activate", "panel"], ["notebook:run-all-above", 3]],
        "text": "lab.learn.next 2 3",
    }


@pytest.mark.parametrize(
    ("before", "stood"),
    [
        ("running = [{ path }]", 3),  # its kernel was there: nothing is said of what has run
        ("lesson = { exercise: null, exercises: 3, done: 3 }", 4),
        ("lesson = { exercise: null, exercises: 3, done: 0 }", 0),
        ("lesson = null", 0),  # the session's server did not tell
    ],
)
def test_nothing_is_said_where_there_is_nothing_to_run_first(before: str, stood: int) -> None:
    code = f"""{LAB} {before};
        notebooks.add(panel);
        await resume(world, path, await started(world, path));
        return [content.activeCellIndex, notes.length];"""
    assert run(code) == [stood, 0]


@pytest.mark.parametrize(("search", "stood"), [("?aif=continue", 3), ("", 0), ("?aif=other", 0)])
def test_a_page_goes_on_only_where_its_address_asks_for_it(search: str, stood: int) -> None:
    code = f"""globalThis.window = {{ location: {{ search: "{search}" }} }};
        {LAB} notebooks.add(panel);
        await resumeAsked(world);
        return content.activeCellIndex;"""
    assert run(code) == stood


def test_a_page_without_notebooks_and_another_file_are_left_alone() -> None:
    code = f"""{LAB}
        await resume({{ ...world, notebooks: null }}, path, false);
        await resume(world, "notes/01_first.ipynb", false);
        await resume(world, "tutorials/01_first 2026-11-28.ipynb", false);
        return [did, listeners.size];"""
    assert run(code) == [[], 0]
