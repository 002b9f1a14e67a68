"""`aif bench gpu`: data frame work through a worker of ours, beside the same work without us, on this machine.

In a real session a cluster of one worker does each operation, on cuDF where there is a GPU and on pandas where there is
none (`cudf_s` is null then, and `device` names the processor). The same process does it with cuDF, Polars on all cores,
and pandas. Seconds are the median of warm runs; cold ones are told on standard error.

- `ours_s` over `cudf_s`, or over `pandas_s` without a GPU: what going through a cluster costs.
- `read_s`: reading the file, in our worker; no other operation includes it.
- `floor_s`: the bytes that the operation has to read, over the memory's measured bandwidth.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aif_hub.bench.as_kernel import InSession
from aif_hub.bench.course import course, say
from aif_hub.bench.rig import Rig, rig
from aif_hub.demo import people
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance

SHORT = "bakker"
PROGRAM = Path(__file__).with_name("frames.py")
SESSION_MINUTES = 180
BESIDE = ("cudf_s", "polars_s", "pandas_s")
ORDER = ("operation", "rows", "ours_s", "cudf_s", "polars_s", "pandas_s", "read_s", "floor_s", "device")


def main(args: Sequence[str]) -> int:
    """The exit status; figures on stdout, progress on stderr."""
    options = _parser().parse_args(args)

    def figures(inst: Instance) -> list[dict[str, Any]]:
        login = next(entry["name"] for entry in people.listed(inst) if entry["short"] == SHORT)
        with rig(inst, (login,), None, None) as made:
            return _run(made, login, options.rows)

    return course(options, figures)


def _run(made: Rig, login: str, rows: list[int]) -> list[dict[str, Any]]:
    gpu = (made.inst.env("kernels/aif-gpu") / "bin/python").exists()
    say(f"starting our hub and a session; the work is done by {'cuDF' if gpu else 'pandas: there is no GPU here'}")
    session = InSession.begin(made, login, SESSION_MINUTES, "aif-gpu" if gpu else "aif-python")
    facts = {"folder": f"{session.home}/aif-bench-gpu", "rows": rows, "gpu": gpu, "size": "gpu" if gpu else "cpu"}
    log = made.folder / "frames.log"
    process = session.program(PROGRAM, json.dumps(facts), log=log)
    try:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        found = []
        for line in process.stdout:
            told = json.loads(line)
            found.append({name: _short(told[name]) for name in ORDER})
            beside = ", ".join(f"{name.removesuffix('_s')} {told[name]:.3f}" for name in BESIDE if told[name])
            say(f"  {told['operation']} of {told['rows']:,} rows: {told['ours_s']:.3f} s ({beside})")
        if process.wait(120):
            raise DemoError(f"The program in the session failed: {log.read_text()[-2000:]}")
    finally:
        _end(process)
        shutil.rmtree(facts["folder"], ignore_errors=True)
    return found


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()  # its watchdog ends the worker
        process.wait(30)


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aif bench gpu", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = Path(os.environ.get("AIF_PREFIX", "/opt/aif/demo"))  # from `aif bench --instance NAME`
    parser.add_argument("--prefix", type=Path, default=given, help=f"the instance whose Slurm is used ({given})")
    parser.add_argument(
        "--rows",
        type=int,
        nargs="+",
        default=[2_000_000, 10_000_000],
        help="sizes of the data (default: 2 and 10 million; on a GPU choose the second near its memory)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
