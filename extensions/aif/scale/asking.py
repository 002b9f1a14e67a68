"""What a cluster asks of Slurm: who asks is told of a refusal, and what was to replace others is asked for again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import Any, Self

import dask
from dask.utils import parse_timedelta
from dask_jobqueue import SLURMCluster
from distributed.core import Status
from distributed.deploy.spec import ProcessInterface, SpecCluster

from aif.core.errors import AifError, SlurmError, SlurmUnreachable
from aif.core.sentence import Sentence
from aif.refusals import Refusal
from aif.scale.again import Again, words_of
from aif.scale.arrays import Arrays
from aif.scale.groups import Groups
from aif.scale.means import Means
from aif.scale.place import Place
from aif.scale.plan import Plan
from aif.scale.refused import Asked, sentences
from aif.scale.tally import Tally

log = logging.getLogger("aif.scale")


class NotStarted(Refusal):
    """Slurm did not take the workers: what it said, and what to do."""


class AskingCluster(SLURMCluster):
    """dask-jobqueue's, whose jobs keep what Slurm said against them in `refused` (`ArrayJob`)."""

    again: Again
    arrays: Arrays
    groups: Groups
    means: Means
    place: Place
    tally: Tally
    workers: dict[Any, Any]
    _asking = 0  # how many wait to be told what Slurm says
    _stood: Mapping[Any, Any] = MappingProxyType({})  # what was there or owed before somebody's last wish

    def __await__(self) -> Generator[Any, Any, Self]:
        """As Dask's: in `async with` and after `await` it is there. The first raises NotStarted, and leaves nothing."""
        begins = self.status == Status.created
        self._asking += begins
        try:
            yield from super().__await__()
            if begins:
                yield from self.settled().__await__()
        except AifError:
            yield from self._close().__await__()
            raise
        finally:
            self._asking -= begins
        return self

    def plan_of(self, group: str = "") -> Plan:
        """What its workers were asked for as."""
        raise NotImplementedError

    @property
    def adapts(self) -> bool:
        """Whether it chooses by itself how many workers it has."""
        chooses: Any = getattr(self, "_adaptive", None)
        return chooses is not None and chooses.periodic_callback is not None

    @property
    def may_grow(self) -> bool:
        """Whether more workers may be asked for now."""
        return not self.tally.trouble and not self.means.ends and self.again.may_ask

    async def settled(self) -> None:
        """Returns once Slurm has taken what was asked for. Raises NotStarted."""
        self._asking += 1
        try:
            await self._correct_state()
        finally:
            self._asking -= 1
        asked = self._refused()
        refusal = await self._drop_refused()
        if refusal is None or asked is None:
            return
        self.again.taken()  # who asks is told here
        if not self.adapts:  # nothing else has changed by it
            self.again.owed |= {name: spec for name, spec in self._stood.items() if name not in self.worker_spec}
        said = words_of(refusal)
        if isinstance(refusal, SlurmUnreachable):
            raise NotStarted(
                Sentence("Slurm did not answer: {said}.", said=said),
                Sentence("No workers were started; those that run or wait already stay as they are."),
                Sentence("Ask again in a minute."),
            )
        raise NotStarted(*sentences(said, asked))

    def counts_anew(self, group: str) -> None:
        """Somebody says how many workers that group is to have: what is owed to it is among them."""
        self._stood = {**self.worker_spec, **self.again.owed}
        self.again.owed = {name: spec for name, spec in self.again.owed.items() if self.groups.of(str(name)) != group}

    async def ask_again(self) -> None:
        """Takes back the wish for what Slurm refused, and asks for what was to replace others when it is time."""
        await self.owe_refused()
        try:
            await self.arrays.drop_late()
        except SlurmError as error:
            log.debug("cannot look for late submissions: %s", error)
        if self.again.owed and self.may_grow:
            owed, self.again.owed = self.again.owed, {}
            self.worker_spec.update(owed)
            self.loop.add_callback(self._correct_state)
        elif self.may_grow and set(self.worker_spec) - set(self.workers) and not self._lock.locked():
            await self._correct_state()

    async def owe_refused(self) -> None:
        """Takes back the wish for what Slurm refused while nobody waited to be told."""
        if self._asking:
            return
        before = dict(self.worker_spec)
        await self._drop_refused()
        if not self.adapts:  # what adapts asks by itself
            self.again.owed |= {name: before[name] for name in before.keys() - self.worker_spec.keys()}

    def _update_worker_status(self, op: str, msg: Any) -> None:
        """Dask tells that a worker came or went; one that stays away is replaced, its job included.

        Dask's own would end whatever has the worker's name by then, which may be what has come in its place.
        """
        if op == "remove":
            name = self.scheduler_info["workers"][msg]["name"]
            delay = parse_timedelta(dask.config.get("distributed.deploy.lost-worker-timeout"), "seconds")
            asyncio.get_running_loop().call_later(delay, self._miss, name, self.workers.get(name))
        super(SpecCluster, self)._update_worker_status(op, msg)

    def _miss(self, name: str, one: Any) -> None:
        gone = one is not None and self.workers.get(name) is one and name not in self.scheduler.aliases
        if gone and self.status == Status.running:
            self._futures.add(asyncio.ensure_future(self.replace({name: one})))

    async def replace(self, over: Mapping[str, Any]) -> None:
        """`forget`, and asks for others in their place where they are still planned."""
        await self.forget(over)
        await self._correct_state()
        await self.owe_refused()

    async def forget(self, over: Mapping[str, Any]) -> None:
        """The jobs of these workers are over: they are to be replaced, or no longer wanted. By name; others stay.

        Each is cancelled all the same: one that Slurm did not show may still be there, and would be two.
        """
        async with self._lock:
            gone = {name: one for name, one in over.items() if name in self.workers and self.workers[name] is one}
            for name in gone:
                del self.workers[name]
                if self.tally.trouble:
                    self.worker_spec.pop(name, None)
                if (address := self.scheduler.aliases.get(name)) is not None:
                    # Slurm has given its node up and it works on: another of its name would be turned away
                    await self.scheduler.remove_worker(address, stimulus_id=f"aif-over-{time.time()}", safe=True)
            await asyncio.gather(*(one.close() for one in gone.values() if one is not None))

    def _refused(self) -> Asked | None:
        """What Slurm has refused now; of workers of several groups the last."""
        names = [name for name, one in self.workers.items() if one.refused is not None]
        if not names:
            return None
        group = self.groups.of(str(names[-1]))
        alike = [name for name in names if self.groups.of(str(name)) == group]
        one, options = self.workers[names[-1]], self.worker_spec.get(names[-1], self.new_spec)["options"]
        account = (options.get("account") or "", self.place.qos)
        return Asked(len(alike), self.plan_of(group), one.lasts, options.get("queue") or "", *account)

    async def _drop_refused(self) -> SlurmError | None:
        """Takes back the wish for workers that Slurm refused; what it said of them."""
        last = None
        for name in [name for name, one in self.workers.items() if one.refused is not None]:
            last = self.workers[name].refused
            self.worker_spec.pop(name, None)
            await ProcessInterface.close(self.workers.pop(name))
        return last
