"""What work of one's own would take: from one measured run to GPU-hours, the access mode, and text for an application.

>>> from aif.sizing import calculator
>>> mine = calculator(seconds=90, size=2_000_000, own=50_000_000, runs=200, unit="rows", gpus=1)
>>> print(f"{mine.low:.0f} to {mine.high:.0f}, likely {mine.likely:.0f} GPU-hours")
156 to 714, likely 271 GPU-hours
>>> mine.mode.name
'Playground'
>>> print(mine.application("nl"))  # doctest: +SKIP

A notebook shows it as a form that answers while numbers are typed. `aif.sizing.estimate` has the formulas.
"""

from aif.sizing.calculator import Calculator, calculator
from aif.sizing.estimate import ASSUMED, Assumed, BadNumber, Measured, Range, Wish
from aif.sizing.modes import Mode, known

__all__ = ["ASSUMED", "Assumed", "BadNumber", "Calculator", "Measured", "Mode", "Range", "Wish", "calculator", "known"]
