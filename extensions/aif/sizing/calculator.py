"""The calculator: one measured run and a person's own numbers, as figures for code and as a form in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from aif.allocation import Allocation, NoFigures, allocation
from aif.scale.place import parse
from aif.session import NotInASession, spoken, told
from aif.sizing import application as text
from aif.sizing import modes as access
from aif.sizing import shown
from aif.sizing.estimate import ASSUMED, Assumed, Estimate, Measured, Range, Wish, estimate
from aif.sizing.modes import Mode
from aif.widgets.bundle import Bundle, bundle


class Calculator:
    """What `wish` takes by what was `measured`. A form in a notebook changes `wish`, and all else follows it.

    `budget` is the allocation that pays for this session, where it is known. Amounts are GPU-hours of whole GPUs.
    """

    def __init__(
        self,
        measured: Measured,
        wish: Wish,
        assumed: Assumed = ASSUMED,
        modes: Sequence[Mode] = (),
        budget: Allocation | None = None,
        language: str = "",
    ) -> None:
        self.measured = measured
        self.wish = wish
        self.assumed = assumed
        self.modes = tuple(modes) or access.known()
        self.budget = budget
        self.language = language
        self.on = date.today()
        self._widget: Any = None

    @property
    def estimate(self) -> Estimate:
        """All that follows: hours of one run and of all sessions, GPU-hours, days."""
        return estimate(self.measured, self.wish, self.assumed)

    @property
    def gpu_hours(self) -> Range:
        """GPU-hours of all runs together."""
        return self.estimate.gpu_hours

    @property
    def low(self) -> float:
        """GPU-hours if all goes well."""
        return self.gpu_hours.low

    @property
    def likely(self) -> float:
        """GPU-hours that are likely."""
        return self.gpu_hours.likely

    @property
    def high(self) -> float:
        """GPU-hours if it does not go well."""
        return self.gpu_hours.high

    @property
    def mode(self) -> Mode | None:
        """The access mode to begin with; None where none fits, or where there is nothing to apply for."""
        return access.proposed(self.estimate, access.of(self.wish.who, self.modes))

    def application(self, language: str = "") -> str:
        """Text to paste into an application, in `language` or else the session's; what only you know is in brackets."""
        return text.application(self, language or self.language)

    def __repr__(self) -> str:
        return shown.text(self)

    def _repr_html_(self) -> str:
        return shown.html(self)

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        """A form where widgets are; the same figures in words where they are not."""
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            from aif.widgets.calculator import form
        except ImportError:  # an environment of one's own, without anywidget
            return static, {}
        if self._widget is None or self._widget.comm is None:
            self._widget = form(self)
        live, metadata = bundle(self._widget)
        return {**live, **static}, metadata


def calculator(
    *,
    seconds: float,
    size: float,
    own: float | None = None,
    runs: float = 100,
    unit: str = "",
    on: str = "",
    gpus: float | None = None,
    at_once: float = 1,
    who: str = "company",
    assumed: Assumed = ASSUMED,
    modes: Sequence[Mode] = (),
    language: str = "",
) -> Calculator:
    """What it takes to do what took `seconds` for `size` of `unit`, for `own` as many, `runs` times.

    `gpus` is what one run uses, as budgets count: left out, what this session does, and a whole GPU outside one. Left
    out, `own` is ten times `size`. `on` says what the run was timed on, ``cpu`` or ``gpu``. `who` is ``company`` or
    ``science``. `assumed` replaces our assumptions, `modes` the access modes. Raises BadNumber for what nothing can be
    calculated from.
    """
    wish = Wish(
        own=size * 10 if own is None else own,
        runs=runs,
        gpus=_price() if gpus is None else gpus,
        at_once=at_once,
        who=who,
    )
    measured = Measured(seconds, size, unit, on)
    return Calculator(measured, wish, assumed, modes, _budget(), language or spoken())


# Below: the parts -----------------------------------------------------------------------------------------------------


def _price() -> float:
    """GPU-hours that an hour of this session costs; 1 where that is not known."""
    try:
        place = told(parse, "calculator()")
    except NotInASession:
        return 1.0
    return next((float(one.gpu_price) for one in place.sizes if one.name == place.size), 1.0)


def _budget() -> Allocation | None:
    try:
        held = allocation()
    except (NoFigures, NotInASession):
        return None
    return held if held.unit == "gpu-hour" and held.free_to_plan is not None else None
