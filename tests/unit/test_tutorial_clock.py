"""Three tutorials' clocks for CPU and GPU are fair, shown with stand-ins, since CuPy and cuDF need a real device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fakehub import REPOSITORY

from aif.tutorials import percent

RAIN, TRAFFIC, SHIPS = "08_cloudburst", "07_delay", "05_ships"
CELLS = {
    name: [cell.text for cell in percent.cells((REPOSITORY / f"tutorials/{name}.py").read_text())]
    for name in (RAIN, TRAFFIC, SHIPS)
}


def run(begins: str, names: dict[str, Any], of: str = RAIN) -> dict[str, Any]:
    """What `names` are after the one cell of that tutorial that begins so."""
    (cell,) = (text for text in CELLS[of] if text.startswith(begins))
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
    ("of", "arrays", "one_run"),
    [
        (RAIN, "cupy", ["clock", "job", "done", "clock"]),
        (RAIN, "numpy", ["clock", "job", "clock"]),
        (TRAFFIC, "", ["clock", "job", "clock"]),  # its job brings the answer back, which waits for the GPU
        (SHIPS, "", ["clock", "job", "clock"]),  # and so does its
    ],
)
def test_the_clock_is_read_only_when_the_gpu_is_done(of: str, arrays: str, one_run: list[str]) -> None:
    seen: list[str] = []
    ticks: Iterator[int] = iter([0, 90, 100, 101, 200, 205, 300, 302, 400, 404, 500, 503])

    def clock() -> int:
        seen.append("clock")
        return next(ticks)

    timed = SimpleNamespace(perf_counter=clock)
    names = run("def milliseconds", {"arrays": arrays, "xp": device(seen), "time": timed}, of)
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


# The tables of the tutorials on traffic and ships ---------------------------------------------------------------------


@pytest.mark.parametrize(("of", "begins"), [(TRAFFIC, "there = "), (SHIPS, "month = ")])
@pytest.mark.parametrize(
    ("frames", "what_each_did"),
    [
        ("pandas", {"processor": ["step"]}),
        (
            "cudf",
            {
                "processor": ["step"],
                "GPU, with the copy": ["copy", "step", "back"],
                "GPU, month already there": ["step", "back"],
            },
        ),
    ],
)
def test_of_tables_too_the_copy_is_counted_in_one_row_and_each_answer_of_the_gpu_is_brought_back(
    of: str, begins: str, frames: str, what_each_did: dict[str, list[str]]
) -> None:
    seen: list[str] = []

    def noted(what: str, gives: object) -> Callable[..., object]:
        def done(*_: object) -> object:
            seen.append(what)
            return gives

        return done

    def steps(job: Callable[[], object]) -> list[str]:
        seen.clear()
        job()
        return list(seen)

    table = SimpleNamespace(round=lambda digits: None)
    names = {
        "frames": frames,
        "first": "month",
        "lengths": "lengths",
        "vans": "vans",
        "one_month": lambda which: "month",
        **dict.fromkeys(("features", "lost_hours"), noted("step", "answer")),
        "in_pandas": noted("back", "table"),
        "milliseconds": steps,
        "xd": SimpleNamespace(DataFrame=noted("copy", "month")),
        "pd": SimpleNamespace(DataFrame=lambda columns: table),
    }
    assert run(begins, names, of)["took"] == what_each_did


@pytest.mark.parametrize("of", [TRAFFIC, SHIPS])
@pytest.mark.parametrize("gpu", [{}, {"with the copy": 20.0, "without": 10.0}])
def test_of_tables_too_what_it_says_is_true(of: str, gpu: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    run("cpu = ", {"took": {"processor": 50.0, **gpu}, "MONTHS": 48}, of)
    said = capsys.readouterr().out
    assert "One core takes 2.4 s for all 48 months" in said
    assert ("2.5 times as fast as that core, 5.0 times without the copy" in said) == bool(gpu)
    assert ("No GPU was timed" in said) != bool(gpu)
