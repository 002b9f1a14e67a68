"""What every injection of `aif bench chaos` is given: the stage, the auditor, and how long the hub was not itself."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from aif_hub.bench import ours
from aif_hub.bench.chaos.auditor import Auditor
from aif_hub.bench.chaos.books import Record
from aif_hub.bench.chaos.stage import Stage
from aif_hub.bench.course import say

#: A hub that is not itself again so long after its start is said to have taken that long.
MOST_SECONDS = 60.0


@dataclass
class Scene:
    """`recoveries` has the seconds of each start of the hub after which it knew everything again."""

    stage: Stage
    auditor: Auditor
    recoveries: list[float] = field(default_factory=list)

    def records(self) -> list[Record]:
        """All sessions in the hub's database."""
        return [Record.of(kept) for kept in ours.sessions(self.stage.rig)]

    def up(self) -> set[Record]:
        """The sessions that are ready, and to which nothing is being done."""
        return {one for one in self.records() if one.step == "ready" and not self.auditor.is_excused(one)}

    def recover(self, before: set[Record]) -> float:
        """Starts the hub; seconds until it answers and shows those of `before` as ready that still are."""
        began = time.monotonic()
        self.stage.start_hub()
        missing = {one.login for one in before}
        while time.monotonic() - began < MOST_SECONDS and not self.stage.over.is_set():
            status, said = self.stage.api.said("GET", "users", seconds=10)
            if status == 200:
                ready = {one["name"] for one in said["all"] if one.get("servers", {}).get("", {}).get("ready")}
                missing = {one.login for one in before & self.up()} - ready
                if not missing:
                    break
            self.stage.pause(0.2)
        else:
            say(f"the hub did not show as ready: {', '.join(sorted(missing)) or 'nobody, and it did not answer'}")
        took = time.monotonic() - began
        self.recoveries.append(took)
        return took
