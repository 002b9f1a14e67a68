"""The words people read: reasons, ends, refusals, times and amounts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from aif.core.request import JobRequest
from aif.core.states import EndCause
from aif_hub import prices, reasons, words

NOW = datetime.fromisoformat("2027-04-01T14:30:00+02:00")


def request(gpus: int = 1, weight: Fraction = Fraction(1, 7)) -> JobRequest:
    return JobRequest(
        profile="slice",
        title="Small GPU part",
        cluster="demo",
        account="inspect01",
        qos="",
        partition="mig",
        minutes=120,
        cpus=2,
        memory_mb=4096,
        gpus=gpus,
        gpu_type="h100_1g.10gb" if gpus else "",
        gpu_weight=weight,
    )


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("Resources", "Waiting for a free GPU part."),
        ("Priority", "Others are ahead of you."),
        ("QOSGrpBillingMinutes", "Inspection pilot does not have enough budget left for 2 h"),
        ("AssocGrpBillingRunMinutes", "already claim the rest of its budget"),
        ("AssocGrpGRES", "Inspection pilot already uses as much at once as it may."),
        ("QOSMaxJobsPerUserLimit", "as much at once as one person may"),
        ("PartitionTimeLimit", "longer than this kind of session may take"),
        ("ReqNodeNotAvail,_Reserved_for_maintenance", "Maintenance is planned"),
        ("ReqNodeNotAvail, UnavailableNodes:gpu01", "switched off or being repaired"),
        ("Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved", "switched off or being repaired"),
        ("Reservation", "class's reservation"),
        ("ReservationDeleted", "is gone"),
        ("JobHeldAdmin", "paused by an operator"),
        ("launch failed requeued held", "has failed, and Slurm holds it back"),
        ("DependencyNeverSatisfied", "can never start"),
        ("BeginTime", "in a moment"),
        ("", "looking for a free GPU part"),
        ("None", "looking for a free GPU part"),
    ],
)
def test_each_pending_reason_is_told_in_plain_words(reason: str, says: str) -> None:
    assert says in reasons.why(reason, request(), "Inspection pilot").text


def test_an_unknown_reason_is_named_rather_than_guessed() -> None:
    said = reasons.why("SomethingNew", request(), "Inspection pilot")
    assert said.text == "Slurm says: SomethingNew."


def test_the_standard_term_stays_one_step_below() -> None:
    said = reasons.why("QOSGrpBillingMinutes", request(), "Inspection pilot")
    assert said.term == "QOSGrpBillingMinutes"
    assert said.term not in said.text


def test_what_is_waited_for_follows_the_size() -> None:
    assert reasons.place_for(request(0)) == "a free place"
    assert reasons.place_for(request(1, Fraction(1))) == "a free GPU"
    assert reasons.place_for(request(4, Fraction(1))) == "four free GPUs in one computer"


@pytest.mark.parametrize("cause", list(EndCause))
@pytest.mark.parametrize("ran", [True, False])
def test_every_end_has_words_and_a_next_step_or_needs_none(cause: EndCause, ran: bool) -> None:
    word, said = words.ended(cause, request(), "mig01", "12:52", ran)
    assert word
    assert "12:52" in said.text
    assert said.todo or not ran


def test_memory_and_time_limits_are_told_with_their_figures() -> None:
    assert "4 GB" in words.ended(EndCause.OUT_OF_MEMORY, request(), "mig01", "12:52", True)[1].text
    assert "2 h" in words.ended(EndCause.TIME_LIMIT, request(), "mig01", "12:52", True)[1].text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 418, 429, 500, 502, 503, 504, 599])
def test_every_http_status_has_a_headline_and_a_way_on(status: int) -> None:
    title, said = words.refused(status)
    assert title
    assert said.todo


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (timedelta(hours=2), "16:30"),
        (timedelta(hours=12), "02:30 tomorrow"),
        (timedelta(hours=-15), "23:30 yesterday"),
        (timedelta(days=3), "14:30 on Sun 4 Apr"),
    ],
)
def test_a_clock_time_says_the_day_when_it_is_not_today(after: timedelta, says: str) -> None:
    assert words.clock(NOW + after, NOW) == says


def test_amounts_are_short_and_never_show_nothing_for_something() -> None:
    shown = [words.amount(Fraction(x)) for x in ("0", "1/1000", "2/7", "4", "0.5", "499.71", "12300")]
    assert shown == ["0", "under 0.01", "0.29", "4", "0.5", "499.7", "12,300"]


def test_a_price_is_told_per_hour() -> None:
    assert prices.an_hour(Fraction(1, 7), "gpu-hour") == "0.14 GPU-hours per hour"
    assert prices.an_hour(Fraction(1), "gpu-hour") == "1 GPU-hour per hour"
    assert prices.an_hour(Fraction(), "gpu-hour") == "Costs no GPU-hours"


def test_no_sentence_shouts_begs_or_blames() -> None:
    texts = [
        *(row[1] + row[2] for row in reasons._WAITING),
        *(said.text + said.todo for _, said in (words.refused(status) for status in words._REFUSED)),
        *(
            said.text + said.todo
            for cause in EndCause
            for _, said in [words.ended(cause, request(), "mig01", "12:52", True)]
        ),
    ]
    for text in texts:
        assert not re.search(r"!|\bplease\b|\boops\b|\bsorry\b", text, re.IGNORECASE), text


def test_a_sentence_begins_large_and_dutch_drops_the_first_accent() -> None:
    assert [reasons.capital(text) for text in ("one session", "één sessie", "")] == ["One session", "Eén sessie", ""]
