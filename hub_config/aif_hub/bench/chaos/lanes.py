"""What happens to each person, to the hub and to Slurm in `aif bench chaos`: all at once, each in its order."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from aif_hub.bench.chaos import on_hub, on_sessions, on_slurm, on_starts
from aif_hub.bench.chaos.auditor import PATIENCE_SECONDS
from aif_hub.bench.chaos.person import Person
from aif_hub.bench.chaos.plan import KEEPING, Event, Plan
from aif_hub.bench.chaos.scene import NotAgain, Scene
from aif_hub.bench.chaos.shares import Shares
from aif_hub.bench.chaos.times import Spent
from aif_hub.bench.chaos.turn import waited_here
from aif_hub.bench.course import say
from aif_hub.demo.errors import DemoError

#: Something happens to so many people at the same time; the others have their session, or none, and wait for a turn.
#: Each start that is held up keeps one of the hub's few submissions, so with more of them nobody would get to `sbatch`.
AT_ONCE = 16
#: How often a run says how far it is.
TOLD_EVERY = 50
#: So often an event is injected until it happens; most of those that do not met a job that had just ended.
TRIES = 3
#: However long Slurm was away meanwhile; what differs then goes on to be counted.
MOST_AGREEING_SECONDS = 120.0


@dataclass(frozen=True)
class Happened:
    """What an event met, when it was `first` tried, when it `began` and was `over`; it `waited` for turns meanwhile."""

    named: str
    met: str
    first: float
    began: float
    over: float
    waited: float


class Lanes:
    """What happens to each person, to the hub and to Slurm, each in its order and all beside each other."""

    def __init__(self, scene: Scene, people: Sequence[Person]) -> None:
        self._scene, self._people = scene, people
        self._happened = 0
        self._missed: Counter[str] = Counter()  # by kind
        self._count = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def run(self, planned: Plan) -> int:
        """How many of the events happened: all but those that could not be injected, which are named."""
        self._began, self._planned = time.monotonic(), len(planned.events)
        real = {at for at, person in enumerate(self._people) if person.login in self._scene.stage.real}
        shares = Shares(planned.people, kept=real)
        lanes = [self._to_all(planned.hub), self._to_all(planned.slurm)]
        lanes += [self._to_one(shares.of(at), person) for at, person in enumerate(self._people)]
        with ThreadPoolExecutor(len(lanes)) as pool:  # when it is left, each has taken back what it changed
            try:
                for over in as_completed([pool.submit(lane) for lane in lanes]):
                    over.result()
            except BaseException:
                self._scene.stage.over.set()
                raise
        if self._missed:
            kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(self._missed.items()))
            say(f"{self._missed.total()} of {self._planned} events could not be injected: {kinds}")
        return self._happened

    def _to_one(self, events: Iterable[Event], person: Person) -> Callable[[], None]:
        def go() -> None:
            for event in events:
                if self._scene.stage.over.is_set():
                    return
                if happened := self._happen(event, person):
                    self._judge(event, person, happened)

        return go

    def _to_all(self, events: Iterable[Event]) -> Callable[[], None]:
        """One after the other, but each when the books agree after the one before of its sort: see KEEPING."""

        def go() -> None:
            judged: dict[bool, Future[None]] = {}
            with ThreadPoolExecutor(2) as pool:
                for event in events:
                    sort = event.kind in KEEPING
                    if sort in judged:
                        judged[sort].result()
                    if self._scene.stage.over.is_set():
                        break
                    if happened := self._happen(event, None):
                        judged[sort] = pool.submit(self._judge, event, None, happened)
                for last in judged.values():
                    last.result()

        return go

    def _happen(self, event: Event, person: Person | None) -> Happened | None:
        """Tries it until it happens; None where it did not."""
        named = f"event {event.number}, {event.kind}" + (f" to {self._whom(event, person)}" if person else "")
        first = time.monotonic()
        for more in reversed(range(TRIES)):
            try:
                with self._turns if person else nullcontext():
                    began, before = time.monotonic(), waited_here()
                    met = self._injected(event, person)
                    waited = waited_here() - before
                return Happened(named, met, first, began, time.monotonic(), waited)
            except (DemoError, OSError) as error:
                again = more and not isinstance(error, NotAgain) and not self._scene.stage.over.is_set()
                say(f"{named}: could not be injected{' and is tried again' if again else ''}: {error}")
                if not again:
                    self._counted(event, happened=False)
                    self._scene.times.event(event.kind, Spent(time.monotonic() - first))
                    break
                if person:
                    with suppress(DemoError):  # then it is tried with the session that there is
                        person.sees_ends(since=time.monotonic())
        return None

    def _judge(self, event: Event, person: Person | None, happened: Happened) -> None:
        """Waits for the books, and tells what came of it."""
        met, took = happened.met, happened.over - happened.began
        how = self._agreed(happened.over, person.login if person else "")
        agreed = time.monotonic()
        say(f"{happened.named} ({met or 'done'}; {took:.0f} s): {how}")
        self._counted(event, happened=True)
        if person:
            person.tell(f"{event.kind} ({met}), {how}" if met else f"{event.kind}, {how}")
            if event.then_stops:
                self._stop(person)
        before, books, stop = happened.began - happened.first, agreed - happened.over, time.monotonic() - agreed
        self._scene.times.event(event.kind, Spent(before, happened.waited, took - happened.waited, books, stop))

    def _whom(self, event: Event, person: Person) -> str:
        planned = person if event.person is None else self._people[event.person]
        return person.login if planned is person else f"{person.login} in place of {planned.login}"

    def _injected(self, event: Event, person: Person | None) -> str:
        scene = self._scene
        if event.kind in scene.stage.subject.without:
            raise NotAgain("it has no meaning for this hub.")
        if person is None:
            return on_slurm.inject(scene, event) if event.kind in on_slurm.KINDS else on_hub.inject(scene, event)
        injects = on_starts.inject if event.kind in on_starts.KINDS else on_sessions.inject
        return injects(scene, person, event)

    def _counted(self, event: Event, happened: bool) -> None:
        with self._count:
            if happened:
                self._happened += 1
            else:
                self._missed[event.kind] += 1
            past = self._happened + self._missed.total()
            if past % TOLD_EVERY == 0 and past < self._planned:
                left = (time.monotonic() - self._began) * (self._planned - past) / past / 60
                say(f"{past} of {self._planned} events are over; the others take some {left:.0f} minutes")

    def _agreed(self, since: float, login: str) -> str:
        """Waits until the books agree about that person, or about everybody, or what differs is counted; how that went.

        What is wrong is known from the next look on, and known to have lasted too long from the one after that: both
        are waited for, as the next event may take it back. Time in which nothing can be judged is not counted here.
        """
        auditor, stage = self._scene.auditor, self._scene.stage
        judged, before = 0.0, since
        while not auditor.agree(since, login):
            now = time.monotonic()
            judged, before = judged + (now - before if auditor.judges else 0.0), now
            enough = judged > PATIENCE_SECONDS + 2 * auditor.longest_pause or now - since > MOST_AGREEING_SECONDS
            if enough or stage.over.is_set():
                return f"the books differ: {', '.join(auditor.differing(login)) or 'not read again yet'}"
            stage.pause(0.2)
        if differing := auditor.differing(login):
            return f"the books differ: {', '.join(differing)}"
        return f"the books agree after {time.monotonic() - since:.0f} s"

    def _stop(self, person: Person) -> None:
        try:
            person.stops()
            person.tell("stopped it")
        except DemoError as error:
            say(str(error))
            person.tell(f"could not stop it: {error}")
