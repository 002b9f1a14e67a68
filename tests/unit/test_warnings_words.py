"""What people are told, in words: in both languages, with what can be done about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from fractions import Fraction
from typing import Any

import hub_material as material
from warnings_material import PATHS, StandIn, percents
from warnings_material import make as make

from aif_hub.speech import speak
from aif_hub.views import Past, past
from aif_hub.warnings.told import Told, told


async def said(hub: StandIn, language: str = "en", login: str = "me") -> Told:
    (event,) = hub.shown(login)
    session = hub.book.get(event.notice.session) if event.notice.session else None
    speak(language)
    try:
        return told(event, session, hub.clock.time.astimezone(UTC), hub.site.said_in(language), PATHS, "session-2")
    finally:
        speak("en")


async def test_the_sentences_of_a_sessions_end(make: Any) -> None:
    hub = make()
    hub.running(project="inspect01")
    await hub.look(90)
    english, dutch = await said(hub), await said(hub, "nl")
    assert english.text == "Small GPU part ends at 11:00, 30 min from now. Save what you want to keep."
    assert dutch.text == "Small GPU part eindigt om 11.00 uur, over 30 min. Bewaar wat u wilt houden."
    assert [(one.name, one.url) for one in english.actions] == [
        ("save-all", ""),
        ("start-next", "/hub/spawn/demo-marieke/session-2?profile=slice&minutes=120&project=inspect01"),
    ]
    assert (english.tone, english.shape) == ("warn", "clock")
    await hub.look(91)
    hub.watch.see("me", hub.shown()[0].id)
    await hub.look(115)
    assert (await said(hub)).tone == "stop"


async def test_the_sentences_of_a_budget(make: Any) -> None:
    hub = make()
    await percents(hub, "ann", 450.1, ann=1)
    english, dutch = await said(hub, login="ann"), await said(hub, "nl", "ann")
    assert english.title == "90 % of the budget of Inspection pilot is used"
    assert english.text == "49.9 of 500 GPU-hours left, as of 09:00."
    assert dutch.text == "Er is 49,9 van 500 GPU-uur over, stand van 09.00 uur."
    await percents(hub, "ann", 500, ann=1)
    hub.watch.see("ann", hub.shown("ann")[1].id)
    full = await said(hub, login="ann")
    assert (full.title, full.tone) == ("The budget of Inspection pilot is used up", "stop")


async def test_the_sentences_of_an_idle_session_and_of_its_stop_with_what_it_spared(make: Any) -> None:
    hub = make()
    session = hub.running()
    await hub.reported(session, 15, saved_seconds_ago=120)
    coming = await said(hub)
    assert coming.text == (
        "Nothing has run in Small GPU part for 15 min. It costs 0.14 GPU-hours an hour. "
        "It is stopped at 09:30 unless something runs in it or you keep it. "
        "Closing the browser does not stop it sooner; what is saved stays."
    )
    assert [(one.name, one.method) for one in coming.actions] == [("keep", "POST")]
    await hub.reported(session, 30, saved_seconds_ago=1020)
    await hub.look(30.1)
    stopped = await said(hub)
    assert stopped.text == (
        "Nothing ran in Small GPU part any more, so it was stopped at 09:30. Your files were last saved at 09:13. "
        "Stopping it early spared 0.21 GPU-hours."
    )
    ended = hub.book.get(session.session)
    assert ended is not None
    page: Past = past(ended, hub.clock.time, hub.site.said_in("en"), PATHS)
    assert page.state.word == "Stopped when idle"
    assert page.said.text == "Nothing ran in it any more, so it was stopped at 09:30."
    assert page.files == "Your files were last saved at 09:13. Stopping it early spared 0.21 GPU-hours."


async def test_the_price_of_a_whole_gpu_is_said_by_the_minute(make: Any) -> None:
    hub = make(profile=[{**material.SLICE, "gpu_weight": "1"}])
    session = hub.running()
    whole = replace(session.request, gpu_weight=Fraction(1))
    hub.book.update(session.session, request=whole)
    await hub.reported(session, 15, busy=True)
    assert (await said(hub)).text == (
        "The GPU of Small GPU part has done nothing for 15 min. It costs 0.02 GPU-hours a minute. "
        "If you do not need it, a size without a GPU costs nothing."
    )
