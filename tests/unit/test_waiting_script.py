"""The waiting page's script without a browser: it goes on where a browser lets no page make a notification."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_lab_extension import REPOSITORY, run

SCRIPT = REPOSITORY / "hub_config/static/aif.js"
READY = "Ready: your session is open"

#: A waiting page behind other tabs, as far as the script asks of it; `news` comes through the page's stream.
PAGE = """
const heard = {};
const listening = (at) => ({ addEventListener: (name, does) => (heard[`${at}-${name}`] = does) });
const said = { textContent: "" };
const button = { ...listening("button"), setAttribute(name, value) { this[name] = `${value}`; } };
const tell = {
  hidden: true, dataset: { on: "told", blocked: "blocked" },
  querySelector: (what) => (what === "button" ? button : said),
};
const main = { dataset: { live: "10", events: "/events", hears: "", ready: READY, ended: "It did not start" } };
const parts = {
  "[data-live]": main, "[data-tell]": tell, h1: said, "[data-hears] h1": { textContent: "Waiting for your turn" },
};
let stream, reloads = 0;
const kept = {};
const given = JSON.stringify({ patterns: {}, hub: { xsrf_token: "x" } });
const world = {
  ...listening("window"),
  isSecureContext: true,
  setTimeout: () => 0,
  setInterval: () => 0,
  matchMedia: () => listening("scheme"),
  location: { href: "https://hub/hub/spawn-pending/a", reload: () => (reloads += 1) },
  localStorage: { getItem: (name) => kept[name] ?? null, setItem: (name, value) => (kept[name] = value) },
  EventSource: Object.assign(function () { stream = this; this.readyState = 1; }, { OPEN: 1, CLOSED: 2 }),
  fetch: async () => ({ ok: false, status: 0, type: "opaqueredirect", text: async () => "" }),
  navigator: {},
  document: {
    ...listening("document"),
    documentElement: { lang: "en", dataset: {} }, title: "Starting · Test", visibilityState: "hidden",
    hasFocus: () => false,
    getElementById: (id) => (id === "given" ? { textContent: given } : listening(id)),
    querySelector: (what) => parts[what] ?? null,
    querySelectorAll: () => [],
  },
};
for (const [name, value] of Object.entries(world)) Object.defineProperty(globalThis, name, { value });
globalThis.window = globalThis;
let asked = 0, made = [];
globalThis.Notification = class {
  static permission = PERMISSION;
  static async requestPermission() { asked += 1; return (Notification.permission = "granted"); }
  constructor(text) { if (THROWS) throw new TypeError("Illegal constructor"); made.push(text); }
};
const script = (await import("node:fs")).readFileSync(new URL(SCRIPT), "utf8");
const page = () => (0, eval)(script);
const news = async () => stream.onmessage();
const look = async () => heard["document-visibilitychange"]();
"""


def played(code: str, *, permission: str, throws: bool) -> Any:
    given = {"SCRIPT": SCRIPT.as_uri(), "READY": READY, "PERMISSION": permission, "THROWS": throws}
    constants = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in given.items())
    return run(constants + PAGE + code)


@pytest.mark.parametrize("throws", [False, True])
def test_a_tab_behind_others_says_in_its_title_that_it_is_ready(throws: bool) -> None:
    code = """
        page();
        const before = { hidden: tell.hidden, title: document.title };
        await heard["button-click"]();
        const pressed = button["aria-pressed"];
        await news();
        const there = { title: document.title, hidden: tell.hidden, reloads };
        await look();
        tell.hidden = true;
        page();
        return { before, pressed, there, made, reloads, next: tell.hidden };"""
    assert played(code, permission="granted", throws=throws) == {
        "before": {"hidden": False, "title": "Waiting for your turn · Test"},
        "pressed": "true",
        "there": {"title": READY, "hidden": throws, "reloads": 0},
        "made": [] if throws else [READY],
        "reloads": 1,
        "next": throws,
    }


@pytest.mark.parametrize("throws", [False, True])
def test_who_cannot_be_told_is_not_asked_whether_to_be(throws: bool) -> None:
    code = "page(); return { hidden: tell.hidden, asked, title: document.title };"
    assert played(code, permission="default", throws=throws) == {
        "hidden": throws,
        "asked": 0,
        "title": "Waiting for your turn · Test",
    }
