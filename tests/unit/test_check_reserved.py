"""What `aif check` says of sizes that start in a reservation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from operate_material import CPU, SITE, SLICE, configured, is_ok, is_wrong, seen, site

from aif.core.planned import Reservation
from aif_hub.operate import check
from aif_hub.operate.checks import reserved
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, Level
from aif_hub.operate.host_files import Setup
from aif_hub.operate.survey import Survey

NOW = datetime(2027, 4, 1, 12, 0, tzinfo=UTC)
NONE = "No reservations in the system\n"
CLASS = replace(SLICE, reservation="class")


def local(hours: float) -> str:
    """So many hours from NOW, as this machine's clock has it."""
    return f"{(NOW + timedelta(hours=hours)).astimezone():%Y-%m-%d %H:%M}"


def planned(hours: float, name: str = "class") -> Reservation:
    starts = NOW + timedelta(hours=hours)
    return Reservation(name, starts, starts + timedelta(hours=4), frozenset({"mig01"}), maintenance=False)


def test_a_reservation_that_is_on_or_to_come_is_as_it_should_be() -> None:
    is_ok(reserved.reserved(CLASS, [planned(-9, "other"), planned(-1)], NOW))
    assert f"lasts until {local(3)}." in reserved.reserved(CLASS, [planned(-1)], NOW).what
    is_ok(reserved.reserved(CLASS, [planned(20)], NOW))
    assert f"begins at {local(20)}." in reserved.reserved(CLASS, [planned(20)], NOW).what


def test_a_reservation_that_is_over_or_not_there_says_how_to_have_the_size_back() -> None:
    gone = reserved.reserved(CLASS, [planned(-1, "other")], NOW)
    is_wrong(
        gone, "profile.slice: there is no reservation class, so nobody", "create reservation reservationname=class"
    )
    is_wrong(gone, "class", "take reservation out of [[profile]] slice")
    over = reserved.reserved(CLASS, [planned(-5)], NOW)
    is_wrong(over, f"reservation class ended at {local(-1)}, so nobody", "update reservationname=class endtime=")


@pytest.fixture
def look(tmp_path: Path) -> Any:
    """What is said of sizes, with a Slurm that prints `said` and is surveyed as `survey`."""

    def looked(
        *sizes: Any, said: str = "No reservations in the system\n", survey: Survey | None = None
    ) -> list[Finding]:
        scontrol = tmp_path / "scontrol"
        scontrol.write_text(f"#!/bin/sh\nprintf '%s' '{said}'\necho asked >> {tmp_path}/asked\n")
        scontrol.chmod(0o755)
        here = replace(site(*sizes), clusters=(replace(SITE.clusters[0], slurm_bin=str(tmp_path)),))
        sight = Sight(Setup(here, tmp_path / "site.toml"), {"demo": survey or seen()})
        sight.__dict__["is_root"] = False
        return reserved.look(sight)

    return looked


def test_slurm_is_asked_where_a_size_names_one(look: Any, tmp_path: Path) -> None:
    assert look(SLICE, CPU) == []
    assert not (tmp_path / "asked").exists()
    (found,) = look(CLASS, CPU)
    is_wrong(found, "there is no reservation class")
    (found,) = look(CLASS, said="Not an answer.\n")
    is_wrong(found, "does not say its reservations")


def test_what_slurm_hides_is_not_called_gone(look: Any) -> None:
    (found,) = look(CLASS, survey=configured(PrivateData="jobs,reservations"))
    assert found.level is Level.UNSEEN
    assert "root" in found.what


def test_it_is_part_of_the_check() -> None:
    assert reserved in check.SUBJECTS
