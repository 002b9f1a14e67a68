"""Tries the rules of an adapting cluster on one that stands still, and prints as JSON what each asks for."""

import asyncio
import json
import sys
from datetime import timedelta
from types import SimpleNamespace

from aif.scale.adapt import PatientAdaptive


class Standing:
    """Has so many workers planned, asked of Slurm and at work, each named by its number."""

    def __init__(self, plan=4, requested=None, observed=None, **facts):
        self.plan = set(range(plan))
        self.requested = set(range(plan if requested is None else requested))
        self.observed = set(range(plan if observed is None else observed))
        self.groups, self.shuffles, self.may_grow, self.longest_wait = False, False, True, timedelta()
        self.means, self.contented = 100, False
        self.scheduler_comm = SimpleNamespace(workers_to_close=self._chosen)
        self.scaled = []
        vars(self).update(facts)

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self

    def main(self, names):
        return names

    def affordable(self, count):
        return min(count, self.means)

    def content(self):
        self.contented = True

    def scale(self, n):
        self.scaled.append(n)

    async def _chosen(self, target, **_):
        return sorted(self.observed)[target:]


async def asked(target, grown=False, hold="0s", **facts):
    """What is asked for where `target` workers would do; `grown`: after it grew just now."""
    cluster = Standing(**facts)
    rules = PatientAdaptive(cluster, interval=0, wait_count=1, hold=hold)
    if grown:
        await rules.recommendations(len(cluster.plan) + 1)
    return (await rules.recommendations(target))["status"]


async def grows(**facts):
    cluster = Standing(**facts)
    await PatientAdaptive(cluster, interval=0).scale_up(7)
    return cluster.scaled


async def answers():
    """Of each rule, by its name."""
    return {
        "idle": await asked(1),
        "work": await asked(6),
        "held": await asked(1, grown=True, hold="30s"),
        "waits, held": await asked(1, grown=True, hold="30s", observed=1),
        "waited longer than the hold": await asked(1, grown=True, longest_wait=timedelta(minutes=4)),
        "waits, after its hold": await asked(1, grown=True, observed=1),
        "shuffles": await asked(1, shuffles=True),
        "shuffles and wants more": await asked(6, shuffles=True),
        "grows": await grows(),
        "may not grow": await grows(may_grow=False),
        "grows as far as it can": await grows(means=5),
        "can grow no further": await grows(means=4),
    }


if __name__ == "__main__":
    json.dump(asyncio.run(answers()), sys.stdout)
