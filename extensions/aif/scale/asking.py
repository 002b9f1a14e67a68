"""What a cluster asks of Slurm: who asks is told of a refusal, and what was to replace others is asked for again."""

from __future__ import annotations

import logging
from typing import Any

from dask_jobqueue import SLURMCluster
from distributed.deploy.spec import ProcessInterface

from aif.core.errors import AifError, SlurmError, SlurmUnreachable
from aif.scale.again import Again
from aif.scale.arrays import Arrays
from aif.scale.tally import Tally

log = logging.getLogger("aif.scale")


class NotStarted(AifError):
    """Slurm did not take the workers: what it said, and what to do."""


class AskingCluster(SLURMCluster):
    """dask-jobqueue's, whose jobs keep what Slurm said against them in `refused` (`ArrayJob`)."""

    again: Again
    arrays: Arrays
    tally: Tally
    workers: dict[Any, Any]
    _asking = 0  # how many wait to be told what Slurm says

    @property
    def may_grow(self) -> bool:
        """Whether more workers may be asked for now."""
        return not self.tally.trouble and self.again.may_ask

    async def settled(self) -> None:
        """Returns once Slurm has taken what was asked for. Raises NotStarted."""
        self._asking += 1
        try:
            await self._correct_state()
        finally:
            self._asking -= 1
        refusal = await self._drop_refused()
        if refusal is None:
            return
        self.again.taken()  # who asks is told here
        said = refusal.said or str(refusal)
        if isinstance(refusal, SlurmUnreachable):
            raise NotStarted(
                f"Slurm did not answer: {said}.",
                "No workers were started; those that run or wait already stay as they are.",
                "Ask again in a minute.",
            )
        raise NotStarted(
            f"Slurm did not take the workers: {said}.",
            "Those that run or wait already stay as they are.",
            "Ask for fewer, for a shorter time, or for another size.",
        )

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

    async def owe_refused(self) -> None:
        """Takes back the wish for what Slurm refused while nobody waited to be told."""
        if self._asking:
            return
        before = dict(self.worker_spec)
        await self._drop_refused()
        if getattr(self, "_adaptive", None) is None:  # what adapts asks by itself
            self.again.owed |= {name: before[name] for name in before.keys() - self.worker_spec.keys()}

    async def _drop_refused(self) -> SlurmError | None:
        """Takes back the wish for workers that Slurm refused; what it said of them."""
        last = None
        for name in [name for name, one in self.workers.items() if one.refused is not None]:
            last = self.workers[name].refused
            self.worker_spec.pop(name, None)
            await ProcessInterface.close(self.workers.pop(name))
        return last
