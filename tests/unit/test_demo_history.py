"""The demo's past: believable, the same each time, and adding up to what the allocations are said to have used."""

from __future__ import annotations

import re
import struct
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from aif.core.ledger.job import JobRecord, parse_tres
from aif.core.ledger.tally import Tally
from aif_hub.demo import history, people, played_in, slurm_archive, slurm_files
from aif_hub.demo.errors import DemoError
from aif_hub.demo.history import HOUR, Size, Wish
from aif_hub.demo.past_queue import PastJob, run_through
from aif_hub.demo.slurm_archive import Ids, Payer

FIRST_DAY = date(2027, 10, 1)
DEMO = people.read(slurm_files.demo_file("people.toml"))
SLICE = Size("mig", 2, 4, 1, "h100_1g.10gb")
WHOLE = Size("gpu", 8, 32, 1, "h100")
FOUR = Size("gpu", 32, 128, 4, "h100")
IDS = Ids(
    {("mobility01", "demo-sem"): 9},
    {"research-mobility01": 12},
    {
        "cpu": 1,
        "mem": 2,
        "node": 4,
        "billing": 5,
        "gres/gpu": 1001,
        "gres/gpu:h100": 1002,
        "gres/gpu:h100_1g.10gb": 1003,
    },
)
SEM = Payer("demo-sem", 3007, "mobility01", "research-mobility01", 500)


def wish(size: Size = WHOLE, submitted: int = 0, hours: float = 1, state: str = "COMPLETED") -> Wish:
    return Wish("mobility01", "sem", "sweep", size, submitted, int(hours * HOUR), state)


@pytest.mark.parametrize("first_day", [FIRST_DAY + timedelta(days=47 * step) for step in range(16)])
def test_each_allocation_has_used_just_what_it_is_said_to_have(first_day: date) -> None:
    jobs = played_in.past_jobs(DEMO, first_day)
    ended = [
        JobRecord(
            job.job_id,
            job.wish.person,
            account=project.account,
            qos=project.qos(grant),
            state=job.wish.state,
            tres={f"gres/gpu:{job.wish.size.gpu_type}": job.wish.size.gpus} if job.wish.size.gpus else {},
            start=datetime.fromtimestamp(job.start, UTC),
            end=datetime.fromtimestamp(job.end, UTC),
            elapsed_seconds=job.end - job.start,
        )
        for job in jobs
        for project in DEMO.projects
        for grant in project.grants
        if grant.named(project.account) == job.wish.allocation
    ]
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None
    settled = {}
    for project in DEMO.projects:
        for grant in project.grants:
            allocation = grant.allocation(project.account, project.qos(project.grants[0]), first_day)
            counted = Tally(allocation, {"h100": Fraction(1), "h100_1g.10gb": Fraction(1, 7)}, zone)
            counted.add(ended)
            settled[allocation.name] = counted.total + allocation.carried_in
            assert settled[allocation.name] == grant.gpu_hours - grant.left
    assert settled["mobility01"] == 12288
    assert settled["inspect01"] == settled["trn0007"] == 0


def test_the_same_day_gives_the_same_past_and_it_is_over_by_then() -> None:
    jobs = played_in.past_jobs(DEMO, FIRST_DAY)
    assert jobs == played_in.past_jobs(DEMO, FIRST_DAY)
    assert max(job.end for job in jobs) <= history.midnight(FIRST_DAY)
    assert [job.job_id for job in jobs] == list(range(1, len(jobs) + 1))
    assert all(job.wish.submitted < job.start < job.end for job in jobs)


def test_real_jobs_are_numbered_after_the_past_ones() -> None:
    first = int(re.search(r"^FirstJobId=(\d+)", slurm_files.demo_file("slurm.conf").read_text(), re.MULTILINE)[1])  # type: ignore[index]
    most = max(len(played_in.past_jobs(DEMO, FIRST_DAY + timedelta(days=day))) for day in range(14))
    assert 300 < most < first


