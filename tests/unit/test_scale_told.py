"""What a cluster tells its widget and its owner's panel, and what becomes of what they wish."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scale_material import place
from told_material import as_told, balance, write_session

from aif.core.clusters import STOP, TOLD, WISH
from aif.core.errors import SlurmError
from aif.core.states import Phase
from aif.scale.look import WorkerJob
from aif.scale.means import Means
from aif.scale.plan import plan
from aif.scale.shown import Row, Shown, Use
from aif.scale.tally import Tally
from aif.scale.told import SLIDER, Told, uses
from aif.scale.work import Work
from aif.widgets.figures import speech

pytest.importorskip("anywidget")

from aif.widgets.cluster import ClusterWidget

WAITS = WorkerJob("12_1", "PENDING", reason="Priority")


class Standing:
    """As much of a cluster as `Told` needs, which does what it is asked at once; `done` is what that was."""

    def __init__(self, folder: Path, planned: int = 2, refusal: Exception | None = None) -> None:
        self.home = SimpleNamespace(folder=folder)
        self.place = place("cpu" if planned < 0 else "gpu")
        self.first_plan = plan(self.place, workers=2, size="gpu", hours=1)
        self.arrays = SimpleNamespace(bases={"12"})
        self.means = Means(self.place, Tally(self.first_plan.size.price))
        self.dashboard_link = "/user/x/aif/v1/clusters/abc_1234/dashboard/status"
        self.status = SimpleNamespace(name="running")
        self.plan = set(range(planned))
        self.refusal = refusal
        self.scheduler_address = "tls://127.0.1.1:4711"
        self.done: list[object] = []
        self.loop = SimpleNamespace(add_callback=lambda work, *given: self.begun.append(work(*given)))
        self.begun: list[Any] = []

    adapts = False

    def names(self) -> list[str]:
        return [f"w-{n}" for n in self.plan]

    def shown(self) -> Shown:
        rows = tuple(Row(f"w-{n}", f"12_{n}", WAITS, n == 0, Use(1, 2, 3.0) if n == 0 else None) for n in self.plan)
        closed = self.status.name != "running"
        return Shown("aif-w", len(rows), len(rows), 1, rows, 2.0, 0.5, None, "", closed, "en", (Work("sum", 3, 0, 4),))

    def by_hand(self) -> None:
        self.done.append("by hand")

    async def calm(self) -> None:
        self.done.append("calm")

    def scale(self, workers: int) -> None:
        self.plan = set(range(workers))

    async def settled(self) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.done.append(len(self.plan))

    async def close(self) -> None:
        self.status.name = "closed"
        self.done.append("closed")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cluster's, in a session whose project has 3 GPU-hours free to plan."""
    session = tmp_path / "session"
    session.mkdir()
    settled = Fraction(497) - Fraction(2, 7) - Fraction(1, 42)
    write_session(session, as_told(balance(settled=settled, running=Fraction(1, 42), people=())))
    monkeypatch.setenv("AIF_SESSION_DIR", str(session))
    (tmp_path / "abc_1234").mkdir(mode=0o700)
    return tmp_path / "abc_1234"


async def had(cluster: Standing, **wish: Any) -> tuple[ClusterWidget, dict[str, Any]]:
    """The widget and its answer, once the wish has been heard."""
    told = Told(cluster)  # type: ignore[arg-type]
    widget = ClusterWidget(words=speech("en").words)
    told._widget = widget
    told.hear(widget, wish)
    assert cluster.done == [], "nobody waits where it was heard"
    await asyncio.gather(*cluster.begun)
    return widget, widget.answer


async def test_a_wish_for_more_is_had_and_shown(folder: Path) -> None:
    cluster = Standing(folder)
    widget, answer = await had(cluster, kind="scale", workers=4, wish="a")
    assert cluster.done == ["by hand", 4]
    assert answer == {"wish": "a", "said": ""}
    assert (widget.told["plan"], len(widget.told["rows"])) == (4, 4)
    assert widget.told["work"] == [{"name": "sum", "done": 3, "failed": 0, "total": 4}]


async def test_a_wish_for_fewer_waits_for_a_shuffle_and_asks_for_no_budget(folder: Path) -> None:
    cluster = Standing(folder, planned=9)
    _, answer = await had(cluster, kind="scale", workers=1, wish="a")
    assert cluster.done == ["by hand", "calm", 1]
    assert answer["said"] == ""


async def test_more_than_is_free_to_plan_is_refused_in_words(folder: Path) -> None:
    cluster = Standing(folder)
    _, answer = await had(cluster, kind="scale", workers=6, wish="a")
    assert "4 × One GPU more for 1 h costs up to 4 GPU-hours. 3 are free to plan." in answer["said"]
    assert cluster.done == []
    assert len(cluster.plan) == 2


@pytest.mark.parametrize(
    ("fault", "says"),
    [(SlurmError("sbatch", 1, "no such partition"), "no such partition"), (ValueError("odd"), "ValueError: odd")],
)
async def test_what_goes_wrong_is_never_lost(fault: Exception, says: str, folder: Path) -> None:
    _, answer = await had(Standing(folder, refusal=fault), kind="scale", workers=3, wish="a")
    assert says in answer["said"]


@pytest.mark.parametrize(
    "wish",
    [{}, {"kind": "scale", "workers": 3}, {"wish": "a", "workers": -1}, {"wish": "a", "workers": 1001}]
    + [{"wish": "a", "workers": odd} for odd in (True, "3", 2.5, None)],
)
async def test_what_is_no_wish_changes_nothing(wish: dict[str, Any], folder: Path) -> None:
    cluster = Standing(folder)
    await had(cluster, **wish)
    assert cluster.done == []


