"""`backend()`: the GPU where everything speaks for it, else the processor, with the first reason against it."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
import scale_material as material

from aif.backends import Backend, NoSuchBackend, chosen


def choose(
    choice: str | None = None, workers: bool | None = None, has: bool = True, works: bool = True, **facts: Any
) -> Backend:
    return chosen(material.facts(**facts), choice, workers, has=lambda _: has, works=lambda: works)


def test_the_gpu_computes_where_all_speaks_for_it() -> None:
    assert (choose().dataframe, choose().array) == ("cudf", "cupy")
    assert choose(workers=True).dataframe == "cudf"
    assert repr(choose()) == "cudf + cupy: this session has a GPU, and this kernel has cuDF and CuPy."


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"profile": "cpu", "gpu_type": ""}, "this session has no GPU."),
        ({"gpus_emulated": True}, "the GPUs of this workbench are pretended"),
        ({"has": False}, "this kernel has no cuDF and CuPy."),
        ({"workers": False}, "the cluster's workers have no GPU."),
        ({"works": False}, "the GPU does not answer."),
    ],
)
def test_else_the_processor_does_and_cudf_is_refused_with_what_to_do(changed: dict[str, Any], says: str) -> None:
    found = choose(**changed)
    assert (found.dataframe, found.array) == ("pandas", "numpy")
    assert says in found.why
    with pytest.raises(NoSuchBackend) as refused:
        choose("cudf", **changed)
    assert says in str(refused.value)


def test_pandas_may_be_chosen_and_another_word_may_not() -> None:
    assert choose("pandas") == Backend("pandas", "numpy", "it was asked for.")
    with pytest.raises(NoSuchBackend, match="Choose one of these"):
        choose("polars")


def test_it_speaks_dutch() -> None:
    assert choose(profile="cpu", gpu_type="", language="nl").why == "deze sessie heeft geen GPU."


@pytest.mark.parametrize(("devices", "dataframe"), [(0, "pandas"), (2, "cudf"), (OSError("no driver"), "pandas")])
def test_the_driver_is_asked_for_devices(
    monkeypatch: pytest.MonkeyPatch, devices: int | OSError, dataframe: str
) -> None:
    def count() -> int:
        if isinstance(devices, OSError):
            raise devices
        return devices

    cupy = SimpleNamespace(cuda=SimpleNamespace(runtime=SimpleNamespace(getDeviceCount=count)))
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    assert chosen(material.facts(), has=lambda _: True).dataframe == dataframe
