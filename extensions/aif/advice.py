"""`advise()`: where data are best worked on, in one sentence, with its reasons when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from pathlib import Path

from aif.core.ledger.allocation import GPU_HOUR
from aif.data.held import Held, held
from aif.scale.place import Place, Size, parse
from aif.session import told
from aif.widgets.figures import Speech, speech

GB, MB = 1e9, 1e6
#: How much memory a group-by, a join and a sort take at their worst, the data included, over that of the data alone;
#: and how long reading and all three take. Both for pandas, by `./aif bench advise` (3.0 and 26) and a little room.
PEAK, PANDAS_SECONDS_PER_GB = 3.5, 30.0
#: The same for cuDF, from its makers' guidance until the bench has run on a GPU.
GPU_PEAK, GPU_SECONDS_PER_GB = 3.0, 1.5
#: Of a memory, so much is for data: the rest is the system's, the kernel's, and for what was not foreseen.
USABLE = 0.8
#: Whoever waits for less than this in pandas gains nothing that is worth another session.
PATIENCE_SECONDS = 60.0
#: Until workers have come and have read their part.
START_SECONDS = 180.0


@dataclass(frozen=True)
class Advice:
    """One answer: `choice` is ``pandas``, ``gpu`` (one, with cudf.pandas), ``gpus`` (dask-cudf) or ``workers`` (Dask).

    `size` is the workbench's size to take, `count` how many of it; `gpu_hours` is what one run takes about, and `cost`
    what that is in `unit`, in which the budget that pays is kept.
    """

    choice: str
    size: str
    count: int
    gpu_hours: float
    data: Held
    sentence: str
    reasons: tuple[str, ...]
    cost: float = 0.0
    unit: str = GPU_HOUR

    def __repr__(self) -> str:
        return self.sentence

    @property
    def why(self) -> str:
        """The reasons, a line each."""
        return "\n".join(self.reasons)

    def _repr_html_(self) -> str:
        reasons = "".join(f"<li>{escape(line)}</li>" for line in self.reasons)
        return f"<p><strong>{escape(self.sentence)}</strong></p><ul>{reasons}</ul>"


def advise(data: str | Path | Iterable[str | Path]) -> Advice:
    """Where these files are best worked on: with pandas here, on one GPU, or on several.

    `data` is a path, a pattern, a folder, or several of these, of Parquet or CSV files. Of Parquet only the footers are
    read. Raises NotInASession outside the workbench, and NoData where there is none.

    >>> from aif import advise
    >>> advise("data/*.parquet")  # doctest: +SKIP
    pandas is enough: these data take about 400 MB of memory.
    """
    return advice(held(data), told(parse, "advise()"))


def advice(data: Held, place: Place) -> Advice:
    """The same of data that are known, by the sizes of that place."""
    words = speech(place.language)
    pandas_seconds = data.memory / GB * PANDAS_SECONDS_PER_GB
    here = next((one for one in place.sizes if one.name == place.size), None)
    room = here.memory_mb * 2**20 * USABLE if here else math.inf
    fits = data.memory * PEAK <= room
    gpus = sorted((one for one in place.sizes if one.gpus and one.gpu_memory_gb), key=lambda one: one.gpu_price)
    reasons = [
        words.say(
            "advice.data",
            files=data.files,
            rows=f"{data.rows:,}".replace(",", words.words["number.group"]),
            disk=_size(data.disk, words),
            memory=_size(data.memory, words),
        ),
        words.say("advice.peak", factor=words.amount(PEAK), memory=_size(data.memory * PEAK, words)),
        words.say("advice.pandas.time", time=words.length(timedelta(seconds=pandas_seconds))),
    ]
    if here:
        reasons.append(words.say("advice.here", title=here.title, memory=words.amount(here.memory_mb / 1024)))

    def made(choice: str, size: Size | None, count: int, each: float = 0.0) -> Advice:
        cost = float(size.price) * count * each if size else 0.0
        sentence = words.say(
            f"advice.{choice}",
            memory=_size(data.memory, words),
            title=size.title if size else "",
            count=count,
            price=words.amount(cost),
            unit=words.unit(place.unit),
        )
        took = float(size.gpu_price) * count * each if size else 0.0
        name = size.name if size else ""
        return Advice(choice, name, count, took, data, sentence, tuple(reasons), cost, place.unit)

    if fits and (pandas_seconds <= PATIENCE_SECONDS or not gpus):
        return made("pandas", here, 1)
    if not gpus:
        return made("workers", *_several(data, [one for one in place.sizes if not one.gpus] or list(place.sizes)))
    reasons.append(words.say("advice.gpu.peak", factor=words.amount(GPU_PEAK)))
    for size in gpus:
        if data.memory * GPU_PEAK <= size.gpu_memory_gb * GB * USABLE:
            reasons.append(words.say("advice.gpu.has", title=size.title, memory=size.gpu_memory_gb))
            return made("gpu", size, 1, _hours(data, 1))
    size = gpus[-1]
    count = math.ceil(data.memory * GPU_PEAK / (size.gpu_memory_gb * GB * USABLE))
    reasons.append(words.say("advice.gpu.has", title=size.title, memory=size.gpu_memory_gb))
    return made("gpus", size, count, _hours(data, count))


def _size(count: float, words: Speech) -> str:
    """Bytes in the unit that people know files by."""
    return f"{words.amount(count / GB)} GB" if count >= GB else f"{words.amount(count / MB)} MB"


def _several(data: Held, sizes: list[Size]) -> tuple[Size, int]:
    size = max(sizes, key=lambda one: one.memory_mb)
    return size, math.ceil(data.memory * PEAK / (size.memory_mb * 2**20 * USABLE))


def _hours(data: Held, count: int) -> float:
    """How long one run takes: the start, and the work shared among the GPUs."""
    seconds = START_SECONDS + data.memory / GB * GPU_SECONDS_PER_GB / count
    return seconds / 3600
