"""Sessions whose time is over, to start or to run; the last of these files, as that takes a minute or two."""

from __future__ import annotations

import pytest
from own_hub import OwnHub
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]


def test_a_session_over_its_time_limit_says_so_in_the_book_and_on_home(own_hub: OwnHub, time_limited: str) -> None:
    own_hub.start()
    ended = own_hub.await_ended(time_limited, seconds=150)
    assert ended["end_cause"] == "time limit"
    until(lambda: not own_hub.server(time_limited), "the hub has let go of the server", 10)
    assert "Time limit reached" in own_hub.browser(time_limited)("/hub/home").text
    assert own_hub.server_tokens(time_limited) == 0


def test_a_server_that_never_answers_is_ended_when_its_start_time_is_over_and_says_so(
    own_hub: OwnHub, never_answering: str
) -> None:
    own_hub.start()
    ended = own_hub.await_ended(never_answering, seconds=60)
    assert (ended["end_cause"], ended.get("ready_at")) == ("never started", None)
    assert "did not answer" in ended["end_note"]
    assert own_hub.state_of(ended["job_id"]) == "CANCELLED"