async def test_a_closed_cluster_says_that_it_is(folder: Path) -> None:
    cluster = Standing(folder)
    cluster.status.name = "closed"
    _, answer = await had(cluster, kind="scale", workers=3, wish="a")
    assert "closed" in answer["said"]


async def test_it_ends_by_its_button_and_by_a_file_in_its_folder(folder: Path) -> None:
    cluster = Standing(folder)
    widget, answer = await had(cluster, kind="stop", wish="a")
    assert (cluster.done, answer["said"], widget.told["closed"]) == (["closed"], "", True)
    cluster = Standing(folder)
    told = Told(cluster)  # type: ignore[arg-type]
    await told.look()
    assert cluster.done == []
    (folder / STOP).touch()
    await told.look()
    assert cluster.done == ["closed"]
    await told.look()
    assert cluster.done == ["closed"], "one end is enough"


async def test_what_a_busy_kernel_does_not_hear_comes_by_a_file_and_is_had_once(folder: Path) -> None:
    cluster = Standing(folder)
    told = Told(cluster)  # type: ignore[arg-type]
    widget = told._widget = ClusterWidget(words=speech("en").words)
    wish = {"kind": "scale", "workers": 4, "wish": "a"}
    (folder / WISH).write_text(json.dumps(wish))
    await told.look()
    assert (cluster.done, widget.answer) == (["by hand", 4], {"wish": "a", "said": ""})
    assert not (folder / WISH).exists()
    assert json.loads((folder / TOLD).read_text())["answer"] == {"wish": "a", "said": ""}, (
        "who wished it may be the panel"
    )
    told.hear(widget, wish)  # the cell has ended
    await asyncio.gather(*cluster.begun)
    assert cluster.done == ["by hand", 4]
    (folder / WISH).write_text("{")
    await told.look()
    assert not (folder / WISH).exists()


async def test_a_wish_that_comes_while_another_is_read_is_had_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Standing(folder)
    told = Told(cluster)  # type: ignore[arg-type]
    wishes = [json.dumps({"kind": "scale", "workers": count, "wish": f"{count}"}) for count in (4, 5)]

    def reads(text: bytes) -> Any:
        if wishes:
            (folder / WISH).write_text(wishes.pop())
        return json.loads(text)

    (folder / WISH).write_text(wishes.pop(0))
    monkeypatch.setattr("aif.scale.told.json", SimpleNamespace(loads=reads, dumps=json.dumps))
    await told.look()
    await told.look()
    assert cluster.done == ["by hand", 4, "by hand", 5]


async def test_its_file_says_what_it_is_to_its_owner_alone(folder: Path) -> None:
    cluster = Standing(folder)
    told = Told(cluster)  # type: ignore[arg-type]
    await told.look()
    file = folder / TOLD
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = json.loads(file.read_text())
    assert {"id": "abc_1234", "plan": 2, "observed": 1, "price": 2.0, "arrays": ["12"]}.items() <= said.items()
    assert said["scheduler"] == cluster.scheduler_address
    assert datetime.fromisoformat(said["at"]).astimezone(UTC) <= datetime.now(UTC)
    assert (len(said["rows"]), said["main"], said["most"]) == (2, 2, 5), "the panel draws what the widget does"
    assert said["work"] == [{"name": "sum", "done": 3, "failed": 0, "total": 4}]
    assert said["waits"] == "1 of 2 here, 1 waiting: others are ahead (Priority)"
    written = file.stat().st_ino
    await told.look()
    assert file.stat().st_ino == written, "nothing is new"
    cluster.scale(3)
    await told.look()
    assert json.loads(file.read_text())["plan"] == 3


async def test_the_slider_goes_no_further_than_the_budget(folder: Path) -> None:
    cluster = Standing(folder)
    told = Told(cluster)  # type: ignore[arg-type]
    assert told._facts(cluster.shown())["most"] == SLIDER, "not looked up yet"
    await told.look()
    assert told._facts(cluster.shown())["most"] == 5, "3 GPU-hours are free, and one more takes one"
    cluster.scale(7)
    assert told._facts(cluster.shown())["most"] == 10, "what it has is paid for"


WHY = ["others are ahead (Priority)", "no estimate of when"]
USED = {"memory": 1, "memory_limit": 2, "cpu": 3.0, "gpu": None, "gpu_memory": None}


def test_a_worker_is_told_in_words_with_what_it_uses(folder: Path) -> None:
    first, second = Standing(folder).shown().lines()
    assert (first["state"], first["use"]) == ("at-work", USED)
    assert (second["state"], second["details"], second["use"]) == ("waiting", WHY, None)
    states = [
        Row("w", "", None, False),
        Row("w", "1", WAITS, False),
        Row("w", "1", replace(WAITS, state="RUNNING"), False),
        Row("w", "1", replace(WAITS, state="FAILED"), False),
        Row("w", "1", replace(WAITS, state="RUNNING"), True),
    ]
    assert [one.state for one in states] == ["asked", "waiting", "starting", "ended", "at-work"]
    assert WAITS.phase is Phase.WAITING


#: What Dask has of the driver (`distributed.diagnostics.nvml.real_time`).
DRIVER = {"utilization": 40, "memory-used": 5}


def test_what_a_worker_uses_is_of_all_its_processors() -> None:
    worker = SimpleNamespace(
        name="w-0", metrics={"cpu": 150.0, "memory": 7, "gpu": DRIVER}, memory_limit=10, nthreads=2
    )
    new = SimpleNamespace(name=1, metrics={}, memory_limit=0, nthreads=2)
    found = uses(SimpleNamespace(workers={"tls://a": worker, "tls://b": new}))
    assert found == {"w-0": Use(7, 10, 75.0, 40, 5), "1": Use(None, None, None)}
    assert uses(None) == {}
