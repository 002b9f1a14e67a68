"""The parts that a hub shares: made when they are needed, and going on whatever ends them."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from hub_material import database, request, site
from sqlalchemy import inspect

from aif_hub import workbench as workbench_module
from aif_hub.book import Base, SessionBook
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


async def test_no_table_is_made_in_the_middle_of_somebodys_request(tmp_path: Path) -> None:
    made, db = Workbench(site()), database(tmp_path / "hub.sqlite")()
    made.attach({"db": db, "cookie_secret": b"of the tests"})
    assert set(Base.metadata.tables) <= set(inspect(db.get_bind()).get_table_names())
    book = SessionBook(lambda: db)
    book.write("marieke", "", request())
    db.execute(Base.metadata.tables["aif_sessions"].update().values(login="joost"))  # begun, and not written down yet
    assert made.watch is not None  # whose tables are there: SQLite would have it wait for five seconds, and fail
