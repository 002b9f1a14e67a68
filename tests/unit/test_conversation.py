"""The hub's talk with a running launcher: many questions, one process, and what becomes of them when it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest
from fake_launcher import fake_launcher, launcher
from fake_launcher import no_launcher_is_left as no_launcher_is_left

from aif.core.errors import LaunchUnknown
from aif_hub import conversation
from aif_hub.conversation import Conversation, ConversationOver

SESSION = "0" * 32


async def test_many_questions_are_answered_by_one_process_in_the_order_in_which_it_is_ready() -> None:
    talk = await Conversation.begin(
        fake_launcher("time.sleep(0.2 / number); say(f'{os.getpid()} ' + question.decode())")
    )
    order: list[int] = []

    async def ask(i: int) -> bytes:
        answer = await talk.ask(b"q%d" % i)
        order.append(i)
        return answer

    answers = [answer.split() for answer in await asyncio.gather(*map(ask, range(4)))]
    talk.end()
    await talk.ended()
    assert [text for _, text in answers] == [b"q0", b"q1", b"q2", b"q3"]
    assert len({pid for pid, _ in answers}) == 1
    assert order[0] != 0


async def test_who_waits_when_it_dies_learns_so_with_its_last_words_and_the_next_question_starts_another() -> None:
    work = "sys.stderr.write('sudo: time is over'); sys.stderr.flush(); os._exit(1)"
    desk = launcher(fake_launcher(f"if b'fatal' in question: {work}\nsay(json.dumps({{'job_id': os.getpid()}}))"))
    first = await desk.find(login="a", session=SESSION)
    assert await desk.find(login="b", session=SESSION) == first
    with pytest.raises(LaunchUnknown, match="time is over"):
        await desk.find(login="fatal", session=SESSION)
    assert await desk.find(login="a", session=SESSION) not in (first, None)


async def test_a_launcher_that_is_killed_from_outside_is_replaced() -> None:
    desk = launcher(fake_launcher("say(json.dumps({'job_id': os.getpid()}))"))
    first = await desk.find(login="a", session=SESSION)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    for _ in range(2):  # the first may be asked before the hub has noticed
        try:
            assert await desk.find(login="a", session=SESSION) not in (first, None)
        except LaunchUnknown:
            continue
        break
    else:
        raise AssertionError("no other launcher was started")


async def test_it_is_let_go_when_nobody_asks_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "IDLE_SECONDS", 0.05)
    talk = await Conversation.begin(fake_launcher("say(question.decode())"))
    assert await talk.ask(b"x") == b"x\n"
    await asyncio.wait_for(talk.ended(), 10)
    assert talk.over
    with pytest.raises(ConversationOver):
        await talk.ask(b"y")


async def test_an_answer_that_nobody_waits_for_any_more_goes_to_nobody_else() -> None:
    talk = await Conversation.begin(
        fake_launcher("time.sleep(0.3 if question == b'slow' else 0); say(question.decode())")
    )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(talk.ask(b"slow"), 0.05)
    assert await talk.ask(b"quick") == b"quick\n"
    await asyncio.sleep(0.4)  # the late answer comes
    assert await talk.ask(b"again") == b"again\n"
    talk.end()
    await talk.ended()


@pytest.mark.parametrize("line", ["'no number'", "7", "'x' * 300_000"])
async def test_what_no_launcher_would_say_ends_it(line: str) -> None:
    script = f"import sys; sys.stdin.buffer.readline(); print({line}, flush=True); sys.stdin.read()"
    talk = await Conversation.begin([sys.executable, "-ISc", script])
    with pytest.raises(ConversationOver):
        await talk.ask(b"x")
    await talk.ended()
