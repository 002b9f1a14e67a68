"""Is there a GPU that calculates right? `python -m aif_kernels.selftest` says it in one line and by its exit status.

Importing CuPy or cuDF proves nothing: both import on a machine without a GPU. So a real sum is done and compared.
"""

import sys
from dataclasses import dataclass
from importlib.util import find_spec

WORKS, WRONG, NO_DEVICE, NO_LIBRARY = 0, 1, 2, 3
SIZE = 1024


@dataclass(frozen=True)
class Finding:
    """What was found: an exit status, a sentence for people, and whether cuDF can be used here."""

    status: int
    sentence: str
    cudf: bool = False

    def __bool__(self) -> bool:
        return self.status == WORKS


def examine() -> Finding:
    """Looks for a usable device and lets it multiply two matrices; never raises."""
    if find_spec("cupy") is None:
        return Finding(NO_LIBRARY, "This kernel has no GPU software (CuPy); it calculates on the processor.")
    try:
        import cupy

        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as fault:  # each driver and release has its own exception for "none"
        return Finding(NO_DEVICE, f"No usable GPU here: {_one_line(fault)}.")
    if not count:
        return Finding(NO_DEVICE, "No usable GPU here: the driver counts 0 devices.")
    try:
        return _calculation()
    except Exception as fault:
        return Finding(WRONG, f"A GPU is here, but it could not calculate: {_one_line(fault)}.")


def _calculation() -> Finding:
    import cupy
    import numpy

    left, right = numpy.random.default_rng(1).random((2, SIZE, SIZE))
    here = left @ right
    there = cupy.asnumpy(cupy.asarray(left) @ cupy.asarray(right))
    properties = cupy.cuda.runtime.getDeviceProperties(0)
    name, gigabytes = properties["name"].decode(), properties["totalGlobalMem"] / 1024**3
    if not numpy.allclose(here, there):
        off = float(abs(here - there).max())
        return Finding(WRONG, f"The GPU ({name}) calculates wrong: off by {off:.2g}. Tell the operator.")
    return Finding(
        WORKS, f"The GPU works: {name}, {gigabytes:.0f} GB, same result as NumPy.", find_spec("cudf") is not None
    )


def _one_line(fault: Exception) -> str:
    return (" ".join(str(fault).split()) or type(fault).__name__).rstrip(".")[:200]


def main() -> int:
    """Prints the sentence; 0 works, 1 calculates wrong, 2 no device, 3 no GPU software."""
    finding = examine()
    print(finding.sentence)
    return finding.status


if __name__ == "__main__":
    sys.exit(main())
