"""Many workers, one `sbatch`: what is asked for in the same moment becomes one job array, and is cancelled as one.

Needs no Dask, so that it can be tested without: it takes texts of job scripts and gives job ids.
"""

from __future__ import annotations

import asyncio
import logging
import re
import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from aif.core.errors import SlurmError, SlurmUnreachable
from aif.core.site import Cluster
from aif.core.slurm import Call, arun
from aif.core.table import nothing
from aif.core.workers import own_arrays
from aif.scale.again import Again
from aif.scale.watchdog import LEAVING_SECONDS

log = logging.getLogger("aif.scale")
#: Slurm's MaxArraySize is 1001 where nobody changed it, and an index must be below it.
MOST_IN_ARRAY = 1000
#: Where the names of an array's workers go in its script; `NAME` is the one of its own element.
NAMES_LINE = "#AIF_NAMES"
NAME = '"${AIF_NAMES[$SLURM_ARRAY_TASK_ID]}"'
#: Seconds between tries to submit or cancel while the controller is away; what is not cancelled ends by its own guard.
_TRIES = (1.0, 3.0, 10.0)
#: Seconds in which a submission that was not answered may still become a job.
_LATE = 120.0
_COMMENT = re.compile(r"^#SBATCH --comment[= ](?P<quoted>.*)$", re.MULTILINE)
FREE = Fraction()
_SUBMITTED = re.compile(r"(?P<base>[0-9]{1,10})(?:;\S*)?\s*")


@dataclass(frozen=True)
class _Asked:
    script: str
    name: str
    price: Fraction
    job_id: asyncio.Future[str]


