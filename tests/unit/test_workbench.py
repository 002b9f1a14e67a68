"""What tells people of its own accord goes on, whatever ends it."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hub_material import site

from aif_hub import workbench as workbench_module
from aif_hub.workbench import Workbench


async def test_what_tells_people_begins_anew_after_a_fault_which_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workbench_module, "TEND_SECONDS", 0)
    monkeypatch.setattr(logging.getLogger("aif"), "propagate", True)
    made, begun, again = Workbench(site()), [], asyncio.Event()

    async def tell_people() -> None:
        begun.append(1)
        if len(begun) == 1:
            raise RuntimeError("the database is locked")
        again.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(made, "_tell_people", tell_people)
    watching = asyncio.create_task(made._watch())
    await asyncio.wait_for(again.wait(), 5)
    assert len(begun) == 2
    assert "the database is locked" in caplog.text
    watching.cancel()
