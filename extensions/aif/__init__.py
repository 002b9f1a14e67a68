"""What a notebook imports: the person's session on the AI Factory Workbench.

>>> from aif import session
>>> session()  # doctest: +SKIP
Small GPU part
  Project:   inspect01
  GPUs:      1 × h100_1g.10gb
  Node:      mig01, job 4711
  Time left: 1 h 52 min (until 16:30)
"""

from aif.core.errors import AifError
from aif.session import NotInASession, Session, session

__all__ = ["AifError", "NotInASession", "Session", "session"]
