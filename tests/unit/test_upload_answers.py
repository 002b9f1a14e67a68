"""Four questions about a file, what follows from the answers by the rules of the site, and what it may be called."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from told_material import as_told, balance, write_session

from aif import upload
from aif.core.own_data import ORIGINS, RULES
from aif.core.text import LANGUAGES
from aif.data import card
from aif.data.answers import LONGEST, QUESTIONS, Answers, NoSuchAnswer, Rules, letter, verdict
from aif.data.arrive import BadName, plain_name
from aif.widgets.figures import speech

ALLOWED = ("allowed.text", "allowed.noted")
TODAY = date(2027, 4, 1)
FINE = Answers("no", "no", "ours", "ours", source="our own sensors")
RULE = Rules(contact="data@example.org")


def changed(**changes: Any) -> Answers:
    return Answers(**{**FINE.__dict__, **changes})


def keys(answers: Answers, rules: Rules = RULE) -> tuple[str, list[str]]:
    found = verdict(answers, rules, TODAY)
    return found.state, [reason.key.removeprefix("upload.") for reason in found.reasons]


@pytest.mark.parametrize(
    ("changes", "state", "why"),
    [
        ({}, "allowed", [*ALLOWED]),
        ({"until": TODAY}, "allowed", [*ALLOWED, "note.until"]),
        ({"licence": "allows", "licence_name": "CC BY 4.0"}, "allowed", [*ALLOWED]),
        ({"licence": "allows", "licence_name": "CC BY-NC 4.0"}, "allowed", [*ALLOWED, "note.business"]),
        ({"secret": "yes", "approval": "J. Visser, 1 April"}, "allowed", [*ALLOWED]),
        ({"persons": "yes"}, "ask", ["ask.persons.yes", "ask.persons.contact"]),
        ({"persons": "unknown"}, "ask", ["ask.persons.unknown", "ask.persons.contact"]),
        ({"persons": "yes", "approval": "DPO-7"}, "ask", ["ask.persons.yes", "ask.persons.contact"]),
        ({"secret": "yes"}, "ask", ["ask.secret.yes", "ask.secret.approved"]),
        ({"licence": "unknown"}, "ask", ["ask.licence"]),
        ({"origin": "partner"}, "ask", ["ask.licence.whose"]),
        ({"origin": "secure"}, "stop", ["stop.secure"]),
        ({"licence": "forbids", "persons": "yes"}, "stop", ["stop.licence"]),
        ({"until": TODAY - timedelta(days=1)}, "stop", ["stop.until"]),
        ({"licence": "allows"}, "open", ["open.licence"]),
        ({"source": ""}, "open", ["open.source"]),
        ({"persons": "", "secret": ""}, "open", ["open.question", "open.question"]),
    ],
)
def test_each_answer_has_its_consequence(changes: dict[str, Any], state: str, why: list[str]) -> None:
    assert keys(changed(**changes)) == (state, why)


def test_a_site_may_take_personal_data_with_an_approval_and_refuse_whole_origins_and_names() -> None:
    strict = Rules(personal="approved", secret="contact", blocked=("public",), blocked_sources=("Lifelines",))  # noqa: S106
    assert keys(changed(persons="yes"), strict)[1] == ["ask.persons.yes", "ask.persons.approved"]
    assert verdict(changed(persons="yes"), strict, TODAY).approvable
    assert keys(changed(persons="yes", approval="DPO-7"), strict)[0] == "allowed"
    assert keys(changed(secret="yes", approval="DPO-7"), strict)[0] == "ask"  # noqa: S106
    assert keys(changed(origin="public"), strict) == ("stop", ["stop.origin"])
    assert keys(changed(source="the LIFELINES biobank"), strict) == ("stop", ["stop.source"])


some_answers = st.builds(
    Answers,
    **{question: st.sampled_from(("", *answers)) for question, answers in QUESTIONS.items()},
    licence_name=st.text(max_size=9),
    source=st.text(max_size=9),
    approval=st.text(max_size=9),
    until=st.none() | st.dates(),
)
some_rules = st.builds(
    Rules,
    personal=st.sampled_from(RULES),
    secret=st.sampled_from(RULES),
    blocked=st.lists(st.sampled_from(ORIGINS)).map(tuple),
    contact=st.sampled_from(["", "data@example.org", "https://example.org/ask", "Olga, room 7"]),
)


@given(some_answers, some_rules, st.dates())
def test_nothing_careful_is_ever_allowed_and_every_verdict_can_be_said(
    answers: Answers, rules: Rules, today: date
) -> None:
    found = verdict(answers, rules, today)
    if found.state == "allowed":
        assert all(getattr(answers, question) for question in QUESTIONS)
        assert answers.source
        assert answers.licence in ("ours", "allows")
        assert answers.origin not in rules.blocked
        assert answers.persons == "no" or (rules.personal == "approved" and answers.approval)
        assert answers.secret == "no" or (rules.secret == "approved" and answers.approval)  # noqa: S105
        assert answers.until is None or answers.until >= today
    for language in LANGUAGES:
        assert all(reason.said(speech(language)) for reason in found.reasons)
        mail = letter(answers, rules, "inspect01", speech(language))
        assert mail.partition("?")[0] in ("", f"mailto:{rules.contact}", rules.contact)
        assert bool(mail) == (rules.contact in ("data@example.org", "https://example.org/ask"))


@given(some_answers)
def test_answers_are_read_as_they_were_written(answers: Answers) -> None:
    assert Answers.parse(json.loads(json.dumps(answers.told()))).told() == Answers.parse(answers.told()).told()


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)


@given(st.dictionaries(st.sampled_from([*FINE.__dict__, "other"]), anything))
def test_whatever_a_form_sends_is_an_answer_or_is_refused_in_words(said: dict[str, Any]) -> None:
    try:
        answers = Answers.parse(said)
    except NoSuchAnswer:
        return
    assert all(getattr(answers, question) in ("", *known) for question, known in QUESTIONS.items())
    assert len(answers.source) <= LONGEST
    assert "\n" not in answers.source


def test_what_a_hub_tells_is_taken_and_what_it_does_not_is_as_careful_as_can_be() -> None:
    assert Rules.told({}) == Rules.told({"data": "x"}) == Rules() == Rules(personal="contact", blocked=("secure",))
    odd = Rules.told({"data": {"personal": "all", "secret": None, "contact": None}})
    assert odd == Rules()
    told = Rules.told(
        {"data": {"personal": "approved", "blocked": [], "blocked_sources": ["Lifelines"], "site": "AIF"}}
    )
    assert (told.personal, told.blocked, told.blocked_sources, told.site) == ("approved", (), ("Lifelines",), "AIF")


def test_a_letter_has_the_answers_and_no_name_of_a_file() -> None:
    mail = letter(changed(persons="yes"), RULE, "inspect01", speech("nl"))
    address, _, body = unquote(mail).partition("&body=")
    assert address == "mailto:data@example.org?subject=Mag ik deze gegevens op de workbench zetten?"
    assert "1. Komen er mensen in voor? Ja\r\n" in body
    assert "Project: inspect01" in body
    for contact in ("Olga, room 7", "a@b?bcc=x@y", "a@b,c@d", "javascript:x", ""):
        assert letter(changed(persons="yes"), Rules(contact=contact), "", speech("en")) == ""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Dutch one, whose data can be read until 26 April 2100."""
    until = as_told(balance(data_end=date(2100, 4, 26)))
    rules = {"contact": "data@example.org", "site": "AI Factory", "location": "Groningen"}
    write_session(tmp_path, until, language="nl", data=rules)
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("session")
def test_a_notebook_asks_without_a_form_and_reads_the_answer_in_its_language() -> None:
    fine = upload.check(persons=False, secret=False, licence="ours", origin="ours", source="eigen metingen")
    assert fine.allowed
    shown = ["✓ Dit mag hier staan", "  Uw antwoorden worden ernaast bewaard."]
    assert repr(fine).splitlines()[:2] == shown
    assert "niet de naam en niet uw antwoorden" in repr(fine)
    people = upload.check(True, False, "ours", "ours", source="x")
    assert not people.allowed
    assert repr(people).startswith("◆ Vraag het eerst\n  Er komen mensen in voor.")
    assert "Schrijf aan data@example.org" in people._repr_html_()
    with pytest.raises(NoSuchAnswer, match="licence cannot be 'free'"):
        upload.check(licence="free")


