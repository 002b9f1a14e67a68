"""What a session's server is given of the session: what people see of it in their language, and what pays for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hub_material import LOGIN, PROJECTS, SLICE, site_data

from aif.core import site as sites
from aif.core.request import JobRequest
from aif.core.site import Site
from aif_hub.book import Session
from aif_hub.certs import KeyPair
from aif_hub.handover import session_files

SITE = sites.parse(
    site_data(
        profile=[{**SLICE, "title": {"en": "Small GPU part", "nl": "Klein GPU-deel"}}],
        data_location={"en": "Groningen", "nl": "Groningen, Nederland"},
        data={"project_dir": "/projects/{account}", "blocked_sources": ["Lifelines"]},
        allocation=[{"name": "pilot", "account": "inspect01", "limit": 500}],
    )
)


@pytest.mark.parametrize(
    ("language", "title"), [("nl", "Klein GPU-deel"), ("en", "Small GPU part"), ("", "Small GPU part")]
)
def test_a_notebook_is_told_its_size_in_the_persons_language_and_what_pays_for_it(language: str, title: str) -> None:
    request = JobRequest.parse({"profile": "slice", "minutes": "60"}, SITE, PROJECTS)
    session = Session("0" * 32, LOGIN, "", "demo", request, "written", datetime.now(UTC))
    public = facts(session, language)
    assert public["title"] == title
    assert (public["project"], public["allocation"]) == ("inspect01", "pilot")


@pytest.mark.parametrize(
    ("unit", "told"), [("gpu-hour", "gpu-hour"), ("core-hour", "core-hour"), ("billing-hour", "gpu-hour")]
)
def test_a_cluster_is_told_in_which_unit_it_is_paid(unit: str, told: str) -> None:
    """Billing hours are worked out by Slurm alone."""
    site = replace(SITE, allocations=(replace(SITE.allocations[0], unit=unit),))
    request = JobRequest.parse({"profile": "slice", "minutes": "60"}, site, PROJECTS)
    session = Session("0" * 32, LOGIN, "", "demo", request, "written", datetime.now(UTC))
    assert facts(session, "en", site)["scale"]["unit"] == told


def test_a_notebook_is_told_what_may_come_whom_to_ask_and_where_it_lies() -> None:
    request = JobRequest.parse({"profile": "slice", "minutes": "60"}, SITE, PROJECTS)
    session = Session("0" * 32, LOGIN, "", "demo", request, "written", datetime.now(UTC))
    assert facts(session, "nl")["data"] == {
        "site": str(SITE.name),
        "location": "Groningen, Nederland",
        "contact": str(SITE.contact),
        "personal": "contact",
        "secret": "approved",
        "blocked": ["secure"],
        "blocked_sources": ["Lifelines"],
        "project_dir": "/projects/inspect01",
    }


def facts(session: Session, language: str, site: Site = SITE) -> dict[str, Any]:
    """The part of it that kernels may know."""
    files = session_files(session, site, {"TOKEN": "t"}, {}, "https://hub", KeyPair("k", "c", "a"), language)
    public: dict[str, Any] = json.loads(files["session.json"])["public"]
    assert "t" not in public.values()
    return public
