"""A kernel of `aif bench cluster`'s faults: computes over and over what it knows the answer of, and shows its cluster.

    computing.py FACTS

Run by the data kernel's Python, as a person's notebook has it. FACTS is JSON: `workers`, `size`, `hours`, and whether
it `adapts`. Each line that it prints is JSON: the cluster's folder once, what the cluster shows twice a second, and the
outcome of each computation. A line on its standard input is a number of workers to scale to; its end closes all.
"""

import json
import sys
import threading
import time

import dask.array as da
import dask.dataframe as dd
import pandas as pd

from aif import gpu_cluster
from aif.scale.reasons import why
from aif.widgets.figures import speech

#: Seconds for one computation, which takes one or two when nothing happens.
PATIENCE = 150
_LOCK = threading.Lock()


def tell(**facts):
    """One line."""
    with _LOCK:
        print(json.dumps(facts), flush=True)


def show(cluster, wanted):
    """What the cluster shows, twice a second, for as long as the process is."""
    words = speech("en")
    while True:
        shown, at = cluster.shown(), time.monotonic()
        here = sum(row.state == "at-work" for row in shown.rows)
        waiting = sum(1 for row in shown.rows if not row.at_work and row.job and why(row.job, words))
        paused = sum(row.state == "paused" for row in shown.rows)
        explained = bool(shown.trouble) or here + waiting + paused >= wanted["workers"]
        tell(
            seen={
                "at": at,
                "target": wanted["workers"],
                "observed": here,
                "explained": explained,
                "jobs": [row.job_id for row in shown.rows if row.job_id],
            },
            text=shown.text(),
        )
        time.sleep(0.5)


def squares(client, turn):
    """Many small tasks, and one that needs them all."""
    first = turn * 1000
    work = client.map(lambda number: (time.sleep(0.05), number * number)[1], range(first, first + 32), pure=False)
    got = client.submit(sum, work, pure=False).result(timeout=PATIENCE)
    return got, sum(number * number for number in range(first, first + 32))


def array(client, turn):
    """What workers hold for a while, and lose when they go."""
    numbers = (da.arange(400_000, chunks=20_000) + turn).persist()
    time.sleep(0.5)
    got = client.compute(numbers.reshape(200, 2000).T.sum()).result(timeout=PATIENCE)
    return int(got), 399_999 * 400_000 // 2 + 400_000 * turn


def part(number, turn):
    """One partition: every key once in ten rows."""
    rows = range(number * 1000, number * 1000 + 1000)
    return pd.DataFrame({"key": [row % 97 for row in rows], "value": [row + turn for row in rows]})


def frame(client, turn):
    """A peer-to-peer shuffle, after which each key is in one partition only."""
    shuffled = dd.from_map(part, range(8), turn=turn).shuffle("key", shuffle_method="p2p")
    sums = shuffled.map_partitions(lambda rows: rows.groupby("key")["value"].sum(), meta=("value", "int64"))
    got = client.compute(sums).result(timeout=PATIENCE)
    wanted = [sum(row + turn for row in range(key, 8000, 97)) for key in range(97)]
    return [int(got[key]) for key in range(97)], wanted


def compute(client, turn):
    """Empty, or what is wrong with the result."""
    kind = (squares, array, frame)[turn % 3]
    try:
        got, wanted = kind(client, turn)
    except Exception as error:  # whatever came in place of a result is told
        return f"{kind.__name__} {turn}: {type(error).__name__}: {str(error)[:300]}"
    return "" if got == wanted else f"{kind.__name__} {turn}: {str(got)[:100]} for {str(wanted)[:100]}"


def listen(cluster, client, wanted, over):
    """Scales as it is told; `over` once its input ends, with what is computed then."""
    for line in sys.stdin:
        number, said = int(line), ""
        try:
            cluster.scale(number)
            wanted["workers"] = number
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        tell(scaled=number, said=said)
    over.set()
    client.close()


def main():
    """Until its input ends."""
    facts, over = json.loads(sys.argv[1]), threading.Event()
    wanted = {"workers": facts["workers"]}
    cluster = gpu_cluster(workers=0, size=facts["size"], hours=facts["hours"])
    try:
        tell(cluster=cluster.home.folder.name)
        client = cluster.get_client()
        threading.Thread(target=show, args=(cluster, wanted), daemon=True).start()
        if facts["adapts"]:
            cluster.adapt(minimum=facts["workers"], maximum=facts["workers"] + 2)
        else:
            cluster.scale(facts["workers"])
        threading.Thread(target=listen, args=(cluster, client, wanted, over), daemon=True).start()
        turn = 0
        while not over.is_set():
            turn, began = turn + 1, time.monotonic()
            problem = compute(client, turn)
            if not over.is_set():
                tell(result=turn, began=began, problem=problem)
    finally:
        cluster.close()


if __name__ == "__main__":
    main()
