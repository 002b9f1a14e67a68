"""The site file: every mistake is named with its key; what is right is frozen."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hub_material import CLUSTER, CPU, SLICE, TERMS, site, site_data
from hypothesis import given
from hypothesis import strategies as st

from aif.core import site as sites
from aif.core.errors import SiteError
from aif.core.request import JobRequest, Project
from aif.core.text import LANGUAGES, Text
from aif_hub import speech

EXAMPLE = Path(__file__).parents[2] / "hub_config/site.example.toml"


def test_the_example_in_the_repository_is_right() -> None:
    made = sites.load(EXAMPLE)
    assert [profile.name for profile in made.profiles][:1] == ["slice"]
    assert made.profiles[0].gpu_weight == Fraction(1, 7)


def without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda data: data.pop(key)


def profile(**changed: Any) -> Callable[[dict[str, Any]], object]:
    return lambda data: data.update(profile=[{**SLICE, **changed}])


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("hub.tls_certificate", lambda data: data["hub"].update(tls_key="x")),
        ("host.user", lambda data: data.update(host={"user": "root ALL"})),
        ("host.name", lambda data: data.update(host={"name": "../x"})),
        ("host.prefix", lambda data: data.update(host={"prefix": "opt/aif"})),
        ("host.min_uid", lambda data: data.update(host={"min_uid": 0})),
        ("cluster.demo", lambda data: data.update(cluster=data["cluster"] * 2)),
        ("profile.slice", lambda data: data.update(profile=[SLICE, SLICE])),
        ("project.trn0007", lambda data: data.update(project=[{"account": "trn0007", "title": "One"}] * 2)),
        ("name", without("name")),
        ("launcher", without("launcher")),
        ("launcher", lambda data: data.update(launcher=[])),
        ("launcher", lambda data: data.update(launcher="sudo -n x")),
        ("launcher", lambda data: data.update(launcher=["sudo", 1])),
        ("colour", lambda data: data.update(colour="red")),
        ("hub.api_port", lambda data: data["hub"].pop("api_port")),
        ("hub.api_port", lambda data: data["hub"].update(api_port="8081")),
        ("hub.api_port", lambda data: data["hub"].update(api_port=True)),
        ("hub.api_port", lambda data: data["hub"].update(api_port=-1)),
        ("hub.prot", lambda data: data["hub"].update(prot=1)),
        ("session.start_timeout_seconds", lambda data: data.update(session={"start_timeout_seconds": 0})),
        ("session.start_timeout_seconds", lambda data: data.update(session={"start_timeout_seconds": True})),
        ("cluster", lambda data: data.update(cluster=[])),
        ("cluster", lambda data: data.update(cluster=CLUSTER)),
        ("cluster[0].slurm_conf", lambda data: data.update(cluster=[{"name": "demo"}])),
        ("profile", lambda data: data.update(profile=[])),
        ("profile", lambda data: data.update(profile=["slice"])),
        ("profile.slice.cluster", profile(cluster="other")),
        ("profile.slice.partition", profile(partition="mig --uid=0")),
        ("project[0].account", lambda data: data.update(project=[{"account": "a,b", "title": "Two"}])),
        ("allocation.a.account", lambda data: data.update(allocation=[{"name": "a", "account": "-p"}])),
        ("profile.slice.gpu_type", profile(gpu_type="")),
        ("profile.slice.gpu_weight", profile(gpu_weight="1/0")),
        ("profile.slice.gpu_weight", profile(gpu_weight="-1")),
        ("profile.slice.gpu_weight", profile(gpu_weight=[1])),
        ("profile.slice.hours_default", profile(hours_default=9)),
        ("profile.slice.hours_max", profile(hours_max="8")),
        ("profile.slice.cpus", profile(cpus=1.5)),
        ("profile.slice.title", profile(title=None)),
        ("profile.slice.hours_max", profile(hours_max=float("nan"))),
        ("profile.slice.hours_max", profile(hours_max=float("inf"))),
        ("hub", lambda data: data.update(hub=[])),
        ("cluster[0].addresses", lambda data: data.update(cluster=[{**CLUSTER, "addresses": "10.0.0.1"}])),
        ("cluster[0].addresses.a", lambda data: data.update(cluster=[{**CLUSTER, "addresses": {"a": "gpu01"}}])),
        ("cluster[0].addresses.a", lambda data: data.update(cluster=[{**CLUSTER, "addresses": {"a": 7}}])),
        ("profile.slice.colour", profile(colour="red")),
        ("data.personal", lambda data: data.update(data={"personal": "all"})),
        ("data.secret", lambda data: data.update(data={"secret": ""})),
        ("data.blocked", lambda data: data.update(data={"blocked": ["mars"]})),
        ("data.blocked_sources", lambda data: data.update(data={"blocked_sources": [" "]})),
        ("data.project_dir", lambda data: data.update(data={"project_dir": "projects/{account}"})),
        ("data.project_dir", lambda data: data.update(data={"project_dir": "/projects"})),
        ("data.project_dir", lambda data: data.update(data={"project_dir": "/projects/{account.x}"})),
        ("data.project_dir", lambda data: data.update(data={"project_dir": "/projects/{account"})),
        ("terms", lambda data: data.update(terms="2026-11")),
        ("terms.version", lambda data: data.update(terms={"points": ["Be kind."], "url": "https://a.org"})),
        ("terms.version", lambda data: data.update(terms={**TERMS, "version": " 2026-11"})),
        ("terms.version", lambda data: data.update(terms={**TERMS, "version": "1" * 41})),
        ("terms.version", lambda data: data.update(terms={**TERMS, "version": "1\n2"})),
        ("terms.points", lambda data: data.update(terms={**TERMS, "points": []})),
        ("terms.points", lambda data: data.update(terms={**TERMS, "points": "Be kind."})),
        ("terms.points", lambda data: data.update(terms={**TERMS, "points": [{"en": "Be kind.", "nl": " "}]})),
        ("terms.points[1]", lambda data: data.update(terms={**TERMS, "points": ["Be kind.", 7]})),
        ("terms.points[0].fr", lambda data: data.update(terms={**TERMS, "points": [{"en": "a", "fr": "b"}]})),
        ("terms.url", lambda data: data.update(terms={**TERMS, "url": ""})),
        ("terms.url", lambda data: data.update(terms={**TERMS, "url": "http://example.org/terms"})),
        ("terms.url", lambda data: data.update(terms={**TERMS, "url": {"en": "https://a.org", "nl": "a.org"}})),
        ("terms.link", lambda data: data.update(terms={**TERMS, "link": "https://a.org"})),
        ("project[0].title", lambda data: data.update(project=[{"account": "a"}])),
    ],
)
def test_a_mistake_is_named_with_its_key(key: str, change: Callable[[dict[str, Any]], object]) -> None:
    data = site_data(hub=dict(site_data()["hub"]))
    change(data)
    with pytest.raises(SiteError) as caught:
        sites.parse(data)
    assert caught.value.key == key
    assert caught.value.problem


def test_a_file_that_is_not_there_or_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="cannot be read: No such file"):
        sites.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name = ")
    with pytest.raises(SiteError, match="is not TOML"):
        sites.load(tmp_path / "bad.toml")


def test_without_a_path_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIF_SITE", raising=False)
    with pytest.raises(SiteError) as caught:
        sites.load()
    assert caught.value.key == "AIF_SITE"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([*site_data()]), anything)
def test_no_value_of_any_key_ends_in_anything_but_a_site_or_a_named_mistake(key: str, value: object) -> None:
    with suppress(SiteError):
        sites.parse(site_data(**{key: value}))


@given(st.sampled_from([*SLICE, *CPU]), anything)
def test_no_value_in_a_profile_does_either(key: str, value: object) -> None:
    with suppress(SiteError):
        sites.parse(site_data(profile=[{**SLICE, key: value}]))


def test_a_site_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        site().name = "other"  # type: ignore[misc]


def test_accounts_without_a_name_show_as_they_are() -> None:
    assert (site().project_title("inspect01"), site().project_title("x")) == ("Inspection pilot", "x")


# Texts in languages ---------------------------------------------------------------------------------------------------

TITLE = {"en": "One GPU", "nl": "Eén GPU"}


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("name.fr", lambda data: data.update(name={"en": "AI Factory", "fr": "Usine"})),
        ("contact.en", lambda data: data.update(contact={"nl": "de helpdesk"})),
        ("data_location.nl", lambda data: data.update(data_location={"en": "here", "nl": 1})),
        ("data_location", lambda data: data.update(data_location=["here"])),
        ("profile.slice.title.en", profile(title={})),
        ("profile.slice.text.de", profile(text={"en": "", "de": "x"})),
        ("project[0].title.en", lambda data: data.update(project=[{"account": "a", "title": {"nl": "proef"}}])),
    ],
)
def test_a_text_in_languages_is_refused_with_its_key(key: str, change: Callable[[dict[str, Any]], object]) -> None:
    data = site_data()
    change(data)
    with pytest.raises(SiteError) as caught:
        sites.parse(data)
    assert caught.value.key == key


def test_every_text_is_said_in_the_language_asked_for_and_stays_plain_otherwise() -> None:
    project = {"account": "inspect01", "title": {"en": "Inspection pilot", "nl": "Proef met inspecties"}}
    made = site(name={"en": "AI Factory", "nl": "AI-fabriek"}, profile=[{**SLICE, "title": TITLE}], project=[project])
    dutch = made.said_in("nl")
    assert (made.name, made.profiles[0].title, made.project_title("inspect01")) == (
        *("AI Factory", "One GPU", "Inspection pilot"),
    )
    assert (dutch.name, dutch.profiles[0].title, dutch.project_title("inspect01")) == (
        *("AI-fabriek", "Eén GPU", "Proef met inspecties"),
    )
    assert dutch.contact == made.contact == "support@example.org"
    assert made.said_in("en") == made


def test_a_title_in_languages_reaches_a_request_plain() -> None:
    made = site(profile=[{**SLICE, "title": TITLE}])
    title = JobRequest.parse({}, made, [Project("a", "A")]).title
    assert (title, type(title)) == ("One GPU", str)


def test_a_text_stands_in_a_file_as_it_was_read() -> None:
    for value in ("No GPU", 'with "quotes" and \\', TITLE):
        text = Text.parse(value, "title")
        again = Text.parse(tomllib.loads(f"title = {text.toml}")["title"], "title")
        assert (again, again.said_in("nl")) == (text, text.said_in("nl"))


def test_the_languages_of_the_site_file_are_those_of_the_pages() -> None:
    assert tuple(speech.LANGUAGES) == LANGUAGES
