"""What Slurm's own words become: partitions, nodes, limits and who belongs to what."""

from __future__ import annotations

import doctest
from datetime import timedelta
from fractions import Fraction

import pytest
from operate_material import seen

from aif_hub.operate import survey


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(survey).failed == 0


def test_nodes_have_their_gpus_addresses_and_sizes() -> None:
    first, *_, last = seen().nodes
    assert (first.name, first.address, first.cpus, first.memory_mb) == ("gpu01", "127.55.1.1", 128, 524288)
    assert first.gpus == {"h100": 4}
    assert (last.name, last.gpus) == ("mig01", {"h100_1g.10gb": 49})


def test_partitions_have_their_nodes_limits_and_weights() -> None:
    cpu = seen().partition("cpu")
    assert cpu is not None
    assert [node.name for node in cpu.nodes] == ["gpu01", "gpu02", "gpu03", "mig01"]
    assert (cpu.up, cpu.default, cpu.max_time, cpu.cpus_a_node) == (True, True, timedelta(days=1), 30)
    assert cpu.weights["gres/gpu:h100"] == 7
    assert seen().partition("nowhere") is None


def test_the_configuration_has_the_cgroup_part_too() -> None:
    assert seen().config["ConstrainRAMSpace"] == "yes"
    assert seen().words("AccountingStorageEnforce") == {"associations", "limits", "qos", "safe"}
    assert seen().words("PrivateData") == set()
    assert seen().words("JobSubmitPlugins") == set()


def test_accounts_and_people_leave_out_roots_and_the_accounts_own_lines() -> None:
    found = seen()
    assert [account.name for account in found.accounts] == ["inspect01", "mobility01", "mobtest01", "ops01", "trn0007"]
    assert ("mobility01", "demo-bakker") in [(entry.account, entry.user) for entry in found.associations]
    assert all(entry.user for entry in found.associations)
    assert next(qos for qos in found.qos if qos.name == "sme-inspect01").flags == {"NoDecay"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("gpu[01-03],mig01", {"gpu01", "gpu02", "gpu03", "mig01"}),
        ("n[1,3-4]x[0-1]", {"n1x0", "n1x1", "n3x0", "n3x1", "n4x0", "n4x1"}),
        ("alone", {"alone"}),
        ("(null)", set()),
        ("", set()),
    ],
)
def test_node_lists_are_expanded(text: str, names: set[str]) -> None:
    assert survey.expanded(text) == names


@pytest.mark.parametrize(
    ("gres", "gpus"),
    [
        ("gpu:a100:4(S:0-3)", {"a100": 4}),
        ("gpu:4", {"": 4}),
        ("gpu:h100:2(S:0),gpu:h100_3g.40gb:4(S:1),shard:8", {"h100": 2, "h100_3g.40gb": 4}),
        ("(null)", {}),
        ("craynetwork:4", {}),
    ],
)
def test_gpus_are_counted_by_type(gres: str, gpus: dict[str, int]) -> None:
    assert survey.parse_gpus(gres) == gpus


def test_weights_with_units_and_without() -> None:
    assert survey.parse_weights("CPU=0.25,Mem=0.5G,GRES/gpu:H100=7") == {
        "cpu": Fraction(1, 4),
        "mem": Fraction(1, 2),
        "gres/gpu:h100": 7,
    }
    assert survey.parse_weights("(null)") == {}
