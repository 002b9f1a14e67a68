"""Sessions' clusters as the looks at their workers show them, what they used, and their end from Home."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hub_material import ScriptedLauncher
from test_workers import LOGIN, MARK, ROW, SESSION, UID, Clock, Slurm, book, clock, launcher, session, slurm, workers

from aif.core.states import EndCause
from aif.core.workers import Worker, WorkerJob, parse_everybodys
from aif_hub.book import Session, SessionBook
from aif_hub.worker_clusters import PATIENCE, ClusterSeen
from aif_hub.workers import Workers

__all__ = ["book", "clock", "launcher", "session", "slurm", "workers"]  # fixtures


def of_cluster(session: str, name: str, array: int, *states: str, minutes: int = 0, uid: int = UID) -> list[Worker]:
    """An array of a cluster's with an element in each state; those that run or ended did so for so many minutes."""
    jobs = [
        WorkerJob(f"{array}_{at}", state, ran=timedelta(minutes=0 if state == "PENDING" else minutes))
        for at, state in enumerate(states)
    ]
    return [Worker(array, uid, session, job, "", name, 1, "h100_1g.10gb") for job in jobs]


@pytest.mark.parametrize(
    ("comment", "named"),
    [
        (f"{SESSION} aif-x7_abcde/3", (SESSION, "aif-x7_abcde")),
        (f"mine {SESSION} aif-x7/1", (SESSION, "aif-x7")),
        (f"{SESSION} <script>/1", (SESSION, "")),
        (f"{SESSION} {'a' * 41}/1", (SESSION, "")),
        (f"{SESSION} no-number", (SESSION, "")),
        ("aif-x7/1", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_row_names_its_cluster(comment: str, named: tuple[str, str]) -> None:
    (found,) = parse_everybodys(ROW.replace(f"mine {SESSION} aif-x7/1", comment), MARK)
    assert (found.session, found.cluster) == named
    assert (found.cpus, found.gpus, found.gpu_type) == (2, 1, "h100")


async def test_clusters_are_told_apart_with_who_is_here_and_who_waits(
    workers: Workers, slurm: Slurm, session: Session, clock: Clock
) -> None:
    mine = session.session
    slurm.workers = (
        *of_cluster(mine, "aif-a", 12, "RUNNING", "RUNNING", "PENDING", minutes=60),
        *of_cluster(mine, "aif-a", 13, "COMPLETED", minutes=30),
        *of_cluster(mine, "aif-b", 14, "PENDING"),
        *of_cluster(mine, "aif-c", 15, "CANCELLED", minutes=7),  # it is over
        *of_cluster(mine, "aif-d", 16, "RUNNING", uid=UID + 1),  # another person's, who wrote this session's id
        *of_cluster("f" * 32, "aif-e", 17, "RUNNING"),
    )
    await workers.look_after_now()
    first, second = workers.clusters_of(session)
    assert first == ClusterSeen("aif-a", here=2, waiting=1, used=Fraction(5, 2) / 7, rate=Fraction(2, 7))
    assert second == ClusterSeen("aif-b", here=0, waiting=1, used=Fraction(), rate=Fraction())
    clock.time += timedelta(minutes=30)
    assert workers.clusters_of(session)[0].used == Fraction(7, 2) / 7, "it goes on until the next look"


async def test_what_ended_workers_used_is_not_forgotten_with_them(
    workers: Workers, slurm: Slurm, book: SessionBook, session: Session
) -> None:
    mine = session.session
    slurm.workers = tuple(of_cluster(mine, "aif-a", 12, "RUNNING", minutes=70))
    await workers.look_after_now()
    slurm.workers = tuple(of_cluster(mine, "aif-a", 13, "RUNNING", minutes=7))
    await workers.look_after_now()
    assert workers.clusters_of(session)[0].used == Fraction(11, 60)
    slurm.workers = ()
    await workers.look_after_now()
    assert workers.clusters_of(session) == ()
    book.close(mine, EndCause.STOPPED)
    await workers.look_after_now()
    assert workers.clusters_of(session) == ()


async def test_whose_workers_came_or_went_hears_of_it_and_nobody_else(
    workers: Workers, slurm: Slurm, book: SessionBook, session: Session
) -> None:
    mine = session.session

    async def looked(*seen: Worker) -> bool:
        news = book.news.about(LOGIN)
        slurm.workers = seen
        await workers.look_after_now()
        return news.is_set()

    assert await looked(*of_cluster(mine, "aif-a", 12, "PENDING"))
    assert not await looked(*of_cluster(mine, "aif-a", 12, "PENDING"))
    assert await looked(*of_cluster(mine, "aif-a", 12, "RUNNING"))
    assert not await looked(*of_cluster(mine, "aif-a", 12, "RUNNING", minutes=9)), "minutes are counted by the page"
    assert not await looked(
        *of_cluster(mine, "aif-a", 12, "RUNNING"), *of_cluster(mine, "aif-b", 13, "RUNNING", uid=UID + 1)
    )
    assert await looked()


async def test_a_cluster_hears_that_it_is_to_end_and_a_deaf_one_is_ended(
    workers: Workers, slurm: Slurm, session: Session, launcher: ScriptedLauncher, clock: Clock, book: SessionBook
) -> None:
    mine = session.session
    slurm.workers = (
        *of_cluster(mine, "aif-a", 12, "RUNNING", "PENDING"),
        *of_cluster(mine, "aif-a", 13, "COMPLETED"),
        *of_cluster(mine, "aif-b", 14, "RUNNING"),
    )
    await workers.tend()
    assert not workers.wish_end(session, "aif-x"), "there is none"
    assert workers.to_end(session) == []
    news = book.news.about(LOGIN)
    assert workers.wish_end(session, "aif-a")
    assert news.is_set()
    assert workers.to_end(session) == ["aif-a"]
    assert [one.stopping for one in workers.clusters_of(session)] == [True, False]
    await workers.tend()
    assert launcher.calls == [], "it has its time"
    clock.time += PATIENCE
    assert workers.wish_end(session, "aif-a"), "asked once more, the time goes on"
    await workers.tend()
    assert launcher.calls == [("cancel", (12,))]
    slurm.workers = tuple(of_cluster(mine, "aif-b", 14, "RUNNING"))
    await workers.tend()
    await workers.tend()
    assert [one.name for one in workers.clusters_of(session)] == ["aif-b"]
    assert launcher.count("cancel") == 1, "they are gone"
    slurm.workers = tuple(of_cluster(mine, "aif-a", 18, "PENDING"))
    await workers.look_after_now()
    await workers.tend()
    assert launcher.calls[-1] == ("cancel", (18,)), "what it asks for anew ends, too"
    book.close(mine, EndCause.STOPPED)
    await workers.look_after_now()
    assert workers.to_end(session) == []
