"""One cluster's part of `aif bench cluster`, as a person's notebook has it; run by the data kernel's Python.

    clustering.py ours|stock scale|arrive|refused|adapt NUMBER FACTS

FACTS is JSON: the session's address, and what stock dask-jobqueue has to be told. A line of JSON is printed when the
part is done; the cluster is closed when standard input ends.
"""

import json
import sys
import time
from contextlib import suppress

#: Of what sbatch says where a partition takes no jobs.
REFUSAL = "partition not available"
#: Seconds after which somebody who sees no workers looks at the cluster for why.
LOOKS_SECONDS = 15


def cluster(kind, facts):
    """Empty. Both have workers of the same kind, and Dask's own defaults for all else."""
    if kind == "ours":
        from aif import gpu_cluster

        return gpu_cluster(workers=0, size=facts["size"], hours=0.5)
    from dask_jobqueue import SLURMCluster

    return SLURMCluster(
        queue=facts["partition"],
        account=facts["account"],
        cores=1,
        processes=1,
        memory="1GB",
        walltime="00:30:00",
        job_name=facts["job_name"],
        job_extra_directives=[f"--gres=gpu:{facts['gpu_type']}:1", "--output=/dev/null"],
        scheduler_options={"host": facts["address"], "dashboard_address": ":0"},
        local_directory=facts["folder"],
    )


def arrive(made, number):
    """Seconds from `scale` until so many workers are at work."""
    client = made.get_client()
    began = time.monotonic()
    made.scale(number)
    client.wait_for_workers(number, timeout=300)
    return time.monotonic() - began


def refused(made, number):
    """Of so many workers that Slurm refuses, those that the person is told of: by `scale`, or by what is shown."""
    try:
        made.scale(number)
    except Exception:  # each raises what it likes
        return number
    with suppress(TimeoutError):
        made.get_client().wait_for_workers(number, timeout=LOOKS_SECONDS)
    return number if REFUSAL in repr(made) else 0


def adapt(made, seconds):
    """Bursts of work with pauses between them, for so long, between no and four workers; how many tasks came out."""
    client, done, began = made.get_client(), 0, time.monotonic()
    made.adapt(minimum=0, maximum=4)
    while time.monotonic() - began < seconds:
        # A task takes a second and no processor: what is measured is what scaling asks of Slurm.
        work = client.map(lambda number: (time.sleep(1), number)[1], range(done, done + 24), pure=False)
        if client.gather(work) != list(range(done, done + 24)):
            raise RuntimeError("a burst of work came out wrong")
        done += 24
        time.sleep(20)  # the pause that has an adaptive cluster shrink
    return done


def main():
    """Does the part and says what came of it."""
    kind, part, number, facts = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
    made = cluster(kind, facts)
    try:
        parts = {"scale": lambda made, number: made.scale(number), "arrive": arrive, "refused": refused, "adapt": adapt}
        value = parts[part](made, number)
        print(json.dumps({"value": value}), flush=True)
        sys.stdin.read()
    finally:
        made.close()


if __name__ == "__main__":
    main()
