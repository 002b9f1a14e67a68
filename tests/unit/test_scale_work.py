"""What a cluster says of its work: bars that only go forward, in words too, and nothing where there is none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from aif.scale.shown import Shown
from aif.scale.work import MOST_KINDS, Work, work_of

STATES = ("released", "waiting", "no-worker", "queued", "processing", "memory", "erred", "forgotten")


class Group:
    """Of tasks of one kind, as Dask has them: `states` says how many are in each state."""

    def __init__(self, **states: int) -> None:
        self.states = dict.fromkeys(STATES, 0) | {state.replace("_", "-"): count for state, count in states.items()}


def scheduler(**kinds: list[Group]) -> Any:
    """As much of Dask's as is asked: the groups of each prefix."""
    prefixes = {name: SimpleNamespace(name=name, groups=groups) for name, groups in kinds.items()}
    return SimpleNamespace(task_prefixes=prefixes)


def test_what_is_done_stays_done_while_the_rest_of_its_kind_is_computed() -> None:
    (before,) = work_of(scheduler(read=[Group(memory=3, processing=2, queued=5)]))
    (after,) = work_of(scheduler(read=[Group(memory=1, forgotten=3, released=1, processing=2, waiting=3)]))
    assert (before, after) == (Work("read", 3, 0, 10), Work("read", 5, 0, 10))


def test_what_failed_is_neither_done_nor_left_out() -> None:
    assert work_of(scheduler(fit=[Group(memory=1, erred=2, no_worker=1)])) == (Work("fit", 1, 2, 4),)


def test_what_nobody_wants_any_more_is_not_shown() -> None:
    assert work_of(scheduler(old=[Group(forgotten=9)], none=[])) == ()
    assert work_of(scheduler(again=[Group(forgotten=9), Group(memory=1)])) == (Work("again", 1, 0, 1),)
    assert work_of(None) == ()


def test_what_is_under_way_stands_first_and_a_long_list_is_cut() -> None:
    done = {f"done{number}": [Group(memory=1)] for number in range(MOST_KINDS)}
    shown = work_of(scheduler(**done, now=[Group(processing=1)]))
    assert [one.name for one in shown] == ["now", *list(done)[: MOST_KINDS - 1]]


def test_a_saved_notebook_and_a_terminal_read_it_in_words() -> None:
    work = (Work("read<b>", 34, 0, 200), Work("fit", 1, 2, 4))
    shown = Shown("aif-w", 2, 2, 2, (), 2.0, 0.5, None, "", False, "en", work)
    assert "  read<b>: 34 of 200 done\n  fit: 1 of 4 done, 2 failed\n" in shown.text()
    assert "read&lt;b&gt;: 34 of 200 done" in shown.html()
    assert "work" not in shown.figures(), "a list of clusters is not written anew for each task"
    dutch = Shown("aif-w", 2, 2, 2, (), 2.0, 0.5, None, "", False, "nl", work)
    assert "fit: 1 van 4 klaar, 2 mislukt" in dutch.text()