def test_people_work_on_weekdays_and_not_all_of_it_succeeds() -> None:
    jobs = played_in.past_jobs(DEMO, FIRST_DAY)
    days = Counter(datetime.fromtimestamp(job.wish.submitted).weekday() for job in jobs)
    assert max(days[5], days[6]) < min(days[day] for day in range(5))
    states = Counter(job.wish.state for job in jobs)
    assert set(states) == {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY"}
    assert states["COMPLETED"] > len(jobs) * 0.7
    assert {job.wish.person for job in jobs if job.wish.allocation == "mobility01"} == {
        "sem",
        "yara",
        "bakker",
        "visser",
    }


def test_a_job_that_ran_into_its_limit_ran_as_long_as_that() -> None:
    for job in played_in.past_jobs(DEMO, FIRST_DAY):
        assert job.wish.seconds <= job.wish.limit_seconds
        assert job.wish.state != "TIMEOUT" or job.wish.seconds == job.wish.limit_seconds


def test_no_gpu_is_given_to_two_jobs_at_once() -> None:
    jobs = played_in.past_jobs(DEMO, FIRST_DAY)
    for node, gpus in {"gpu01": 4, "gpu02": 4, "gpu03": 4, "mig01": 49}.items():
        here = [job for job in jobs if job.node == node and job.wish.size.gpus]
        changes = sorted(
            change for job in here for change in ((job.start, job.wish.size.gpus), (job.end, -job.wish.size.gpus))
        )
        used = 0
        for _, change in changes:
            used += change
            assert used <= gpus


def test_a_job_waits_while_the_machine_is_full() -> None:
    jobs = run_through([wish(FOUR, at) for at in (0, 10, 20, 30)], 10**9)
    assert [job.start for job in jobs[:3]] == [2, 12, 22]
    assert jobs[3].start == jobs[0].end


def test_what_would_end_too_late_was_submitted_earlier() -> None:
    [job] = run_through([wish(submitted=100_000, hours=5)], 110_000)
    assert job.end <= 110_000


@pytest.mark.parametrize("more", range(8))
def test_lengths_are_stretched_to_the_second(more: int) -> None:
    jobs = [wish(SLICE), wish(WHOLE), wish(FOUR, hours=3), wish(WHOLE, hours=2, state="TIMEOUT")]
    cost = 7 * HOUR * 20 + more
    made = history.stretched(jobs, cost)
    assert sum(one.cost for one in made) == cost
    assert made[3].seconds == 2 * HOUR


def test_an_amount_that_nobody_could_have_used_is_said() -> None:
    with pytest.raises(DemoError, match="off"):
        history.stretched([wish()], 7 * HOUR * 100)
    with pytest.raises(DemoError, match="No habit"):
        history.stretched([], 1)


def unpacked(raw: bytes) -> tuple[tuple[int, int, int, str], list[list[str]]]:
    """What slurmdbd's own reader makes of a file: release, time, kind and cluster, then the texts of each record."""
    release, made_at, kind = struct.unpack_from(">HqH", raw)
    at = struct.calcsize(">HqH")

    def text() -> str:
        nonlocal at
        (length,) = struct.unpack_from(">I", raw, at)
        value = raw[at + 4 : at + 4 + length]
        at += 4 + length
        assert value.endswith(b"\0")
        return value[:-1].decode()

    cluster = text()
    (count,) = struct.unpack_from(">I", raw, at)
    at += 4
    records = [[text() for _ in range(37)] for _ in range(count)]
    assert at == len(raw)
    return (release, made_at, kind, cluster), records


def told(job: PastJob) -> dict[str, str]:
    """The job as it stands in the file, by slurmdbd's names of its columns."""
    head, [record] = unpacked(slurm_archive.archive("demo", [(job, SEM)], IDS, 99))
    assert head == (7936, 99, 1421, "demo")
    return dict(zip(slurm_archive.fields(job, SEM, IDS), record, strict=True))


def test_jobs_are_packed_as_slurmdbd_unpacks_them() -> None:
    said = told(PastJob(7, wish(SLICE, 1_000, 0.5, "CANCELLED"), "mig01", 1_002))
    assert (said["account"], said["id_assoc"], said["id_qos"], said["id_user"]) == ("mobility01", "9", "12", "3007")
    assert (said["time_submit"], said["time_start"], said["time_end"]) == ("1000", "1002", "2802")
    assert (said["timelimit"], said["state"], said["kill_requid"], said["exit_code"]) == ("60", "4", "3007", "0")
    assert said["tres_alloc"] == "1=2,2=4096,4=1,5=1,1001=1,1003=1"
    assert (said["id_job"], said["id_array_task"]) == ("7", "4294967294")


def test_a_job_without_a_gpu_is_billed_nothing() -> None:
    said = told(PastJob(1, wish(Size("cpu", 2, 4)), "mig01", 2))
    assert parse_tres(said["tres_alloc"]) == {"1": 2, "2": 4096, "4": 1}
