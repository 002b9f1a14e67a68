"""What a cluster says of a Slurm that refuses or is silent, and when it asks again."""

from __future__ import annotations

import pytest
from clock_material import Clock

from aif.core.errors import SlurmError
from aif.scale import again as again_module
from aif.scale.again import PAUSES, SILENT_SECONDS, Again

NO = SlurmError("sbatch", 1, "sbatch: error: Required partition not available (inactive or drain).")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(again_module.time, "monotonic", made.monotonic)
    return made


def test_a_refusal_is_told_and_asked_about_again_after_longer_and_longer(clock: Clock) -> None:
    again = Again()
    assert (again.trouble, again.may_ask, again.waits) == ("", True, False)
    for pause in (*PAUSES, PAUSES[-1]):
        again.refused(NO)
        assert again.trouble.startswith("Slurm did not take the workers: Required partition not available")
        assert "(inactive or drain). They are asked for again at" in again.trouble
        clock.now += pause - 0.1
        assert not again.may_ask
        clock.now += 0.2
        assert again.may_ask
        assert again.waits


def test_what_is_taken_ends_the_trouble_and_the_next_refusal_begins_anew(clock: Clock) -> None:
    again = Again()
    again.refused(NO)
    again.refused(NO)
    again.owed = {"w-0": {}}
    again.taken()
    assert (again.trouble, again.owed, again.waits) == ("", {"w-0": {}}, False)  # that was somebody else's
    again.refused(NO)
    clock.now += PAUSES[0]
    assert again.may_ask


def test_a_silence_is_told_once_it_is_long_and_nothing_is_asked_for_meanwhile(clock: Clock) -> None:
    again = Again()
    again.silent()
    assert (again.trouble, again.may_ask, again.waits) == ("", False, True)
    clock.now += SILENT_SECONDS
    again.silent()
    assert again.trouble.startswith("Slurm has not answered since")
    again.heard()
    assert (again.trouble, again.may_ask, again.waits) == ("", True, False)


def test_it_speaks_the_language_of_the_session(clock: Clock) -> None:
    again = Again("nl")
    again.refused(NO)
    assert again.trouble.startswith("Slurm heeft de workers niet aangenomen: Required")
