"""`aif test`: checks and tests of a checkout, on an instance of its own that lives beside any other."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from aif_hub.demo import beside, bring_up, instance, machine, packages, take_down
from aif_hub.demo.environments import Builder
from aif_hub.demo.errors import DemoError, NoInstance
from aif_hub.demo.instance import Instance
from aif_hub.demo.progress import Progress, write_details_to

CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
)
HOUR = 3600.0
#: After this the tests are ended, whatever they do: CI ends everything ten minutes later.
LONGEST = 80 * 60.0
#: What a person waits for while they work on the code: tests of Slurm in one process, what needs none of it in the
#: others (`tests/conftest.py`), since they wait most of their time.
QUICK = ("-n", "3", "-m", "not slow")
#: Who waits for all of it sees at the end what they waited for. What competes there is the instances' own.
WHOLE = ("-n", "2", "--durations=40", "--durations-min=5")


def instance_name(source: Path) -> str:
    """A name for this checkout's own instance, so that the tests of two checkouts never meet: ``"t3f9a1"``."""
    return f"t{zlib.crc32(str(source.resolve()).encode()) % 16**5:05x}"


def run_all(name: str, prefix: Path, source: Path, *, version: str, quick: bool, keep: bool, words: list[str]) -> int:
    """0 if all checks and tests pass. pytest's summary is what is printed last.

    The instance is taken away afterwards; after `quick` it is only stopped, so that the next one is quick too.
    """
    machine.check(name, prefix)
    show = Progress()
    with ThreadPoolExecutor(max_workers=1) as beside, _instance(name, prefix, source, version, quick, keep) as up:
        test_env = up.prepare(show)
        checks = beside.submit(_run_checks, test_env, source)
        up.start(show)
        if not quick and all(word.startswith("-") for word in words):  # all tests, however told
            up.start_second(show)
        failed = _report(checks, show)
        tests = _run_tests(test_env, up.running, quick, words)
    return tests or failed


class _Bringing:
    """The trial's instance, in two halves: the test environment first, so that the checks run beside the rest.

    All tests together get a second instance for the browser, beside tests that stop the first one's Slurm.
    """

    def __init__(self, name: str, prefix: Path, source: Path, version: str) -> None:
        self.name, self.prefix, self.source, self.version = name, prefix, source, version
        self.running: list[Instance] = []

    def prepare(self, show: Progress) -> Path:
        """The environment with the tests' tools, our code editable in it; and a browser."""
        absent = packages.missing((*packages.NEEDED, *packages.FOR_TESTS))
        if absent:
            with show.step(f"Debian packages ({len(absent)} missing)"):
                packages.install(absent)
        with bring_up.only_one(self.name):
            inst = bring_up.decided(self.name, self.prefix, self.source, None, False)
            self.prefix.mkdir(parents=True, exist_ok=True)
            write_details_to(self.prefix / "log/test.log")
            instance.write(inst, self.version)
            builder = Builder(inst)
            with show.step("Environment of the tests"):
                builder.ensure_tools()
                builder.ensure("test", builder.locks / "test.lock", editable=True)
                builder.ensure_npm("test", self.source / "tests/browser/npm")
        return inst.env("test")

    def start(self, show: Progress) -> None:
        self._start(self.name, self.prefix, show)

    @property
    def _second(self) -> tuple[str, Path]:
        name = f"{self.name[:7]}b"
        return name, self.prefix.with_name(name)

    def start_second(self, show: Progress) -> None:
        """Another one like it, with its software."""
        name, prefix = self._second
        with show.step("Software of a second instance"):
            beside.prepare(self.running[0], name, prefix, self.version)
        self._start(name, prefix, show)

    def _start(self, name: str, prefix: Path, show: Progress) -> None:
        self.running.append(
            bring_up.bring_up(
                name, prefix, self.source, version=self.version, port=None, dev=False, yes=True, show=show
            )
        )

    def end(self, *, stop: bool, remove: bool) -> None:
        """Silently: what the tests said last stays the last."""
        for name, prefix in (self._second, (self.name, self.prefix)):  # the first has the second's software
            try:
                inst = instance.load(name, prefix)
                quiet = Progress(quiet=True)
                with bring_up.only_one(name):
                    if stop:
                        take_down.take_down(inst, quiet)
                    if remove:
                        take_down.take_away(inst, quiet)
            except NoInstance:
                continue
            except DemoError as said:
                print(f"aif: after the tests: {said}", file=sys.stderr)


@contextmanager
def _instance(name: str, prefix: Path, source: Path, version: str, quick: bool, keep: bool) -> Iterator[_Bringing]:
    bringing = _Bringing(name, prefix, source, version)
    try:
        yield bringing
    finally:
        bringing.end(stop=not keep, remove=not (keep or quick))


def _run_checks(test_env: Path, source: Path) -> list[tuple[str, int, str]]:
    """Each check with its exit status and what it said."""
    results = []
    for check in CHECKS:
        done = subprocess.run(
            [str(test_env / "bin" / check[0]), *check[1:]],
            cwd=source,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            env={**os.environ, "PATH": f"{test_env / 'bin'}:{os.environ.get('PATH', '')}"},
        )
        results.append((" ".join(check), done.returncode, (done.stdout + done.stderr).strip()))
    return results


def _report(checks: Future[list[tuple[str, int, str]]], show: Progress) -> int:
    results = checks.result(timeout=HOUR)
    for name, code, said in results:
        show.say(f"  {'✗' if code else '✓'} {name}")
        if code:
            show.say(said)
    return int(any(code for _, code, _ in results))


def _run_tests(test_env: Path, running: list[Instance], quick: bool, words: list[str]) -> int:
    inst, *seconds = running
    book = inst.prefix / "instance.json"
    told = {"AIF_TEST_PREFIX": str(inst.prefix), "AIF_PREFIX": str(inst.prefix), "AIF_INSTANCE_JSON": str(book)}
    for second in seconds:
        told["AIF_SECOND_INSTANCE_JSON"] = str(second.prefix / "instance.json")
    # Compiled once, for both processes and the next run, and not into the checkout.
    told |= {"PYTHONPYCACHEPREFIX": str(inst.prefix / "cache/python"), "PYTHONDONTWRITEBYTECODE": ""}
    kernel = inst.env("kernels/aif-python") / "bin/python"
    if kernel.exists():
        told["AIF_TEST_PYTHON"] = str(kernel)  # runs the tutorials' cells
    argv = [str(test_env / "bin/python"), "-m", "pytest", *(QUICK if quick else WHOLE), *(words or ["tests"])]
    path = f"{test_env / 'bin'}:{os.environ.get('PATH', '')}"
    sys.stdout.flush()
    return subprocess.run(
        argv, cwd=inst.source, env={**os.environ, **told, "PATH": path}, timeout=LONGEST, check=False
    ).returncode
