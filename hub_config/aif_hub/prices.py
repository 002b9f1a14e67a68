"""What a start costs at most, in words: in the unit of the budget that pays, wherever a page says it."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from aif.core.request import JobRequest
from aif.core.site import Profile, Site
from aif_hub import words
from aif_hub.paying import price_of
from aif_hub.speech import _


def at_most(size: JobRequest | Profile, minutes: int, unit: str) -> str:
    """What so many minutes of it cost in `unit`, in GPU-hours where only Slurm knows that; empty where nothing."""
    hours, in_gpus = Fraction(minutes, 60), size.gpus * size.gpu_weight
    price = price_of(size, unit)
    if not price and not in_gpus:
        return ""
    return words.at_most(in_gpus * hours) if price is None else words.at_most(price * hours, unit)


def runs(size: JobRequest | Profile, minutes: int, unit: str) -> str:
    """How long it runs and what it costs, as a sentence."""
    cost, length = at_most(size, minutes, unit), words.length(timedelta(minutes=minutes))
    if not cost:
        return _("It runs for {length} at most and costs no GPU-hours.").format(length=length)
    return _("It runs for {length} at most and costs at most {cost}.").format(length=length, cost=cost)


def unit_of(request: JobRequest, site: Site) -> str:
    """The unit of what pays for it: GPU-hours where the site states nothing of that."""
    return next((one.unit for one in site.allocations if one.name == request.allocation), "gpu-hour")