def test_outside_a_session_nothing_is_known_and_the_rules_are_careful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIF_SESSION_DIR", raising=False)
    assert upload.check("no", "no", "ours", "ours", source="x").allowed
    assert "the contact on Home" in repr(upload.check("yes"))
    assert "No last day is recorded here." in repr(upload())


@pytest.mark.parametrize(
    "name",
    [
        *("../x", "/etc/passwd", "a/b", "a\\b", "..", ".", "", ".bashrc", " x", "x ", "x\n", "a\0b", "x\u202egpj.exe"),
        *("\ud800", "orders.csv.about.json", "ä" * 130, "x" * 250),
    ],
)
def test_a_name_that_is_a_path_or_hides_something_is_refused_in_words(name: str) -> None:
    with pytest.raises(BadName, match=r"\. .*(Rename it first|Give the file's name alone)"):
        plain_name(name)


@given(st.text(min_size=1))
@example("a/../b")
@example("..")
@example("\x00")
@example("e\u0301")
def test_a_name_that_is_taken_is_one_file_in_its_folder(name: str) -> None:
    try:
        plain = plain_name(name)
    except BadName:
        return
    whole = Path("/folder", plain)
    assert (whole.parent, whole.name) == (Path("/folder"), plain)
    assert os.path.normpath(whole) == str(whole)
    assert len(os.fsencode(card.beside(whole).name)) <= 255
    assert plain.isprintable() or not plain.isascii()
    assert plain_name(plain) == plain
