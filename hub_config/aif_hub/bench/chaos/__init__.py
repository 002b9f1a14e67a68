"""`aif bench chaos`: people start, wait and stop at a hub while things happen, and an auditor reads three books.

- `events`, `people`, `seed`: what happened to how many; the same seed gives the same events in the same order to each
  person, to the hub and to Slurm, which go on beside each other.
- `lost`: sessions that nothing ended and that their people no longer have, and those that have no job for longer than
  30 s in which nothing held up their submission.
- `orphans`: jobs without an open session, and processes without a job, for longer than 30 s.
- `doubles`: sessions with a second job, and servers with a second open session.
- `healthy_cancelled`: jobs that were cancelled though nobody had asked for it.
- `untrue_over_30s`: times when a session was shown for longer than 30 s as what it was not, or as unknown while Slurm
  could be asked, or ended with a cause that was not the true one.
- None of the 30 s are while it could not be judged; what lies before and after that adds up.
- `worst_hub_recovery_s`: from the start of a hub, after one that ended, until it answers and shows each session that
  was up, and that nothing ended, as ready.

With `--stock` they happen to a hub with stock batchspawner, whose book is JupyterHub's database; what has no meaning
there is among what could not be injected.
"""

from aif_hub.bench.chaos.run import main

__all__ = ["main"]
