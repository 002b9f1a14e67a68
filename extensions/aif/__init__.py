"""What a notebook imports: the person's session on the AI Factory Workbench, and what its project may still use.

>>> from aif import session
>>> session()  # doctest: +SKIP
Small GPU part
  Project:   inspect01
  GPUs:      1 × h100_1g.10gb
  Node:      mig01, job 4711
  Time left: 1 h 52 min (until 16:30)
>>> from aif import allocation
>>> allocation().free_to_plan  # doctest: +SKIP
499.71
>>> from aif import gpu_cluster
>>> cluster = gpu_cluster(gpus=8, hours=2, budget=16)  # doctest: +SKIP
>>> from aif import advise
>>> advise("data/*.parquet")  # doctest: +SKIP
pandas is enough: these data take about 400 MB of memory.
>>> from aif import upload
>>> upload()  # doctest: +SKIP
"""

from aif.advice import advise
from aif.allocation import Allocation, NoFigures, allocation, allocations
from aif.backends import backend
from aif.clusters import gpu_cluster
from aif.core.errors import AifError
from aif.session import NotInASession, Session, session
from aif.upload import upload

__all__ = [
    "AifError",
    "Allocation",
    "NoFigures",
    "NotInASession",
    "Session",
    "advise",
    "allocation",
    "allocations",
    "backend",
    "gpu_cluster",
    "session",
    "upload",
]
