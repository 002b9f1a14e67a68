"""Every state and flag of a job, in the words of Slurm 22.05 and of the current release, has a phase and a cause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aif.core.states import PAUSED, STATES, EndCause, Phase, end_cause_of, is_paused, phase_of

# slurm.h and job_state_codes: what `squeue -o %T` and `sacct -o State` print, by release.
BASE_22_05 = (
    "PENDING RUNNING SUSPENDED COMPLETED CANCELLED FAILED TIMEOUT NODE_FAIL PREEMPTED BOOT_FAIL DEADLINE OUT_OF_MEMORY"
)
FLAGS_22_05 = (
    "LAUNCH_FAILED UPDATE_DB REQUEUED REQUEUE_HOLD SPECIAL_EXIT RESIZING CONFIGURING COMPLETING STOPPED RECONFIG_FAIL "
    "POWER_UP_NODE REVOKED REQUEUE_FED RESV_DEL_HOLD SIGNALING STAGE_OUT"
)
SINCE_THEN = "EXPEDITING"
ENDED = {
    "COMPLETED": EndCause.FINISHED,
    "CANCELLED": EndCause.CANCELLED,
    "FAILED": EndCause.FAILED,
    "TIMEOUT": EndCause.TIME_LIMIT,
    "NODE_FAIL": EndCause.NODE_FAILED,
    "PREEMPTED": EndCause.PREEMPTED,
    "BOOT_FAIL": EndCause.NODE_FAILED,
    "DEADLINE": EndCause.TIME_LIMIT,
    "OUT_OF_MEMORY": EndCause.OUT_OF_MEMORY,
    "LAUNCH_FAILED": EndCause.FAILED,
    "RECONFIG_FAIL": EndCause.FAILED,
    "REVOKED": EndCause.CANCELLED,
}
RUNNING = {"RUNNING", "SUSPENDED", "COMPLETING", "STAGE_OUT", "SIGNALING", "STOPPED", "RESIZING"}


@pytest.mark.parametrize("word", f"{BASE_22_05} {FLAGS_22_05} {SINCE_THEN}".split())
def test_every_word_of_slurm_has_one_phase_and_ends_have_a_cause(word: str) -> None:
    if word in ENDED:
        assert (phase_of(word), end_cause_of(word)) == (Phase.ENDED, ENDED[word])
    elif word in RUNNING:
        assert phase_of(word) is Phase.RUNNING
    elif word == "UPDATE_DB":
        assert phase_of(word) is Phase.UNKNOWN
    else:
        assert phase_of(word) is Phase.WAITING


def test_the_table_has_no_word_that_slurm_lacks_but_our_own() -> None:
    assert set(STATES) - set(f"{BASE_22_05} {FLAGS_22_05} {SINCE_THEN}".split()) == {"GONE"}


def test_what_stands_still_has_its_place_and_no_other_word_stands_still() -> None:
    assert {word for word in STATES if is_paused(word)} == PAUSED == {"SUSPENDED", "STOPPED"}
    assert all(phase_of(word) is Phase.RUNNING for word in PAUSED)
    assert not is_paused("")


def test_only_ends_have_a_cause() -> None:
    assert all((cause is not None) == (phase is Phase.ENDED) for phase, cause in STATES.values())


@pytest.mark.parametrize("word", ["CANCELLED by 1003", "CANCELLED+", "cancelled", "Cancelled by 0", " CANCELLED "])
def test_sacct_s_ways_to_write_it_are_understood(word: str) -> None:
    assert (phase_of(word), end_cause_of(word)) == (Phase.ENDED, EndCause.CANCELLED)


@given(st.text(max_size=40))
def test_a_word_that_is_in_no_release_is_unknown_and_never_an_end(word: str) -> None:
    first = word.split(maxsplit=1)[0].rstrip("+").upper() if word.strip() else ""
    if first not in STATES:
        assert phase_of(word) is Phase.UNKNOWN
    assert isinstance(end_cause_of(word), EndCause)
