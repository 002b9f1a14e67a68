"""What every injection of `aif bench chaos` is given: the stage, the auditor, and how long the hub was not itself."""

from __future__ import annotations

import time
from collections.abc import Set
from dataclasses import dataclass, field

from aif_hub.bench.chaos.auditor import Auditor
from aif_hub.bench.chaos.stage import Stage
from aif_hub.bench.chaos.times import Times
from aif_hub.bench.course import say
from aif_hub.demo.errors import DemoError

#: A hub that is not itself again so long after its start is said to have taken that long.
MOST_SECONDS = 60.0


class NotAgain(DemoError):
    """It could not happen here, or it did and what came of it is wrong: to inject it again would only hide that."""


@dataclass
class Scene:
    """`recoveries` has the seconds of each start of the hub after which it knew everything again."""

    stage: Stage
    auditor: Auditor
    recoveries: list[float] = field(default_factory=list)
    times: Times = field(default_factory=Times)

    def up(self) -> set[tuple[str, str]]:
        """Login and session of everybody whose session is ready, and to whom nothing is or was done that ends it."""
        ready = [one for one in self.stage.subject.sessions() if one.step == "ready"]
        spared = [one for one in ready if not self.auditor.is_excused(one) and not self.auditor.may_have_ended(one)]
        return {(one.login, one.session) for one in spared}

    def recover(self, before: Set[tuple[str, str]]) -> float:
        """Starts the hub; seconds until it answers and shows as ready the sessions that were up `before` and still are.

        Somebody who has another session by then waits for that one like anybody else.
        """
        began = time.monotonic()
        self.stage.start_hub()
        missing = before
        while time.monotonic() - began < MOST_SECONDS and not self.stage.over.is_set():
            status, said = self.stage.api.said("GET", "users", seconds=10)
            if status == 200:
                ready = {one["name"] for one in said["all"] if one.get("servers", {}).get("", {}).get("ready")}
                missing = {(login, session) for login, session in before & self.up() if login not in ready}
                if not missing:
                    break
            self.stage.pause(0.2)
        else:
            logins = ", ".join(sorted(login for login, _ in missing))
            say(f"the hub did not show as ready: {logins or 'nobody, and it did not answer'}")
        took = time.monotonic() - began
        self.recoveries.append(took)
        return took
