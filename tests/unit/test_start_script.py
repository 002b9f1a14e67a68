"""The start page's script without a browser: on an open page the slider goes as far as the hub's last answer."""

from __future__ import annotations

import json
from typing import Any

from test_lab_extension import REPOSITORY, run

SCRIPT = REPOSITORY / "hub_config/static/start.js"

#: A start page with one size, as far as the script asks of it; `answers` are the hub's, `minute` passes one.
PAGE = """
class Part {
  constructor() { Object.assign(this, { dataset: {}, children: [], innerHTML: "", pressed: false }); }
  classList = { add() {}, remove() {} };
  append(...children) { this.children = children; }
  before(box) { slider = box.children[1]; }
  replaceChildren(...children) { this.children = children; this.innerHTML = children[0]?.html ?? ""; }
  setAttribute(name, value) { this[name] = value; }
  addEventListener() {}
  matches() { return this.pressed; }
  querySelector() { return null; }
  querySelectorAll() { return []; }
  get options() { return this.children; }
  get content() { return { html: this.innerHTML, querySelector: () => null, querySelectorAll: () => [] }; }
}
const option = (text, minutes) => Object.assign(new Part(), { value: `${minutes}`, dataset: { text } });
const LENGTHS = [[60, "1 h"], [120, "2 h"], [480, "8 h"]];
let slider, minute, timers = [], answers = [], asked = [];
const list = Object.assign(new Part(), { dataset: { ends: "until {clock}" }, value: "480" });
list.children = LENGTHS.map(([minutes, text]) => option(text, minutes));
const card = new Part();
const size = Object.assign(new Part(), { value: "slice", dataset: { most: "480", default: "120" } });
size.parentElement = { querySelector: () => card };
const form = Object.assign(new Part(), { querySelector: () => size, querySelectorAll: () => [size] });
const choice = new Part();
const parts = { spawn_form: form, minutes: list, choice, link: new Part() };
const world = {
  window: { aif: { clock: () => "noon", letGo: async () => {} } },
  location: { search: "" },
  Option: function (text, minutes) { return option(text, minutes); },
  FormData: class { get(name) { return { profile: "slice", minutes: list.value, project: "p" }[name]; } },
  setTimeout: (does) => timers.push(does),
  clearTimeout: () => (timers = []),
  setInterval: (does) => (minute = does),
  fetch: async (address) => {
    asked.push(new URLSearchParams(address.split("?")[1]).get("minutes"));
    return { ok: true, json: async () => answers.shift() };
  },
  document: {
    visibilityState: "visible",
    getElementById: (id) => parts[id] ?? null,
    createElement: () => new Part(),
    querySelectorAll: () => [],
  },
};
for (const [name, value] of Object.entries(world)) Object.defineProperty(globalThis, name, { value });
const answer = (most, said, choice, lengths = LENGTHS) =>
  ({ choice, terms: [], command: "", settled: true, sizes: { slice: { most, said } }, lengths });
const CAPPED = [[60, "1 h"], [120, "2 h"], [295, "4 h 55 min"], [480, "8 h"]];
const passes = async () => { while (timers.length) await timers.shift()(); };
const seen = () => ({
  length: slider["aria-valuetext"], minutes: list.value, longest: slider.max,
  card: card.innerHTML, said: choice.innerHTML,
});
(0, eval)((await import("node:fs")).readFileSync(new URL(SCRIPT), "utf8"));
"""


def played(code: str) -> Any:
    return run(f"const SCRIPT = {json.dumps(SCRIPT.as_uri())};\n{PAGE}{code}")


def test_what_is_planned_shortens_the_choice_and_what_is_taken_back_can_be_chosen_again() -> None:
    code = """
        answers = [
          answer(480, "up to 8 h", "8 h cost 2"),
          answer(295, "Maintenance", "too long", CAPPED),
          answer(295, "Maintenance", "4 h 55 min cost 1", CAPPED),
          answer(480, "up to 8 h", "4 h 55 min cost 1", CAPPED),
        ];
        await passes();
        const first = seen();
        minute();
        await passes();
        const planned = seen();
        minute();
        await passes();
        return { first, planned, back: seen(), asked };"""
    found = played(code)
    assert found["first"] == {
        "length": "8 h, until noon",
        "minutes": 480,
        "card": "up to 8 h",
        "said": "8 h cost 2",
        "longest": 2,
    }
    shorter = {"length": "4 h 55 min, until noon", "minutes": 295, "said": "4 h 55 min cost 1"}
    assert found["planned"] == {**shorter, "card": "Maintenance", "longest": 2}
    assert found["back"] == {**shorter, "card": "up to 8 h", "longest": 3}, "nobody asked for more"
    assert found["asked"] == ["480", "480", "295", "295"]


def test_a_slider_that_is_being_moved_stays_as_it_is() -> None:
    code = """
        answers = [answer(295, "Maintenance", "too long", CAPPED)];
        slider.pressed = true;
        await passes();
        return { ...seen(), asked };"""
    found = played(code)
    assert (found["length"], found["card"], found["asked"]) == ("8 h, until noon", "", ["480"])


def test_a_size_that_is_closed_altogether_says_why_and_is_not_asked_for_without_end() -> None:
    code = """
        answers = [answer(0, "Maintenance", "no"), answer(0, "Maintenance", "Maintenance goes on")];
        await passes();
        return { ...seen(), asked };"""
    found = played(code)
    assert (found["said"], found["longest"], found["asked"]) == ("Maintenance goes on", 0, ["480", "60"])
