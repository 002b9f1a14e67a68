"""`backend()`: whether data frames and arrays are computed by the GPU or the processor here, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from aif.core.sentence import Sentence
from aif.refusals import Refusal
from aif.session import told
from aif.widgets.figures import speech

#: What Dask calls them: ``dataframe.backend`` and ``array.backend``.
ARRAYS = {"cudf": "cupy", "pandas": "numpy"}


class NoSuchBackend(Refusal):
    """A backend that was asked for and cannot be: what was asked, what is allowed, what to do."""


@dataclass(frozen=True)
class Backend:
    """Which library is behind data frames and which behind arrays, as Dask names them, and why."""

    dataframe: str
    array: str
    why: str

    def __repr__(self) -> str:
        return f"{self.dataframe} + {self.array}: {self.why}"

    def use(self) -> None:
        """Has Dask make its data frames and arrays with these, from now on in this kernel."""
        import dask

        dask.config.set({"dataframe.backend": self.dataframe, "array.backend": self.array})


def backend(choice: str | None = None, *, workers_have_gpus: bool | None = None) -> Backend:
    """cuDF and CuPy where this session has a GPU that works and this kernel has both; else pandas and NumPy.

    `choice` overrides it: ``"pandas"`` or ``"cudf"``. `workers_have_gpus` says it of a cluster's workers, which must
    have what the notebook has. Raises NotInASession outside the workbench, and NoSuchBackend for ``"cudf"`` where it
    could not work or another word.

    >>> from aif import backend
    >>> backend()  # doctest: +SKIP
    pandas + numpy: this session has no GPU.
    """
    return told(lambda facts: chosen(facts, choice, workers_have_gpus), "backend()")


def chosen(
    facts: dict[str, Any],
    choice: str | None = None,
    workers_have_gpus: bool | None = None,
    has: Callable[[str], bool] = lambda name: find_spec(name) is not None,
    works: Callable[[], bool] = lambda: _works(),
) -> Backend:
    """The same for a session with these facts, in a kernel that `has` such packages and whose GPU `works`."""
    words = speech(str(facts.get("language", "")))
    against = _against(facts, workers_have_gpus, has, works)
    if choice not in (None, *ARRAYS):
        raise NoSuchBackend(
            Sentence("backend={name} was asked for.", name=repr(choice)),
            Sentence("There are {names}.", names=", ".join(map(repr, ARRAYS))),
            Sentence("Choose one of these."),
        )
    if choice == "cudf" and against:
        raise NoSuchBackend(
            Sentence("backend={name} was asked for.", name="'cudf'"),
            words.say(f"backend.{against}"),
            words.say(f"backend.{against}.do"),
        )
    if choice == "pandas" and not against:
        return Backend("pandas", ARRAYS["pandas"], words.say("backend.chosen"))
    name = "pandas" if against else "cudf"
    return Backend(name, ARRAYS[name], words.say(f"backend.{against or 'gpu'}"))


def _against(
    facts: dict[str, Any], workers_have_gpus: bool | None, has: Callable[[str], bool], works: Callable[[], bool]
) -> str:
    """The first thing that speaks against a GPU; empty where nothing does."""
    if not facts["gpus"]:
        return "no-gpu"
    if facts.get("gpus_emulated"):
        return "pretended"
    if not (has("cudf") and has("cupy")):
        return "no-library"
    if workers_have_gpus is False:
        return "workers"
    return "" if works() else "no-driver"


def _works() -> bool:
    """Whether the driver answers and shows a device."""
    try:
        import cupy

        return int(cupy.cuda.runtime.getDeviceCount()) > 0
    except Exception:  # whatever CUDA says: there is no GPU to compute with
        return False
