"""The climate tutorial's clock for CPU and GPU is fair, shown with a stand-in device, since CuPy needs a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fakehub import REPOSITORY

from aif.tutorials import percent

CELLS = [cell.text for cell in percent.cells((REPOSITORY / "tutorials/08_cloudburst.py").read_text())]


def run(begins: str, names: dict[str, Any]) -> dict[str, Any]:
    """What `names` are after the one cell that begins so."""
    (cell,) = (text for text in CELLS if text.startswith(begins))
    exec(compile(cell, begins, "exec"), names)  # noqa: S102 - what the tutorial says
    return names


def device(seen: list[str]) -> SimpleNamespace:
    """CuPy as far as the cells use it; notes what is asked of it."""
    waits = SimpleNamespace(synchronize=lambda: seen.append("done"))

    def asarray(numbers: object) -> object:
        seen.append("copy")
        return numbers

    return SimpleNamespace(asarray=asarray, cuda=SimpleNamespace(Device=lambda: waits))


@pytest.mark.parametrize(
    ("arrays", "one_run"), [("cupy", ["clock", "job", "done", "clock"]), ("numpy", ["clock", "job", "clock"])]
)
def test_the_clock_is_read_only_when_the_gpu_is_done(arrays: str, one_run: list[str]) -> None:
    seen: list[str] = []
    ticks: Iterator[int] = iter([0, 90, 100, 101, 200, 205, 300, 302, 400, 404, 500, 503])

    def clock() -> int:
        seen.append("clock")
        return next(ticks)

    names = run("def milliseconds", {"arrays": arrays, "xp": device(seen), "time": SimpleNamespace(perf_counter=clock)})
    assert names["milliseconds"](lambda: seen.append("job")) == 3000  # the first run, of 90 s, is left out
    assert seen == 6 * one_run


def test_the_copy_is_counted_in_one_row_and_in_no_other() -> None:
    seen: list[str] = []

    def copies(job: Callable[[], object]) -> int:
        before = len(seen)
        job()
        return seen[before:].count("copy")

    first = SimpleNamespace(nbytes=32e6)
    told = {"milliseconds": copies, "wettest_hour": lambda summer: summer, "first": first, "xp": device(seen)}
    table = SimpleNamespace(round=lambda digits: None)
    told["pd"] = SimpleNamespace(DataFrame=lambda columns: table)
    assert list(run("took = ", {**told, "arrays": "cupy"})["took"].values()) == [0, 1, 0]
    assert list(run("took = ", {**told, "arrays": "numpy"})["took"].values()) == [0]


@pytest.mark.parametrize("gpu", [{}, {"with the copy": 8.0, "without": 0.5}])
def test_what_it_says_is_true_with_and_without_a_gpu(gpu: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    names = {"first": SimpleNamespace(nbytes=32e6), "rain": SimpleNamespace(nbytes=960e6)}
    run("rate = ", {**names, "took": {"processor": 40.0, **gpu}})
    said = capsys.readouterr().out
    assert "One core does 0.80 GB a second. Our 1.0 GB take it 1.2 s." in said
    assert "there would have to be 48 GB" in said
    assert ("5.0 times as fast as that core, 80.0 times without the copy" in said) == bool(gpu)
    assert ("No GPU was timed" in said) != bool(gpu)
