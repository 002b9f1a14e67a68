"""One submission for all that is asked in a moment, and one cancellation; with the commands replaced by a record."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aif.core.errors import SlurmError, SlurmUnreachable
from aif.core.site import Cluster
from aif.core.slurm import Call
from aif.scale import arrays as arrays_module
from aif.scale.again import Again
from aif.scale.arrays import MOST_IN_ARRAY, NAMES_LINE, Arrays, cancellation, submission

SCRIPT = f"#!/bin/bash\n#SBATCH -n 1\n{NAMES_LINE}\nexec worker\n"


class Slurm:
    """Takes everything, or what `refuse` says; remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[Call[Any]] = []
        self.refuse: list[SlurmError | None] = []
        self.queue: list[str] = []  # what each squeue answers; nothing once all are given
        self.garbage: list[bool] = []  # whether sbatch or scancel answers with a page of another program's
        self.cancelled = asyncio.Event()

    async def arun(self, call: Call[Any], _cluster: Cluster) -> Any:
        self.calls.append(call)
        await asyncio.sleep(0)
        if call.argv[0] == "scancel":
            self.cancelled.set()
        if self.refuse and (error := self.refuse.pop(0)) is not None:
            raise error
        if call.argv[0] == "squeue":
            return call.parse("ARRAY_JOB_ID|COMMENT\n" + (self.queue.pop(0) if self.queue else ""))
        if self.garbage and self.garbage.pop(0):
            return call.parse("<html>(2 Bad Gateway\n")
        return call.parse(f"{100 + len(self.calls)};demo\n" if call.argv[0] == "sbatch" else "")

    def argv(self, command: str) -> list[tuple[str, ...]]:
        return [one.argv for one in self.calls if one.argv[0] == command]


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch) -> Slurm:
    made = Slurm()
    monkeypatch.setattr(arrays_module, "arun", made.arun)
    monkeypatch.setattr(arrays_module, "_TRIES", (0.0, 0.0))
    return made


@pytest.fixture
def arrays() -> Arrays:
    return Arrays(Cluster("demo", "/etc/slurm/slurm.conf"), "aif-x7", Again())


SILENT = SlurmUnreachable("sbatch", -1, "no answer within 20 s")


async def test_fifty_workers_are_one_submission_and_each_has_its_own_name(slurm: Slurm, arrays: Arrays) -> None:
    ids = await asyncio.gather(*(arrays.submit(SCRIPT, f"w-{number}") for number in range(50)))
    assert slurm.argv("sbatch") == [("sbatch", "--parsable", "--array=0-49", "--comment=aif-x7/1")]
    assert ids == [f"101_{index}" for index in range(50)]
    assert "AIF_NAMES=(w-0 w-1 w-2 " in slurm.calls[0].stdin
    assert NAMES_LINE not in slurm.calls[0].stdin
    assert arrays.bases == {"101"}


async def test_what_differs_or_is_too_much_for_one_array_goes_apart(slurm: Slurm, arrays: Arrays) -> None:
    many = [arrays.submit(SCRIPT, f"w-{number}") for number in range(MOST_IN_ARRAY + 1)]
    other = arrays.submit(SCRIPT.replace("-n 1", "-n 2"), "v-0")
    await asyncio.gather(*many, other)
    assert [argv[2] for argv in slurm.argv("sbatch")] == ["--array=0-999", "--array=0-0", "--array=0-0"]


async def test_a_refusal_reaches_all_who_asked_and_the_next_are_asked_for_anew(slurm: Slurm, arrays: Arrays) -> None:
    slurm.refuse = [SlurmError("sbatch", 1, "Invalid account")]
    found = await asyncio.gather(*(arrays.submit(SCRIPT, f"w-{n}") for n in range(3)), return_exceptions=True)
    assert [getattr(one, "said", one) for one in found] == ["Invalid account"] * 3
    assert await arrays.submit(SCRIPT, "w-3") == "102_0"


async def test_a_name_cannot_say_anything_to_the_shell(slurm: Slurm, arrays: Arrays) -> None:
    await arrays.submit(SCRIPT, "w); rm -rf ~; (")
    assert "AIF_NAMES=('w); rm -rf ~; (')" in slurm.calls[0].stdin


async def test_who_no_longer_waits_leaves_no_job_behind(slurm: Slurm, arrays: Arrays) -> None:
    asked = asyncio.create_task(arrays.submit(SCRIPT, "w-0"))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await asyncio.wait_for(slurm.cancelled.wait(), 10)
    assert slurm.argv("scancel") == [("scancel", "-Q", "101_[0]")]


