"""A hub in which many people are each in another state of the pages at once, on the instance's real Slurm."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from gallery_budgets import budgets
from holding_up import panel, silenced, suspended
from own_hub import OwnHub
from processes import until

#: Whoever has a login and is in no project.
STRANGER = "stranger"
#: What one person is told at once: each kind, the minutes from now in it, and the rest of its data.
TOLD = (
    (
        "budget",
        {"as_of": -1},
        {"percent": 90, "account": "inspect01", "unit": "gpu-hour", "left": "49.9", "limit": "500"},
    ),
    ("gpu-idle", {"since": -17}, {"rate": "1/7", "minutes": 17}),
    ("idle-stop-coming", {"since": -16, "stops": 14}, {"rate": "1/7", "minutes": 16}),
    ("session-ends", {"ends": 4.8}, {"minutes": 5}),
)
#: What is to be accepted here before anything starts, and who has not done so yet.
TERMS = """
[terms]
version = "2026-11"
points = [
  { en = "The workbench is for civilian innovation.", nl = "De workbench is voor civiele innovatie." },
  { en = "Personal data come only with an approval.", nl = "Persoonsgegevens komen alleen met een goedkeuring." },
]
url = { en = "https://example.org/terms", nl = "https://example.org/voorwaarden" }
"""
NEW_HERE = "class12"
#: Whose job is suspended, and whose server does not answer.
PAUSED, SILENT = "class13", "class14"
#: How far Marieke is in the tutorials: what is done of how many, and whether there is a newer version.
LEARNED = (("02_data", 4, 4, False), ("10_parts", 1, 3, True), ("01_spreadsheet", 2, 3, False))
#: Learner 9 has done the first one, and is to choose one of their own sector.
FIRST_DONE = (("01_spreadsheet", 3, 3, False),)
LOG = (
    "[I 2026-11-24 09:02:11.204 ServerApp] Kernel started: 4e2f6b1c",
    "[I 2026-11-24 11:01:58.871 ServerApp] Saving file at /tutorials/01_spreadsheet.ipynb",
    "slurmstepd-mig01: error: *** JOB 118 ON mig01 CANCELLED AT 2026-11-24T11:02:12 DUE TO TIME LIMIT ***",
)


class Gallery(OwnHub):
    """The demo's own site with another address, so that what is seen here is what people see there."""

    place = "gallery"
    terms = TERMS
    config = Path(__file__).with_name("gallery_config.py.in")

    def site(self, values: Mapping[str, Any]) -> str:
        """The demo's site file; what is printed on pages has no folder of this machine in it."""
        text = (self.prefix / "etc/site.toml").read_text()
        texts = {
            "contact": "helpdesk@example.org",
            "state_dir": str(self.state),
            "bind_url": f"http://127.0.0.1:{self.port}",
            "logins": str(self._logins()),
            "slurm_bin": "/usr/bin",
        }
        changed = {key: f'"{value}"' for key, value in texts.items()}
        changed["data_location"] = '{ en = "Groningen, the Netherlands", nl = "Groningen, Nederland" }'
        gate = f'["{self.folder}/gate", "launcher", "sudo", "-n", "{self.folder}/libexec/aif-launch"]'
        changed |= {"api_port": f"{self.api_port}", "proxy_api_port": values["proxy_port"], "launcher": gate}
        changed |= {"look_seconds_starting": "0.5", "look_seconds_idle": "2.0"}
        changed |= {"start_timeout_seconds": "3000"}  # a server is held back for as long as the pages are looked at
        for key, value in changed.items():
            text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
        stated = {one["name"]: one for one in tomllib.loads(text)["allocation"]}
        return re.sub(r"\[\[allocation\]\]\n(?:(?!\[).*\n?)*", "", text) + budgets(stated, date.today()) + self.terms

    def _logins(self) -> Path:
        """The demo's people and one more."""
        people = json.loads((self.prefix / "etc/demo-logins.json").read_text())["people"]
        known = next(person for person in people if person["short"] == "class01")
        people.append({**known, "login": f"{self.name}-{STRANGER}", "short": STRANGER, "name": "Sam Jansen"})
        path = self.folder / "logins.json"
        path.write_text(json.dumps({"people": people}))
        path.chmod(0o644)
        return path

    def password(self, login: str) -> str:
        """The stranger has the class's."""
        return super().password(f"{self.name}-class01" if login.endswith(STRANGER) else login)

    @cached_property
    def _held_up(self) -> ExitStack:
        """What goes on again at the end."""
        return ExitStack()

    # -- states ------------------------------------------------------------------------------------------------------

    def everybody_in_place(self) -> None:
        """Everyone in their state, as the names of these people say: see `STATES` in the tests."""
        self.start()
        people = (
            "marieke",
            "bakker",
            "visser",
            "olga",
            STRANGER,
            *(f"class{number:02}" for number in range(1, 12)),
            PAUSED,
            SILENT,
        )
        for version, accepting in (("2025-03", ("marieke",)), ("2026-11", people)):
            told = {"version": version, "logins": [f"{self.name}-{short}" for short in accepting]}
            assert self.api("POST", "accepted", told).status == 200
        for short in (
            "marieke",
            "class02",
            "class03",
            "class04",
            "class05",
            "class06",
            "class07",
            "class10",
            "class11",
            NEW_HERE,
            PAUSED,
            SILENT,
        ):
            self.use_standin(self.login(short))
        self._past("marieke", "stopped", days=4)
        self._past("marieke", "out of memory", days=2)
        self._past("marieke", "time limit", days=1, minutes=120)
        self._past("class08", "time limit", minutes=120)
        self.fill()
        self.close_gate(f"before-sbatch-{self.login('class05')}")
        for short in ("class06", "class10"):
            self.close_gate(f"server-{self.login(short)}")
        self.close_gate(f"scancel-{self.login('class07')}")
        self._limit("class04", 0)
        for short in ("marieke", "class05", "class06", "class07", "class10", "class11", PAUSED, SILENT):
            assert self.ask_for(self.login(short), profile="slice", minutes=120).status in (201, 202)
        for short in ("class02", "class03", "class04"):  # not 04 for a slice: Slurm would expect no place behind it
            assert self.ask_for(self.login(short), profile="gpu", minutes=120).status in (201, 202)
        broken = self.await_job(self.login("class10"), "RUNNING")
        self.slurm("scancel", "--signal=KILL", "--batch", str(broken["job_id"]))
        for short, holding in ((PAUSED, suspended), (SILENT, silenced)):
            self._held_up.enter_context(holding(self, self.await_ready(self.login(short))))
        self.await_ready(self.login("marieke"))
        self.await_ready(self.login("class07"))
        self.await_ready(self.login("class11"))
        assert self.api("POST", f"tell/{self.login('class11')}", {"notices": TOLD}).status == 200
        for short, far in (("marieke", LEARNED), ("class09", FIRST_DONE)):
            learned = [
                {"name": name, "exercises": count, "done": done, "seen_at": f"2026-11-2{at}T10:00:00Z", "newer": newer}
                for at, (name, done, count, newer) in enumerate(far)
            ]
            assert self.api("POST", f"learned/{self.login(short)}", {"tutorials": learned}).status == 200
        assert self.ask_to_stop(self.login("class07")).status in (202, 204)
        for short in ("class02", "class03", "class04"):
            self.await_job(self.login(short), "PENDING")
        self._as_if_asked("class03", minutes_ago=7)
        self.await_job(self.login("class06"), "RUNNING")
        self.await_at_gate(f"scancel-{self.login('class07')}")
        self.await_ended(self.login("class10"))
        for short, state in ((PAUSED, "paused"), (SILENT, "silent")):
            until(lambda short=short, state=state: panel(self, self.login(short))["state"] == state, f"one is {state}")

    def close(self) -> None:
        """Everything stopped; the limit goes with it."""
        self._held_up.close()
        self._limit("class04", -1)
        super().close()

    def _limit(self, short: str, jobs: int) -> None:
        person = ("user", "where", f"name={self.name}-{short}", "account=trn0007", "set")
        self.slurm("sacctmgr", "-i", "modify", *person, f"MaxJobs={jobs}")

    def fill(self) -> None:
        """All whole GPUs taken, for an hour: whoever asks for one waits and is told until when."""
        login = self.login("class40")
        script = "#!/bin/bash\nexec sleep 3600\n"
        options = ["--partition=gpu", "--gres=gpu:h100:4", "--cpus-per-task=1", "--mem=512M", "--time=60"]
        argv = ["sudo", "-n", "-E", "-u", login, "sbatch", f"--job-name={self.job_name}", "--output=/dev/null"]
        environ = {"PATH": "/usr/bin:/bin", "SLURM_CONF": self.instance["slurm_conf"], "LANG": "C.UTF-8"}
        for _ in self.instance["addresses"]:
            subprocess.run(
                [*argv, *options, "--chdir=/"],
                input=script,
                text=True,
                env=environ,
                check=True,
                timeout=60,
                stdout=subprocess.DEVNULL,
            )

    def _as_if_asked(self, short: str, minutes_ago: int) -> None:
        session = self.session(self.login(short))
        assert session is not None
        assert self.api("PUT", f"book/{session['session']}", {"asked_minutes_ago": minutes_ago}).status == 200

    def _past(self, short: str, cause: str, days: int = 0, minutes: int = 47) -> None:
        """A session that ended that way, `days` ago."""
        told = {
            "options": {"profile": "slice", "minutes": 120},
            "cause": cause,
            "began_minutes_ago": days * 1440 + minutes + 20,
            "minutes": minutes,
            "node": "mig01",
            "log": LOG if cause == "time limit" else (),
        }
        answer = self.api("POST", f"book/{self.login(short)}", told)
        assert answer.status == 200, answer
