"""T12: whatever lies in a home, a session's server starts without any of it; it is a kernel that is its person's."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import Any

import pytest
from launcher_desk import Desk
from notebook_client import Notebook
from person_client import Person
from threats import Attempts
from traps import IPYTHON, mark, planted, pythons, traps

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T12")]

#: What a page of JupyterLab asks of its server before anybody opens a notebook.
ASKED = ("api/contents", "api/kernelspecs", "api/nbconvert", "api/sessions", "lab/api/settings", "lab/api/translations")


async def test_nothing_in_a_home_runs_before_the_kernel(instance: dict[str, Any], attempts: Attempts) -> None:
    person, desk = Person(instance, "class15"), Desk(instance)
    person.stop_all()
    home, versions = Path(pwd.getpwnam(person.login).pw_dir), pythons(Path(instance["prefix"]))
    marks = home / ".marks-of-t12"
    files = traps(home, marks, versions)

    def ran() -> set[str]:
        return {path.name for path in marks.iterdir()}

    with planted(person.login, files, marks):
        try:
            person.start({"profile": "cpu"})
            base = f"user/{person.login}/"
            page = person.page(f"{base}lab").decode()
            answers = {path: person.page(f"{base}{path}").decode() for path in ASKED}
            told = ran()
            for path in files:
                attempts.check(mark(path.relative_to(home)) not in told, f"{path} was run")
            attempts.check("trap_of_t12" not in page, "JupyterLab's page has an extension of the home's")
            attempts.check('"path": "trap"' in answers["api/contents"], "the server shows another folder than the home")
            async with Notebook(person) as notebook:
                assert await notebook.run("print(6 * 7)") == "42\n"
            # The traps do work: what a kernel runs is its person's, and so is what their own shell runs.
            assert set(map(mark, IPYTHON)) <= ran()
            for argv in (("/bin/bash", "-l", "-c", "true"), ("/usr/bin/python3", "-c", "pass")):
                assert desk.run_as(person.login, *argv).returncode == 0
            customized = f".local/lib/python{versions[0]}/site-packages/usercustomize.py"
            assert {".bash_profile", mark(customized)} <= ran()
        finally:
            person.stop_all()
