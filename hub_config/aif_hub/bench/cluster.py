"""`aif bench cluster`: our clusters beside stock dask-jobqueue, on the same Slurm, in a real session, in one run.

Both have workers with a small GPU part each, and are driven by the data kernel's Python as the same person.

- `sbatch_calls_scale50`, `stock_sbatch_calls_scale50`: submissions that slurmctld counted for `scale(50)`.
- `time_to_10_over_stock`: from `scale(10)` until ten workers are at work, ours over stock's; medians of `--rounds`,
  each of one after the other.
- `adaptive_rpcs_over_stock`: questions of that person to slurmctld while a cluster that adapts between no and four
  workers has bursts of work with pauses, for `--seconds`. Ours also looks at its workers' jobs, which stock does not.
- Told on the way, and no figure: of three workers that Slurm refuses, how many the person hears of.
- `faults`, `wrong_results`, `zombies_over_60s`, `unexplained_over_30s`: what `cluster_chaos.py` finds while so many
  things happen to ours as `--faults` says, in the order that `--seed` gives.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aif.core.workers import JOB_NAME
from aif_hub.bench import measure
from aif_hub.bench.as_kernel import InSession
from aif_hub.bench.cluster_chaos import chaos
from aif_hub.bench.course import course, say
from aif_hub.bench.rig import Rig, rig, until
from aif_hub.demo import people
from aif_hub.demo.commands import run
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance

SHORT, ACCOUNT, SIZE = "bakker", "mobility01", "slice"
#: Minutes of the session, which is to outlast everything.
SESSION_MINUTES = 12 * 60
SUBMISSION = "REQUEST_SUBMIT_BATCH_JOB"
PROGRAM = Path(__file__).with_name("clustering.py")


def main(args: Sequence[str]) -> int:
    """The exit status; figures on stdout, progress on stderr."""
    options = _parser().parse_args(args)

    def figures(inst: Instance) -> dict[str, Any]:
        login = next(entry["name"] for entry in people.listed(inst) if entry["short"] == SHORT)
        with rig(inst, (login,), None, None) as made:
            return _run(made, login, options)

    return course(options, figures)


def _run(made: Rig, login: str, options: argparse.Namespace) -> dict[str, Any]:
    say("starting our hub and a session")
    session = InSession.begin(made, login, SESSION_MINUTES)
    beside = {} if options.faults_only else _beside_stock(_Driver(session), options)
    return beside | chaos(session, options.faults, options.seed)


def _beside_stock(driver: _Driver, options: argparse.Namespace) -> dict[str, Any]:
    calls = {kind: driver.submissions(kind, 50) for kind in ("ours", "stock")}
    say(f"scale(50): {calls['ours']} submissions, stock {calls['stock']}")
    heard = {kind: driver.refusals(kind, 3) for kind in ("ours", "stock")}
    say(f"three workers refused by Slurm: told of {heard['ours']}, stock {heard['stock']}")
    took: dict[str, list[float]] = {"ours": [], "stock": []}
    for _ in range(options.rounds):
        for kind, times in took.items():
            with driver.part(kind, "arrive", 10) as seconds:
                times.append(seconds)
        say(f"ten workers: {took['ours'][-1]:.1f} s, stock {took['stock'][-1]:.1f} s")
    asked = {kind: driver.questions(kind, options.seconds) for kind in ("ours", "stock")}
    say(f"adaptive for {options.seconds} s: {asked['ours']} questions, stock {asked['stock']}")
    return {
        "sbatch_calls_scale50": calls["ours"],
        "stock_sbatch_calls_scale50": calls["stock"],
        "time_to_10_over_stock": round(statistics.median(took["ours"]) / statistics.median(took["stock"]), 2),
        "adaptive_rpcs_over_stock": round(asked["ours"] / asked["stock"], 2),
    }


class _Driver:
    """Runs parts of `clustering.py` as the person, in their session."""

    def __init__(self, session: InSession) -> None:
        self._session, self._made, self._login = session, session.made, session.login
        size = session.size(SIZE)
        self._facts = {
            "size": SIZE,
            "address": session.public["address"],
            "partition": size["partition"],
            "gpu_type": size["gpu_type"],
            "account": ACCOUNT,
            "job_name": self._made.job_name("stock"),
            "folder": f"{session.home}/.aif",
        }

    @contextmanager
    def part(self, kind: str, part: str, number: int) -> Iterator[Any]:
        """What the part said; its cluster stays until the end of the block, and nothing of it after that."""
        log = self._made.folder / f"{kind}-{part}.log"
        process = self._session.program(PROGRAM, kind, part, str(number), json.dumps(self._facts), log=log)
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            line = process.stdout.readline()
            if not line:
                raise DemoError(f"The {kind} cluster ended by itself: {log.read_text()[-2000:]}")
            yield json.loads(line)["value"]
        finally:
            process.communicate(timeout=120)  # the end of its input closes the cluster
            until(lambda: self._jobs(kind) == 0, f"the end of all workers of the {kind} cluster", 120)

    def submissions(self, kind: str, number: int) -> int:
        """How often slurmctld was asked to take jobs until it had so many."""
        measure.forget_rpcs(self._made)
        with self.part(kind, "scale", number):
            until(lambda: self._jobs(kind) == number, f"{number} workers of the {kind} cluster in the queue", 180, 0.5)
            return measure.rpcs(self._made).get(SUBMISSION, 0)

    def refusals(self, kind: str, number: int) -> int:
        """Of how many workers the person is told that Slurm did not take them, while their partition takes no jobs."""
        update = ("scontrol", "update", f"partitionname={self._facts['partition']}")
        run([*update, "state=inactive"], env=self._made.inst.slurm_env)
        try:
            with self.part(kind, "refused", number) as told:
                return int(told)
        finally:
            run([*update, "state=up"], env=self._made.inst.slurm_env)

    def questions(self, kind: str, seconds: int) -> int:
        """Of the person to slurmctld, while such a cluster adapts."""
        measure.forget_rpcs(self._made)
        with self.part(kind, "adapt", seconds):
            return measure.asked_by(self._made, self._login)

    def _jobs(self, kind: str) -> int:
        name = JOB_NAME if kind == "ours" else self._facts["job_name"]
        return len(
            run(
                ["squeue", "-h", "-r", "-u", self._login, "-n", name, "-o", "%A"], env=self._made.inst.slurm_env
            ).split()
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aif bench cluster", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    given = Path(os.environ.get("AIF_PREFIX", "/opt/aif/demo"))  # from `aif bench --instance NAME`
    parser.add_argument("--prefix", type=Path, default=given, help=f"the instance whose Slurm is used ({given})")
    parser.add_argument("--rounds", type=int, default=3, help="of ten workers, ours and stock's (default: 3)")
    parser.add_argument("--seconds", type=int, default=300, help="of adaptive work, ours and stock's (default: 300)")
    parser.add_argument("--faults", type=int, default=100, help="that happen to ours (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="of their order, lengths and victims (default: 1)")
    parser.add_argument("--faults-only", action="store_true", help="leave out what is measured beside stock")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
