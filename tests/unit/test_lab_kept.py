"""What JupyterLab shows of a widget's output: one view however often the words beside it change, else those words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_lab_extension import run

#: As much of JupyterLab as the script needs: a renderer of widgets that are in `there`, which says how often it drew.
LAB = """
const { keepReadable } = await import(`${at}/kept.js`);
const VIEW = "application/vnd.jupyter.widget-view+json";
const there = new Set(["a", "b"]);
let waiting = null; // a manager that is not there yet
function panel() {
  const node = { textContent: "" };
  const made = { node, widgets: [], drew: [], classes: [], addWidget: (one) => made.widgets.push(one) };
  made.addClass = (name) => made.classes.push(name);
  made.removeClass = () => {};
  made.renderModel = async (model) => {
    node.textContent = "Loading widget...";
    await waiting;
    const id = model.data[VIEW].model_id;
    if (!there.has(id)) return (node.textContent = "Error displaying widget: model not found");
    node.textContent = "";
    made.drew.push(id);
    made.widgets.push({ id, isDisposed: false });
  };
  return made;
}
let factory = { safe: false, mimeTypes: [VIEW], createRenderer: panel };
const rendermime = {
  getFactory: () => factory,
  removeMimeType: () => {},
  addFactory: (one) => (factory = one),
  createRenderer: () => ({ renderModel: async (model) => (rendermime.kept = model.data["text/html"]) }),
};
keepReadable(rendermime, { forEach: () => {}, widgetAdded: { connect: () => {} } });
const output = factory.createRenderer({});
const model = (id, words) => ({ data: { [VIEW]: { model_id: id }, ...(words ? { "text/html": words } : {}) } });
"""


@pytest.mark.parametrize(
    ("code", "drew"),
    [
        ('await output.renderModel(model("a", "0")); await output.renderModel(model("a", "4"));', ["a"]),
        ('await Promise.all([output.renderModel(model("a", "0")), output.renderModel(model("a", "4"))]);', ["a"]),
        ('await output.renderModel(model("a", "0")); await output.renderModel(model("b", "0"));', ["a", "b"]),
        (
            'await output.renderModel(model("a", "0")); output.widgets[0].isDisposed = true;'
            'await output.renderModel(model("a", "4"));',
            ["a", "a"],
        ),
    ],
    ids=["once", "at the same time", "another widget", "a view that was closed"],
)
def test_a_view_stays_when_only_the_words_beside_it_are_new(code: str, drew: list[str]) -> None:
    assert run(f"{LAB}{code} return output.drew;") == drew


def test_so_it_is_with_the_renderer_that_a_notebooks_manager_brings_once_the_kernel_has_begun() -> None:
    later = (
        "rendermime.addFactory({ safe: false, mimeTypes: [VIEW], createRenderer: panel }, -10);"
        "const live = factory.createRenderer({});"
        'await live.renderModel(model("a", "0")); await live.renderModel(model("a", "4")); return live.drew;'
    )
    assert run(f"{LAB}{later}") == ["a"]


def test_a_widget_that_is_found_later_is_drawn_then() -> None:
    later = (
        'there.delete("a"); await output.renderModel(model("a")); there.add("a"); await output.renderModel(model("a"));'
    )
    assert run(f"{LAB}{later} return [output.drew, output.node.textContent];") == [["a"], ""]


def test_where_it_is_gone_the_words_that_were_kept_last_stand() -> None:
    gone = 'await output.renderModel(model("x", "0")); await output.renderModel(model("x", "4"));'
    found: Any = run(f"{LAB}{gone} return [output.drew, rendermime.kept, output.classes[0], output.node.textContent];")
    assert found == [[], "4", "aif-kept", ""], json.dumps(found)
