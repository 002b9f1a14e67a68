"""What the drawing says: the same digits as the hub's pages, from Python and in the browser; both languages whole."""

from __future__ import annotations

import json
import re
import shutil
import string
import subprocess
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from aif.core.ledger import told
from aif.core.own_data import RULES
from aif.core.reasons import Reason
from aif.core.text import LANGUAGES
from aif.data.answers import QUESTIONS, TEXTS
from aif.widgets import modules
from aif.widgets.figures import speech
from aif_hub import figures as pages
from aif_hub.speech import speak

WORDS = {language: speech(language).words for language in LANGUAGES}
AIF = modules.FOLDER.parents[1]
SOURCES = [
    *modules.FOLDER.glob("*.js"),
    *modules.FOLDER.parent.glob("*.py"),
    AIF / "session.py",
    AIF / "advice.py",
    AIF / "backends.py",
    AIF / "upload.py",
    *AIF.glob("data/*.py"),
    AIF / "scale/again.py",
    AIF / "scale/means.py",
    AIF / "scale/reasons.py",
    AIF / "scale/shown.py",
    AIF / "server/dashboard.py",
]
#: Amounts, with some that lie just between two others, or do so only when they are rounded twice.
EXACT = [
    *(Fraction(n) for n in ("0", "1/10000", "1/300", "1/200", "63/12500", "2/7", "1", "4", "9.995", "10", "12300")),
    *(Fraction(n) for n in ("0.125", "0.13496", "0.12496", "499.95", "499.9501", "999.96", "999.99996", "7599.95")),
    *(Fraction(at * 7_919_333, 10_007) for at in range(300)),
]  # fmt: skip
TOLD = [one for each in EXACT if (one := told.amount(each)) is not None]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["amount", "large", "share"])
def test_python_says_the_digits_of_the_pages(language: str, name: str) -> None:
    here = getattr(speech(language), name)
    # a share is said of what is nearly used up
    exact = [Fraction(900 + at, 1007) for at in range(108)] if name == "share" else EXACT
    speak(language)
    try:
        wrong = [each for each in exact if here(told.amount(each) or 0) != getattr(pages, name)(each)]
    finally:
        speak("en")
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browser_says_what_python_says(language: str) -> None:
    here = speech(language)
    seconds = [0, 59, 60, 2400, 7200, 7500, 86400, 3 * 86400 + 4 * 3600]
    days = ["2026-11-24", "2027-01-01", "2027-05-31"]
    said = in_browser(
        f"const s = speech({json.dumps(WORDS[language])}); console.log(JSON.stringify({{"
        f"amount: {TOLD}.map(s.amount), large: {TOLD}.map(s.large), share: {TOLD}.map(s.share),"
        f"length: {seconds}.map(s.length), day: {days}.map(s.day)}}))"
    )
    assert said == {
        **{name: [getattr(here, name)(value) for value in TOLD] for name in ("amount", "large", "share")},
        "length": [here.length(timedelta(seconds=each)) for each in seconds],
        "day": [here.day(datetime.fromisoformat(each).date()) for each in days],
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_clock_times_and_lengths_are_said_as_on_the_pages(language: str) -> None:
    now = datetime.fromisoformat("2027-04-01T22:00:00+02:00")
    moments = [now + timedelta(hours=hours) for hours in (-70, -23, -1, 0, 1, 3, 50, 24 * 240)]
    speak(language)
    try:
        expected = [pages.clock(each, now) for each in moments]
        lengths = [pages.length(timedelta(minutes=each)) for each in (0, 40, 120, 125, 1440, 4560)]
    finally:
        speak("en")
    said = in_browser(
        f"const s = speech({json.dumps(WORDS[language])}); const now = new Date({json.dumps(now.isoformat())});"
        f"console.log(JSON.stringify({json.dumps([each.isoformat() for each in moments])}.map((m) => s.clock(m, now))))"
    )
    assert said == expected
    assert [speech(language).clock(each, now) for each in moments] == expected
    assert [speech(language).length(timedelta(minutes=each)) for each in (0, 40, 120, 125, 1440, 4560)] == lengths


def test_each_language_has_every_sentence_with_the_same_gaps() -> None:
    first = WORDS[LANGUAGES[0]]
    for language, words in WORDS.items():
        assert words.keys() == first.keys(), language
        for key, text in words.items():
            assert gaps(text) == gaps(first[key]), f"{language}: {key}"
            assert text.strip(), f"{language}: {key}"


#: What may speak against a GPU (`aif.backends`).
AGAINST = ("no-gpu", "pretended", "no-library", "workers", "no-driver")
#: What a site has a rule for (`aif.data.answers`).
CAREFUL = ("persons", "secret")


def test_nothing_is_said_that_no_catalogue_has_and_no_sentence_is_left_over() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in SOURCES)
    asked = {
        text.replace("${", "{") for text in re.findall(r"""["'`]([a-z-]+(?:\.[a-z$_{}.-]+)?[.\w{}$]*)["'`]""", source)
    }
    fixed = {key for key in WORDS["en"] if key in asked}
    composed = {key for key in WORDS["en"] if key.split(".")[0] in ("state", "units", "source", "length", "clock")}
    composed |= {f"advice.{choice}" for choice in ("pandas", "gpu", "gpus", "workers")}
    composed |= {key for key in WORDS["en"] if key.startswith("learn.")}  # `test_learn` says that none is left over
    composed |= {f"cluster.{state}" for state in ("at-work", "asked", "waiting", "starting", "paused", "ended")}
    composed |= {f"cluster.why.{reason.value}" for reason in Reason}
    composed |= {f"cluster.{column}" for column in ("worker", "state", "memory", "cpu", "gpu")}
    composed |= {"backend.gpu"} | {f"backend.{why}{end}" for why in AGAINST for end in ("", ".do")}
    composed |= {f"{part}.{name}" for name in QUESTIONS for part in ("upload", "card")}
    composed |= {f"upload.{name}.{end}" for name in QUESTIONS for end in ("short", "hint", *QUESTIONS[name])}
    composed |= {f"upload.ask.{name}.{end}" for name in CAREFUL for end in ("yes", "unknown", *RULES)}
    composed |= {f"upload.verdict.{state}" for state in ("allowed", "ask", "stop", "open")}
    composed |= {f"upload.who.{scope}" for scope in ("owner", "group", "list", "all")}
    composed |= {f"upload.place.{kind}" for kind in ("home", "project")} | {f"card.{name}" for name in TEXTS}
    parts = {f"{part}{end}" for part in ("consumed", "committed", "free") for end in ("", ".text")}
    assert WORDS["en"].keys() - fixed - composed - parts == set()


def test_a_language_that_we_do_not_have_is_english() -> None:
    assert speech("").words == speech("xx").words == speech("../x").words == WORDS["en"]


def test_the_scripts_have_no_words_of_their_own() -> None:
    for file in modules.FOLDER.glob("*.js"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        sentences = re.findall(r'text: "|textContent = "|"[A-Z][a-z]+ [a-z]+', code)
        assert sentences == [], file.name


@pytest.mark.parametrize("name", ["widget.js", "session.js", "scaling.js", "upload.js", "calculator.js"])
def test_a_widgets_module_is_whole_and_none_of_its_names_stands_twice(name: str) -> None:
    text = modules.whole(name)
    assert "import " not in re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    in_browser("", text)
    assert text.count("export default") == 1
    assert not re.search(r"https?://(?!www\.w3\.org)", text)


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def in_browser(code: str, module: str = "") -> Any:
    """What `code` prints as JSON, in the JavaScript that a browser runs, after speech.js."""
    node = shutil.which("node") or str(Path(shutil.which("python") or "").with_name("node"))
    whole = module or f"{modules.whole('speech.js')}\n{code}"
    done = subprocess.run(
        [node, "--input-type=module", "-"], input=whole, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None
