"""The parts of `aif bench cluster` that need no Slurm: who asked it how often."""

from __future__ import annotations

from typing import Any

import pytest

from aif_hub.bench.clustering import REFUSAL, refused
from aif_hub.bench.measure import asked_of_controller, parse_askers, parse_rpcs

#: Of sdiag 22.05.8, shortened.
SDIAG = """*******************************************************
sdiag output at Tue Nov 24 23:58:01 2026 (1795564681)
*******************************************************
Server thread count:  1
Remote Procedure Call statistics by message type
\tREQUEST_PARTITION_INFO                  ( 2009) count:85     ave_time:356    total_time:30306
\tREQUEST_SUBMIT_BATCH_JOB                ( 4003) count:3      ave_time:2744   total_time:8232
\tMESSAGE_NODE_REGISTRATION_STATUS        ( 1002) count:41     ave_time:200    total_time:8200

Remote Procedure Call statistics by user
\tdemo-bakker    (    1610) count:12     ave_time:552    total_time:6626
\troot           (       0) count:85     ave_time:356    total_time:30306
\t993            (     993) count:68     ave_time:467    total_time:31781

Pending RPC statistics
\tNo pending RPCs
"""


def test_each_person_is_counted_by_name_and_by_nothing_else() -> None:
    assert parse_askers(SDIAG) == {"demo-bakker": 12, "root": 85, "993": 68}


def test_what_a_hub_and_its_people_ask_is_told_from_what_others_do() -> None:
    hub = SDIAG.replace("993            (", "aif-demo       (")
    assert asked_of_controller(hub, "aif-demo", "demo") == 80
    assert asked_of_controller(hub, "aif-de", "de") == 0, "another instance, whose name begins alike"


def test_submissions_are_counted_apart_and_daemons_not_at_all() -> None:
    assert parse_rpcs(SDIAG) == {"REQUEST_PARTITION_INFO": 85, "REQUEST_SUBMIT_BATCH_JOB": 3}


def test_nothing_asked_is_nobody() -> None:
    assert parse_askers("") == {}


class Refusing:
    """A cluster whose Slurm takes nothing: it raises that, shows it, or says nothing of it, as `how` says."""

    def __init__(self, how: str) -> None:
        self._how = how

    def scale(self, number: int) -> None:
        if self._how == "raises":
            raise RuntimeError(f"{number} were not taken")

    def get_client(self) -> Refusing:
        return self

    def wait_for_workers(self, number: int, timeout: float) -> None:
        raise TimeoutError(f"{number} have not come within {timeout} s")

    def __repr__(self) -> str:
        return f"0 workers; Required {REFUSAL} (inactive or drain)" if self._how == "shows" else "0 workers"


@pytest.mark.parametrize(("how", "told"), [("raises", 3), ("shows", 3), ("says nothing", 0)])
def test_who_is_refused_is_told_by_what_is_raised_or_shown_and_by_no_waiting(how: str, told: int) -> None:
    made: Any = Refusing(how)
    assert refused(made, 3) == told