class Arrays:
    """The arrays of one cluster of workers. Ids are Slurm's: ``4711_3`` is the fourth worker of the array 4711.

    `label` is in the comment of each, with the session's id and the number of its submission; `again` hears what Slurm
    answers.
    """

    def __init__(self, cluster: Cluster, label: str, again: Again, session: str = "") -> None:
        self._cluster, self._again = cluster, again
        self._label = " ".join(filter(None, [session, label]))  # by the first the hub knows whose they are
        self._number = 0
        self._doubtful: dict[str, float] = {}  # comments of submissions that may still become jobs, and until when
        self._asked: list[_Asked] = []
        self._unwanted: dict[str, bool] = {}  # whether it may leave in its own time
        self._leaving: set[str] = set()  # those that are given their time
        self._submitting: asyncio.Task[None] | None = None
        self._cancelling: asyncio.Task[None] | None = None
        self.bases: set[str] = set()  # all that were ever submitted
        self.prices: dict[str, Fraction] = {}  # of an hour of a worker of each
        #: The longest that a worker which is asked for now may run; None: as long as its plan says.
        self.lasts: timedelta | None = None
        #: What workers find in their environment of what they belong to (`aif.scale.left`).
        self.env: Mapping[str, str] = {}
        #: Whether the job was last seen to run.
        self.runs: Callable[[str], bool] = lambda _job_id: False

    async def submit(self, script: str, name: str, price: Fraction = FREE) -> str:
        """The id of the job that `script` became. Raises SlurmError with what Slurm said."""
        asked = _Asked(script, name, price, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._submitting is None:
            self._submitting = asyncio.create_task(self._submit())
        return await asked.job_id

    async def cancel(self, job_id: str) -> None:
        """Ends the job, or finds that it has ended. A controller that is away is asked a few times."""
        await asyncio.shield(self._given_back(job_id))

    async def leave(self, job_id: str) -> None:
        """Tells the script of a job that runs to end, and cancels it if it is still there after LEAVING_SECONDS.

        Slurm leaves a cancelled job KillWait, often half a minute, for all that it does at its end.
        """
        await asyncio.shield(self._given_back(job_id, in_its_time=self.runs(job_id)))

    @property
    def leaving(self) -> bool:
        """Whether some may still be at it."""
        return bool(self._leaving)

    def _given_back(self, job_id: str, in_its_time: bool = False) -> asyncio.Task[None]:
        """The task that ends it, together with all that are given back in this moment."""
        self._unwanted[job_id] = in_its_time
        if self._cancelling is None:
            self._cancelling = asyncio.create_task(self._cancel())
        return self._cancelling

    async def _submit(self) -> None:
        await asyncio.sleep(0)  # all that is asked for in this turn of the loop goes together
        asked, self._asked, self._submitting = self._asked, [], None
        for script in dict.fromkeys(one.script for one in asked):
            alike = [one for one in asked if one.script == script]
            for first in range(0, len(alike), MOST_IN_ARRAY):
                await self._submit_array(script, alike[first : first + MOST_IN_ARRAY])

    async def _submit_array(self, script: str, asked: list[_Asked]) -> None:
        try:
            base = await self._taken(script, [one.name for one in asked])
        except Exception as error:
            for one in asked:
                if not one.job_id.done():
                    one.job_id.set_exception(error)
            return
        self.bases.add(base)
        self.prices[base] = asked[0].price
        self._again.taken()
        for index, one in enumerate(asked):
            if one.job_id.done():  # nobody waits for it any more
                self._given_back(f"{base}_{index}")
            else:
                one.job_id.set_result(f"{base}_{index}")

    async def _taken(self, script: str, names: list[str]) -> str:
        """The array's id. Where Slurm gives no answer, it is looked for before it is submitted once more."""
        comment, pauses = self._comment(script), iter(_TRIES)
        while True:
            try:
                base = await arun(submission(script, names, comment), self._cluster)
            except SlurmUnreachable as away:
                self._again.silent()
                found = await self._found(comment, pauses, away)
            except SlurmError as error:
                self._again.heard()
                self._again.refused(error)
                raise
            else:
                self._again.heard()
                return base
            if found:
                return found
            comment = self._comment(script)

    async def _found(self, comment: str, pauses: Iterable[float], away: SlurmUnreachable) -> str:
        """The array of that comment; empty where Slurm answers that there is none. Raises `away` where it does not."""
        self._doubtful[comment] = time.monotonic() + _LATE
        for pause in pauses:
            await asyncio.sleep(pause)
            try:
                known = await arun(own_arrays(), self._cluster)
            except SlurmError:
                continue
            self._again.heard()
            if base := known.get(comment):
                del self._doubtful[comment]
            return base or ""
        raise away

    def _comment(self, script: str) -> str:
        """Of the next submission: a person's own first, then ours (`aif.core.workers` reads it)."""
        self._number += 1
        theirs = _COMMENT.search(script)
        own = theirs["quoted"].strip().strip("'\"") if theirs else ""
        return f"{own} {self._label}/{self._number}".strip()

    async def drop_late(self) -> None:
        """Ends jobs of submissions that Slurm did not answer and that were given up. Raises SlurmError."""
        self._doubtful = {one: until for one, until in self._doubtful.items() if until > time.monotonic()}
        if not self._doubtful:
            return
        known = await arun(own_arrays(), self._cluster)
        for comment in set(known) & set(self._doubtful):
            await arun(Call(("scancel", "-Q", known[comment]), nothing), self._cluster)
            del self._doubtful[comment]

    async def _cancel(self) -> None:
        await asyncio.sleep(0)
        unwanted, self._unwanted, self._cancelling = self._unwanted, {}, None
        if at_once := [job_id for job_id, in_its_time in unwanted.items() if not in_its_time]:
            await self._told(cancellation(at_once))
        if leaving := [job_id for job_id, in_its_time in unwanted.items() if in_its_time]:
            self._leaving.update(leaving)
            await self._told(cancellation(leaving, "--batch", "--signal=TERM"))
            asyncio.get_running_loop().call_later(LEAVING_SECONDS, self._end_late, leaving)

    def _end_late(self, job_ids: list[str]) -> None:
        for job_id in job_ids:
            self._leaving.discard(job_id)
            self._given_back(job_id)

    async def _told(self, call: Call[None]) -> None:
        for pause in (*_TRIES, None):
            try:
                await arun(call, self._cluster)
            except SlurmUnreachable as away:
                if pause is None:
                    log.warning("%s: %s", " ".join(call.argv), away)
                else:
                    await asyncio.sleep(pause)
                    continue
            except SlurmError as gone:  # it has ended and the controller forgot it
                log.debug("%s: %s", call.argv, gone)
            return


def submission(script: str, names: list[str], comment: str) -> Call[str]:
    """The one `sbatch` for all of `names`; its answer is the array's id."""
    listed = " ".join(map(shlex.quote, names))
    text = script.replace(NAMES_LINE, f"AIF_NAMES=({listed})", 1)
    argv = ("sbatch", "--parsable", f"--array=0-{len(names) - 1}", f"--comment={comment}")
    return Call(argv, _base, stdin=text)


def cancellation(job_ids: Iterable[str], *options: str) -> Call[None]:
    """The one `scancel` for all of `job_ids`: those of one array in one word, which is one request to the controller.

    >>> cancellation(["12_3", "12_1", "7_0"]).argv
    ('scancel', '-Q', '12_[1,3]', '7_[0]')
    """
    arrays: dict[str, list[int]] = {}
    for job_id in job_ids:
        base, _, index = job_id.partition("_")
        arrays.setdefault(base, []).append(int(index or 0))
    words = [f"{base}_[{','.join(map(str, sorted(indexes)))}]" for base, indexes in arrays.items()]
    return Call(("scancel", "-Q", *options, *words), nothing)


def _base(out: str) -> str:
    match = _SUBMITTED.fullmatch(out)
    if match is None:
        raise SlurmUnreachable("sbatch", 0, f"an answer without a job id: {out[:80]!r}")  # it may be there
    return match["base"]
