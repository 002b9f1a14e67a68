"""`advise()` on data that are known: pandas, one GPU, several, or workers without any; and its reasons in words."""

from __future__ import annotations

import math

import pytest
import scale_material as material
from hypothesis import given
from hypothesis import strategies as st

from aif import advice
from aif.data.held import Held

GB = 10**9


def data(gigabytes: float) -> Held:
    return Held(files=3, rows=1_200_000, disk=round(gigabytes * GB / 3), memory=round(gigabytes * GB))


def test_little_data_stay_where_they_are() -> None:
    said = advice.advice(data(0.4), material.place("cpu", ""))
    assert (said.choice, said.count, said.gpu_hours) == ("pandas", 1, 0)
    assert repr(said) == "pandas is enough: these data take about 400 MB of memory."


def test_what_pandas_has_no_room_for_goes_to_the_smallest_gpu_that_has() -> None:
    said = advice.advice(data(2), material.place("cpu", ""))
    assert (said.choice, said.size, said.count) == ("gpu", "slice", 1)
    assert 0 < said.gpu_hours < 0.1
    assert advice.advice(data(5), material.place("cpu", "")).size == "gpu"


def test_what_fits_no_gpu_is_shared_among_as_many_as_hold_it() -> None:
    said = advice.advice(data(60), material.place())
    assert (said.choice, said.size) == ("gpus", "gpu")
    assert said.count == math.ceil(60 * advice.GPU_PEAK / (80 * advice.USABLE)) == 3
    assert said.sentence.startswith("3 GPUs with dask-cudf: “One GPU”, about ")


def test_its_price_is_in_the_unit_of_the_budget() -> None:
    """A worker of two cores and a GPU: its core-hours are twice its GPU-hours."""
    said = advice.advice(data(60), material.in_cores())
    assert (said.unit, said.cost) == ("core-hour", pytest.approx(2 * said.gpu_hours))
    assert "core-hours a run" in said.sentence
    assert "kernuur" not in said.sentence


def test_without_gpus_workers_share_it_or_pandas_has_patience() -> None:
    facts = material.facts("cpu", "")
    facts["scale"]["sizes"] = [{**material.CPU, "memory_mb": 200_000}]
    place = material.parse(facts)
    assert advice.advice(data(20), place).choice == "pandas"
    said = advice.advice(data(100), place)
    assert (said.choice, said.size, said.gpu_hours) == ("workers", "cpu", 0)
    assert said.count == math.ceil(100 * GB * advice.PEAK / (200_000 * 2**20 * advice.USABLE))


def test_the_reasons_name_rows_sizes_and_memory_in_the_sessions_language() -> None:
    english = advice.advice(data(2), material.place("cpu", ""))
    assert "Files: 3, with 1,200,000 rows. On disk: 666.7 MB. In memory: about 2 GB." in english.why
    assert "“Small GPU part” has 10 GB of GPU memory" in english.why
    assert "<li>" in english._repr_html_()
    dutch = advice.advice(data(2), material.place("cpu", "", language="nl"))
    assert "Bestanden: 3, met 1.200.000 rijen. Op schijf: 666,7 MB." in dutch.why
    assert dutch.sentence.startswith("Eén GPU met cudf.pandas")


def test_a_name_of_a_size_is_never_markup() -> None:
    facts = material.facts("cpu", "")
    facts["scale"]["sizes"] = [{**material.CPU, "title": "<b>No</b>"}]
    assert "<b>" not in advice.advice(data(1), material.parse(facts))._repr_html_()


@given(st.floats(min_value=0, max_value=10_000), st.floats(min_value=1, max_value=10))
@pytest.mark.parametrize("profile", ["cpu", "slice", "gpu"])
def test_more_data_never_need_less(profile: str, gigabytes: float, factor: float) -> None:
    place = material.place(profile, "" if profile == "cpu" else "h100")
    order = ["pandas", "gpu", "gpus"]
    less, more = advice.advice(data(gigabytes), place), advice.advice(data(gigabytes * factor), place)
    assert order.index(less.choice) <= order.index(more.choice)
    assert less.count <= more.count
    assert less.gpu_hours <= more.gpu_hours + 1e-9