async def test_those_of_one_array_are_cancelled_in_one_word(slurm: Slurm, arrays: Arrays) -> None:
    await asyncio.gather(*(arrays.cancel(one) for one in ("12_3", "12_1", "7_0")))
    assert slurm.argv("scancel") == [("scancel", "-Q", "12_[1,3]", "7_[0]")]


async def test_what_runs_may_leave_in_its_time_and_is_cancelled_after_it(
    slurm: Slurm, arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays.runs = {"12_3", "7_0"}.__contains__
    await asyncio.gather(*(arrays.leave(one) for one in ("12_3", "12_1", "7_0")))
    told = ("scancel", "-Q", "--batch", "--signal=TERM", "12_[3]", "7_[0]")
    assert slurm.argv("scancel") == [("scancel", "-Q", "12_[1]"), told], "what waits has nothing to clear away"
    assert arrays.leaving

    monkeypatch.setattr(arrays_module, "LEAVING_SECONDS", 0.0)
    slurm.cancelled.clear()
    await arrays.leave("7_0")
    while len(slurm.argv("scancel")) < 4:
        slurm.cancelled.clear()
        await asyncio.wait_for(slurm.cancelled.wait(), 10)
    assert slurm.argv("scancel")[2:] == [(*told[:4], "7_[0]"), ("scancel", "-Q", "7_[0]")]


async def test_a_controller_that_is_away_is_asked_again(slurm: Slurm, arrays: Arrays) -> None:
    slurm.refuse = [SlurmUnreachable("scancel", 1, "Unable to contact slurm controller")]
    await arrays.cancel("12_3")
    assert len(slurm.argv("scancel")) == 2


async def test_a_submission_without_an_answer_is_found_by_its_comment(slurm: Slurm, arrays: Arrays) -> None:
    slurm.refuse, slurm.queue = [SILENT], ["77|(null)\n78|aif-x7/1\n79|aif-x77/1\n"]
    ids = await asyncio.gather(*(arrays.submit(SCRIPT, f"w-{number}") for number in range(2)))
    assert ids == ["78_0", "78_1"]
    assert arrays.bases == {"78"}
    assert len(slurm.argv("sbatch")) == 1, "what Slurm has is not asked for twice"


async def test_what_slurm_does_not_have_is_submitted_again_under_another_number(slurm: Slurm, arrays: Arrays) -> None:
    slurm.refuse, slurm.queue = [SILENT], ["", "55|aif-x7/1\n"]
    assert await arrays.submit(SCRIPT, "w-0") == "103_0"
    assert [argv[-1] for argv in slurm.argv("sbatch")] == ["--comment=aif-x7/1", "--comment=aif-x7/2"]
    await arrays.drop_late()
    assert slurm.argv("scancel") == [("scancel", "-Q", "55")], "the first came after all, and nobody wants it"
    asked = len(slurm.calls)
    await arrays.drop_late()
    assert len(slurm.calls) == asked, "nothing is in doubt any more"


async def test_a_slurm_that_stays_away_is_told_to_who_asked(slurm: Slurm, arrays: Arrays) -> None:
    slurm.refuse = [SILENT] * 4
    with pytest.raises(SlurmUnreachable):
        await arrays.submit(SCRIPT, "w-0")
    assert len(slurm.argv("sbatch")) == 1
    assert not arrays._again.may_ask


async def test_a_submission_that_is_answered_with_garbage_may_be_there_and_is_looked_for(
    slurm: Slurm, arrays: Arrays
) -> None:
    slurm.garbage, slurm.queue = [True], ["78|aif-x7/1\n"]
    assert await arrays.submit(SCRIPT, "w-0") == "78_0"
    assert len(slurm.argv("sbatch")) == 1


async def test_a_cancellation_that_is_answered_with_garbage_is_asked_for_again(slurm: Slurm, arrays: Arrays) -> None:
    slurm.garbage = [True]
    await arrays.cancel("12_3")
    assert len(slurm.argv("scancel")) == 2


async def test_a_comment_of_the_persons_own_stays_in_front(slurm: Slurm, arrays: Arrays) -> None:
    await arrays.submit(SCRIPT.replace("-n 1", "--comment=mine\n#SBATCH -n 1"), "w-0")
    assert slurm.argv("sbatch")[0][-1] == "--comment=mine aif-x7/1"


@pytest.mark.parametrize("said", ["", "no", "12 13", "12;demo;x y"])
def test_an_answer_without_a_job_id_is_an_error(said: str) -> None:
    with pytest.raises(SlurmError, match="without a job id"):
        submission(SCRIPT, ["w-0"], "aif-x7/1").parse(said)


def test_an_id_without_an_index_is_cancelled_too() -> None:
    assert cancellation(["12_0"]).argv[-1] == "12_[0]"
