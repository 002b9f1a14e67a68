"""`gpu_cluster()`: more GPUs beside this session, as a Dask cluster."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from aif import backends
from aif.core.errors import AifError
from aif.core.sentence import Sentence
from aif.scale.place import funds, place
from aif.scale.plan import NotPlanned, plan

if TYPE_CHECKING:
    from aif.scale.cluster import GpuCluster


def gpu_cluster(
    gpus: int | None = None,
    *,
    workers: int | None = None,
    hours: float | None = None,
    size: str | None = None,
    budget: float | None = None,
    backend: str | None = None,
    packed: bool = False,
    **options: Any,
) -> GpuCluster:
    """A Dask cluster on extra nodes, one worker a GPU, paid by what pays for this session.

    Without `hours` it may run as long as the session, which it never outlives. `size` names one of the workbench's
    sizes; without it, workers are of the session's own kind. `budget`, in the unit of the project's own (GPU-hours, as
    a rule), ends them when it is spent, and they ask Slurm for no longer than it lasts.
    `backend`, ``"cudf"`` or ``"pandas"``, overrides what `aif.backend()` chooses for Dask's data frames and arrays.
    With `packed`, each node unpacks the kernel's environment once from one file, which is quicker than reading it in
    many parts where a hundred workers start at once. Further options are dask-jobqueue's.

    It returns when Slurm has taken the workers; work begins with those that have come.

    >>> from aif import gpu_cluster
    >>> cluster = gpu_cluster(gpus=8, hours=2, budget=16)  # doctest: +SKIP
    >>> client = cluster.get_client()  # doctest: +SKIP

    Raises NotInASession outside the workbench, NotPlanned where sizes, lengths or the budget do not fit, and NotStarted
    where Slurm refuses; NoSuchBackend for one that cannot work here.
    """
    here = place()
    most = None if budget is None else _budget(budget)
    wanted = plan(here, gpus=gpus, workers=workers, hours=hours, size=size, free=funds(here.unit).free, budget=most)
    behind = backends.backend(backend, workers_have_gpus=bool(wanted.size.gpus))
    try:
        from aif.scale.cluster import GpuCluster
    except ImportError as missing:
        raise NotPlanned(
            Sentence("gpu_cluster() needs {missing}, which this kernel does not have.", missing=missing.name),
            Sentence("The kernels of the workbench have it."),
            Sentence(
                "Choose the kernel “Python (data)”, or install dask-jobqueue, distributed and cryptography in yours."
            ),
        ) from missing
    behind.use()
    if options.get("asynchronous"):
        return GpuCluster(here, wanted, packed=packed, **{"n_workers": wanted.workers, **options})
    cluster = GpuCluster(here, wanted, packed=packed, **options)
    if wanted.workers:
        try:
            cluster.scale(wanted.workers)
        except AifError:
            cluster.close()
            raise
    return cluster


def _budget(value: float) -> Fraction:
    try:
        budget = Fraction(value)
    except (TypeError, ValueError, OverflowError) as fault:
        raise NotPlanned(
            Sentence("budget={value} is not an amount.", value=repr(value)),
            Sentence("It is a number, in the unit of the project's own budget."),
            Sentence("Say budget=16 or 0.5."),
        ) from fault
    if budget <= 0:
        raise NotPlanned(
            Sentence("budget={value} was asked for.", value=value),
            Sentence("A budget is more than 0."),
            Sentence("Say budget=16 or 0.5."),
        )
    return budget
