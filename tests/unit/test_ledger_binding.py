"""Where Slurm keeps a budget's limit, whether it holds anybody to it, and what it records of use at all."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from ledger_material import (
    ACCOUNT,
    CONFIG,
    ONE_GPU,
    PARTITIONS,
    Slurm,
    configured,
    ended,
    queued,
    seconds_ago,
)
from ledger_material import slurm as slurm

from aif.core.ledger.allocation import Allocation, SlurmBinding
from aif.core.ledger.binding import (
    SlurmFacts,
    billing_of_a_gpu,
    bind,
    parse_facts,
    parse_lasting,
    parse_partition_weights,
    records,
    weights_as_billed,
)
from aif.core.ledger.slurm import Limits, parse_limits
from aif.core.ledger.usage import Balance
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger import told
from aif_hub.projects import Projects

WEIGHTS = {"h100": Fraction(1), "h100_1g.10gb": Fraction(1, 7)}
ONE = Allocation("inspect01", "inspect01")
QOS = "QOS=sme-inspect01(8)\n    GrpTRESMins=cpu=N(0),billing=210000(21000),gres/gpu=N(500)\n"


def bound(facts: SlurmFacts, text: str, *charged: str, **changed: Any) -> SlurmBinding:
    one = Allocation("inspect01", "inspect01", billing_per_unit=Fraction(7), **changed)
    return bind(one, "demo", facts, parse_limits(text), WEIGHTS, charged=charged)


# Where the limit is, and what Slurm does about it


def test_used_amounts_that_fade_are_named_unless_the_qos_is_left_out() -> None:
    fading = parse_facts(configured(PriorityDecayHalfLife="7-00:00:00"))
    assert bound(fading, ACCOUNT).decays
    assert bound(fading, QOS, "sme-inspect01").decays
    lasting = SlurmFacts(**{**vars(fading), "lasting": parse_lasting("normal|\nsme-inspect01|DenyOnLimit,NoDecay\n")})
    assert not bound(lasting, QOS, "sme-inspect01").decays
    assert not bound(parse_facts(CONFIG), ACCOUNT).decays
    assert bound(parse_facts(configured(PriorityUsageResetPeriod="QUARTERLY")), ACCOUNT).decays


@pytest.mark.parametrize(
    ("enforce", "priority", "held"),
    [
        ("associations,limits,qos,safe", "multifactor", "safe"),
        ("associations,limits,qos", "multifactor", "limits"),
        ("all", "multifactor", "safe"),
        ("associations", "multifactor", ""),
        ("none", "multifactor", ""),
        ("associations,limits,qos,safe", "basic", ""),
    ],
)
def test_whether_slurm_holds_anybody_to_the_limit(enforce: str, priority: str, held: str) -> None:
    text = configured(AccountingStorageEnforce=enforce, PriorityType=f"priority/{priority}")
    assert bound(parse_facts(text), ACCOUNT).enforced == held
    assert bound(parse_facts(text), "").enforced == "", "no limit, so nobody is held to one"


def test_the_limit_is_found_on_the_qos_that_people_charge_else_on_the_account() -> None:
    facts = parse_facts(CONFIG)
    both = bound(facts, ACCOUNT + QOS, "normal", "sme-inspect01")
    assert (both.qos, both.limit_at, both.limit) == ("sme-inspect01", "account", 200)
    alone = bound(facts, QOS, "sme-inspect01")
    assert (alone.qos, alone.limit_at, alone.limit) == ("sme-inspect01", "qos", 500)
    account = bound(facts, ACCOUNT, "normal")
    assert (account.qos, account.limit_at, account.limit) == ("", "account", 200)


async def test_a_limit_on_a_qos_that_accounts_share_is_no_accounts_own(slurm: Slurm) -> None:
    charges = ["ann|inspect01|sme-inspect01", "bob|inspect01|normal", "bob|mobtest01|normal"]
    slurm.says(sacctmgr="".join(f"{line}|x\n" for line in charges))
    site = slurm.site()
    projects = Projects(site, site.clusters[0], AccountingBudget(calls=1000))
    await projects.of("ann")
    assert (projects.charged("inspect01"), projects.charged("mobtest01")) == (["sme-inspect01"], [])


async def test_where_the_limit_is_on_the_account_its_jobs_in_every_qos_count(slurm: Slurm) -> None:
    jobs = [ended(1, seconds_ago(9000), 1, qos="normal"), ended(2, seconds_ago(9000), 1, qos="debug", tres=ONE_GPU)]
    slurm.says(sacct="".join(jobs), assoc_mgr=ACCOUNT)
    usage = (await slurm.source(["normal"]).read([ONE]))["inspect01"]
    assert (usage.settled, usage.limit, usage.limit_at) == (Fraction(8, 7), 200, "account")
    slurm.says(assoc_mgr=QOS)
    usage = (await slurm.source(["normal", "sme-inspect01"]).read([ONE]))["inspect01"]
    assert (usage.settled, usage.limit, usage.limit_at) == (0, 500, "qos")


def test_n_means_that_there_is_no_limit() -> None:
    text = ACCOUNT.replace("84000(12)", "N(12)")
    found = bound(parse_facts(CONFIG), text)
    assert (found.limit, found.limit_at, found.enforced) == (None, "", "")
    zero = bound(parse_facts(CONFIG), ACCOUNT.replace("84000(12)", "0(12)"))
    assert (zero.limit, zero.limit_at) == (0, "account")


def test_a_limit_may_be_in_gpus_nodes_or_cores() -> None:
    rows = {"billing": (None, 0), "gres/gpu": (6000, 0), "node": (120, 0), "cpu": (60, 0)}
    limits = Limits({}, {"inspect01": rows})
    for unit, hours in (("gpu-hour", 100), ("node-hour", 2), ("core-hour", 1), ("billing-hour", None)):
        assert limits.hours("account", "inspect01", unit, None) == hours


def test_what_a_whole_gpu_is_billed_is_read_from_the_partitions(slurm: Slurm) -> None:
    weights = parse_partition_weights(PARTITIONS)
    profiles = slurm.site().profiles
    assert billing_of_a_gpu(weights, profiles) == 7
    assert weights_as_billed(weights) == {"h100": 1, "h100_1g.10gb": Fraction(1, 7)}
    generic = {"mig": {"gres/gpu": Fraction(2)}, "gpu": {"gres/gpu": Fraction(2)}}
    assert billing_of_a_gpu(generic, profiles) is None, "a slice is billed as a whole GPU: no one price"
    assert billing_of_a_gpu({}, profiles) is None
    assert weights_as_billed({}) == {}


async def test_a_limit_in_billing_is_told_in_gpu_hours_without_a_word_in_the_site_file(slurm: Slurm) -> None:
    slurm.says(assoc_mgr=QOS)
    assert (await slurm.source(["sme-inspect01"]).read([ONE]))["inspect01"].limit == 500


async def test_a_resized_limit_is_the_new_one(slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> None:
    source = slurm.source(["sme-inspect01"])
    slurm.says(assoc_mgr=QOS)
    await source.read([ONE])
    slurm.says(assoc_mgr=QOS.replace("210000", "420000"))
    assert (await source.read([ONE]))["inspect01"].limit == 500
    monkeypatch.setattr("aif_hub.ledger.source.LIMITS_SECONDS", timedelta())
    assert (await source.read([ONE]))["inspect01"].limit == 1000


# What is recorded


def test_gpu_time_is_known_only_where_slurm_records_what_tells_it() -> None:
    assert not records(frozenset({"cpu", "node", "billing"}), "gpu-hour", WEIGHTS)
    assert not records(frozenset({"gres/gpu", "gres/gpu:h100"}), "gpu-hour", WEIGHTS), "a slice looks like a whole GPU"
    assert records(frozenset({"gres/gpu", "gres/gpu:h100_1g.10gb"}), "gpu-hour", WEIGHTS)
    assert records(frozenset({"gres/gpu"}), "gpu-hour", {"h100": Fraction(1)})
    assert records(frozenset(), "node-hour", WEIGHTS)


async def test_without_gpus_in_the_accounting_nothing_is_said_to_be_zero(slurm: Slurm) -> None:
    slurm.says(
        config=configured(AccountingStorageTRES="cpu,mem,energy,node,billing"),
        sacct=ended(1, seconds_ago(9000), 1, tres="billing=0,cpu=2,node=1"),
        squeue=queued(2, seconds_ago(60), tres="billing=0,cpu=2,node=1"),
        assoc_mgr=QOS,
    )
    usage = (await slurm.source(["sme-inspect01"]).read([ONE]))["inspect01"]
    said = told.allocation(Balance(ONE, usage, usage.as_of.date()), "pi", "ann", "Inspection", str)
    unknown = ("settled", "running", "consumed", "committed", "left", "free_to_plan", "rate", "pace", "unattributed")
    assert {name: said[name] for name in unknown} == dict.fromkeys(unknown)
    assert (said["limit"], said["people"], said["days"]) == (500, [], [])


@pytest.mark.parametrize(("level", "known"), [("None", False), ("Operator", True), ("Administrator", True)])
async def test_use_that_private_data_hides_from_the_hub_is_unknown(slurm: Slurm, level: str, known: bool) -> None:
    slurm.says(config=configured(PrivateData="jobs,usage"), user=f"{level}\n")
    usage = (await slurm.source().read([ONE]))["inspect01"]
    assert (usage.settled == 0) is known
    assert (usage.settled is None) is not known


# Which jobs count, when and how much


async def test_each_of_a_persons_accounts_has_only_its_own_jobs(slurm: Slurm) -> None:
    slurm.says(
        sacct=ended(1, seconds_ago(9000), 7) + ended(2, seconds_ago(9000), 14, account="mobtest01", qos="normal"),
        squeue=queued(3, seconds_ago(60), used="1:00", account="mobtest01"),
    )
    other = Allocation("mobtest01", "mobtest01")
    found = await slurm.source().read([ONE, other])
    assert (found["inspect01"].settled, found["inspect01"].running) == (1, 0)
    assert (found["mobtest01"].settled, found["mobtest01"].running) == (2, Fraction(1, 7 * 60))
