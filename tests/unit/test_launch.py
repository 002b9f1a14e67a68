"""The hub's side of the launcher: a result, a clear no, or "nothing is known"."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from fake_launcher import fake_launcher, launcher
from fake_launcher import no_launcher_is_left as no_launcher_is_left

from aif.core.errors import LaunchRefused, LaunchUnknown
from aif_hub import launch
from aif_hub.launch import Launcher, StartEstimate, Submitted

SESSION = "0" * 32


def saying(answer: object) -> Launcher:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return launcher(fake_launcher(f"say({text!r})"))


async def submitted(desk: Launcher, login: str = "a") -> Submitted:
    return await desk.submit(login=login, session=SESSION, server="lab", job={}, files={})


async def test_answers_become_typed_results() -> None:
    assert await submitted(saying({"job_id": 5, "adopted": True})) == Submitted(5, True)
    assert await saying({"job_id": 5}).find(login="a", session=SESSION) == 5
    assert await saying({"job_id": None}).find(login="a", session=SESSION) is None
    assert await saying({"cancelled": [1]}).cancel(login="a", job_ids=[1, 2]) == (1,)
    assert await saying({"lines": ["x"]}).log_tail(login="a", session=SESSION) == ("x",)
    assert await saying({"starts_at": None, "message": "no"}).estimate(login="a", job={}) == StartEstimate(None, "no")
    found = await saying({"starts_at": "2030-01-02T03:04:05", "message": ""}).estimate(login="a", job={})
    assert found.starts_at is not None
    assert found.starts_at.utcoffset() is not None
    await saying({}).clean(login="a", session=SESSION)


@pytest.mark.parametrize("code", ["refused", "home", "sbatch"])
async def test_a_clear_no_is_raised_with_its_words(code: str) -> None:
    with pytest.raises(LaunchRefused) as caught:
        await submitted(saying({"error": {"code": code, "message": "Invalid account"}}))
    assert (caught.value.code, caught.value.message) == (code, "Invalid account")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "garbage",
        "[]",
        {},
        {"job_id": "5", "adopted": False},
        {"job_id": True, "adopted": False},
        {"job_id": 0, "adopted": False},
        {"error": "x"},
        {"error": {"code": "unknown", "message": "?"}},
        {"error": {"code": "internal", "message": "?"}},
    ],
)
async def test_anything_else_means_that_nothing_is_known(answer: object) -> None:
    with pytest.raises(LaunchUnknown):
        await submitted(saying(answer))


@pytest.mark.parametrize("answer", [{}, {"job_id": "5"}, {"job_id": True}, {"job_id": 0}])
async def test_a_search_without_a_clear_answer_means_that_nothing_is_known(answer: object) -> None:
    with pytest.raises(LaunchUnknown):
        await saying(answer).find(login="a", session=SESSION)


async def test_the_words_of_sudo_are_passed_on() -> None:
    desk = launcher([sys.executable, "-ISc", "import sys; sys.exit('sudo: a password is required')"])
    with pytest.raises(LaunchUnknown, match="a password is required"):
        await submitted(desk)
    with pytest.raises(LaunchUnknown, match="could not be started"):
        await submitted(launcher(["/no/such/program"]))


async def test_a_launcher_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "SUBMIT_SECONDS", 0.2)
    with pytest.raises(LaunchUnknown, match="no answer"):
        await submitted(launcher(fake_launcher("pass")))


async def test_submissions_are_few_at_once_and_one_a_person(tmp_path: Path) -> None:
    work = (
        f"login = json.loads(question)['login']; here = {str(tmp_path)!r}\n"
        "mine = f'{here}/{login}'; os.close(os.open(mine, os.O_CREAT | os.O_EXCL))\n"
        "time.sleep(0.02); most = len(os.listdir(here)); os.unlink(mine)\n"
        "say(json.dumps({'job_id': most, 'adopted': False}))\n"
    )
    desk = launcher(fake_launcher(work), at_once=2)
    results = await asyncio.gather(*(submitted(desk, login) for login in "aaabbbccc"))
    assert max(result.job_id for result in results) == 2
