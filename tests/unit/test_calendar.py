"""The cluster's calendar from Slurm 22.05's own words, what it allows, and how it says no."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hub_material import request

from aif.core.errors import RequestError
from aif.core.planned import Partition, Reservation, node_names, parse_partitions, parse_reservations
from aif_hub.calendar import Calendar, parse_nodes_by_gpu
from aif_hub.speech import speak

RECORDS = Path(__file__).parent / "records"
NOW = datetime(2027, 4, 1, 12, 0, tzinfo=UTC)
MIG = Partition("mig", 1440, frozenset({"mig01"}))


def reserved(hours: float, lasts: float = 4, nodes: str = "mig01", maintenance: bool = True) -> Reservation:
    starts = NOW + timedelta(hours=hours)
    return Reservation("r", starts, starts + timedelta(hours=lasts), node_names(nodes), maintenance)


def test_partitions_and_reservations_as_slurm_22_05_prints_them() -> None:
    parts = {one.name: one for one in parse_partitions((RECORDS / "partitions-22.05.txt").read_text())}
    assert parts["gpu"] == Partition("gpu", 1440, frozenset({"gpu01", "gpu02", "gpu03"}))
    assert parts["cpu"].nodes == {"gpu01", "gpu02", "gpu03", "mig01"}
    (maintenance,) = parse_reservations((RECORDS / "reservations-22.05.txt").read_text())
    assert maintenance == Reservation(
        "maint1",
        datetime.fromtimestamp(1795534446, UTC),
        datetime.fromtimestamp(1795548846, UTC),
        frozenset({"mig01"}),
        maintenance=True,
    )
    assert parse_reservations("No reservations in the system\n") == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("(null)", []),
        ("", []),
        ("a,b-1", ["a", "b-1"]),
        ("gpu[09-11]", ["gpu09", "gpu10", "gpu11"]),
        ("n[1,3-4]x,m2", ["m2", "n1x", "n3x", "n4x"]),
    ],
)
def test_node_lists(text: str, names: list[str]) -> None:
    assert sorted(node_names(text)) == names


@pytest.mark.parametrize(
    ("reservation", "minutes", "why"),
    [
        (reserved(3), 175, "Maintenance begins at 15:00, so at most 2 h 55 min."),
        (reserved(20), 480, ""),
        (reserved(-1), 0, "Maintenance goes on until 15:00."),
        (reserved(0.05), 0, "Maintenance begins at 12:03."),
        (reserved(-5), 480, ""),
        (reserved(3, nodes="gpu01"), 480, ""),
        (reserved(3, maintenance=False), 480, ""),
    ],
)
def test_maintenance_on_all_nodes_ends_what_can_be_chosen(reservation: Reservation, minutes: int, why: str) -> None:
    cap = Calendar((MIG,), (reservation,)).cap("mig", "", 480, NOW)
    assert (cap.minutes, cap.why) == (minutes, why)


def test_some_nodes_that_stay_are_enough() -> None:
    both = Partition("mig", None, frozenset({"mig01", "mig02"}))
    assert Calendar((both,), (reserved(3),)).cap("mig", "", 480, NOW).minutes == 480


@pytest.mark.parametrize(
    ("reservations", "minutes", "why"),
    [
        ((reserved(2, nodes="mig01"), reserved(3, nodes="mig02")), 175, "Maintenance begins at 15:00, so at most"),
        ((reserved(-1, nodes="mig01"), reserved(-2, nodes="mig02")), 0, "Maintenance goes on until 14:00."),
        ((reserved(-1, nodes="mig01"), reserved(3, nodes="mig02")), 480, ""),  # the first is back when the second goes
        ((reserved(1, 1, "mig01"), reserved(3, nodes="mig02")), 480, ""),
        ((reserved(1, nodes="mig01"), reserved(2, nodes="mig02", maintenance=False)), 480, ""),
        ((reserved(-1, 2, "mig01"), reserved(1, 2, "mig01"), reserved(-1, 3, "mig02")), 0, "goes on until 14:00."),
        ((reserved(1, nodes="mig01"), reserved(2, nodes="mig01")), 480, ""),
    ],
)
def test_reservations_count_together_while_no_node_is_left(
    reservations: tuple[Reservation, ...], minutes: int, why: str
) -> None:
    both = Partition("mig", None, frozenset({"mig01", "mig02"}))
    cap = Calendar((both,), reservations).cap("mig", "", 480, NOW)
    assert cap.minutes == minutes
    assert why in cap.why
    assert bool(why) == bool(cap.why)


def test_in_a_mixed_partition_only_nodes_with_the_sizes_gpus_count() -> None:
    mixed = Partition("all", None, frozenset({"gpu01", "gpu02", "mig01"}))
    types = {"h100": frozenset({"gpu01", "gpu02", "elsewhere"}), "h100_1g.10gb": frozenset({"mig01"})}
    half = Calendar((mixed,), (reserved(3, nodes="gpu01"),), types)
    assert half.cap("all", "", 480, NOW, "h100").minutes == 480
    whole = Calendar((mixed,), (reserved(3, nodes="gpu01"), reserved(2, nodes="gpu02")), types)
    assert whole.cap("all", "", 480, NOW, "h100").minutes == 175
    assert whole.cap("all", "", 480, NOW, "h100_1g.10gb").minutes == 480
    assert whole.cap("all", "", 480, NOW).minutes == 480, "a size without a GPU runs on any"
    assert whole.cap("all", "", 480, NOW, "unheard-of").minutes == 480
    with pytest.raises(RequestError, match="Maintenance begins at 15:00"):
        whole.check(replace(request(minutes=240), partition="all", gpu_type="h100"), NOW)


def test_nodes_by_gpu_as_slurm_22_05_prints_them() -> None:
    text = (RECORDS / "sinfo-gpus-22.05.txt").read_text()
    lines = [("NODELIST", "STATE", "GRES", "GRES_USED"), *(line.split() for line in text.splitlines())]
    found = parse_nodes_by_gpu("\n".join(f"{node:64}{gres:256}" for node, _state, gres, _used in lines))
    assert found == {"h100": {"gpu01", "gpu02", "gpu03"}, "h100_1g.10gb": {"mig01"}}


def test_a_size_with_a_reservation_ends_with_it() -> None:
    cap = Calendar((MIG,), (reserved(-1, maintenance=False),)).cap("mig", "r", 480, NOW)
    assert (cap.minutes, cap.why) == (175, "The time reserved for this size ends at 15:00, so at most 2 h 55 min.")


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar((MIG,), (), {}, frozenset({"r"})),
        Calendar((MIG,), (reserved(-5, maintenance=False),)),
    ],
)
def test_a_size_whose_reservation_is_gone_or_over_cannot_be_started_and_says_what_to_do(calendar: Calendar) -> None:
    cap = calendar.cap("mig", "r", 480, NOW)
    assert (cap.minutes, cap.why) == (0, "It starts only in time reserved for it, and there is none just now.")
    assert calendar.cap("mig", "", 480, NOW).minutes == 480, "other sizes can"
    assert calendar.cap("mig", "other", 480, NOW).minutes == 480
    with pytest.raises(RequestError) as refused:
        calendar.check(replace(request(minutes=60), reservation="r"), NOW)
    assert str(refused.value) == (
        "This size cannot be started just now. It starts only in time reserved for it, and there is none just now. "
        "Choose another size, or ask the operator."
    )
    assert refused.value.code == "reservation"
    calendar.check(request(minutes=60), NOW)


def test_a_reservation_that_is_to_come_is_there() -> None:
    cap = Calendar((MIG,), (reserved(24, maintenance=False),)).cap("mig", "r", 480, NOW)
    assert (cap.minutes, cap.why) == (
        235,
        "The time reserved for this size ends at 16:00 tomorrow, so at most 3 h 55 min.",
    )


def test_partitions_that_are_short_or_closed() -> None:
    short = Partition("mig", 60, frozenset({"mig01"}))
    assert Calendar((short,)).cap("mig", "", 480, NOW).minutes == 60
    closed = Partition("mig", None, frozenset({"mig01"}), up=False)
    assert Calendar((closed,)).cap("mig", "", 480, NOW).minutes == 0
    assert Calendar().cap("mig", "", 480, NOW).minutes == 480


def test_what_does_not_fit_is_refused_in_words() -> None:
    calendar = Calendar((MIG,), (reserved(3),))
    calendar.check(request(minutes=175), NOW)
    with pytest.raises(RequestError) as refused:
        calendar.check(request(minutes=240), NOW)
    assert refused.value.asked == "A session of 4 h is too long just now."
    assert refused.value.allowed == "Maintenance begins at 15:00, so at most 2 h 55 min."
    assert refused.value.todo == "Choose at most 2 h 55 min, or another size."


def test_it_is_refused_in_dutch_too() -> None:
    async def play() -> str:
        speak("nl")
        with pytest.raises(RequestError) as refused:
            Calendar((MIG,), (reserved(-1),)).check(request(minutes=240), NOW)
        return str(refused.value)

    assert "Het onderhoud duurt tot 15.00 uur." in asyncio.run(play())
