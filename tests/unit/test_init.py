"""The site file that `aif init` writes: sizes made from what is there, every key explained, and right as it is."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from operate_material import seen

from aif.core import site as sites
from aif_hub import cli
from aif_hub.operate import budgets, init, proposal
from aif_hub.operate.errors import OperateError
from aif_hub.operate.shipped import shipped
from aif_hub.operate.site_text import site_text, toml
from aif_hub.operate.survey import Account, Association, Node, Partition, Qos, Survey

FACTS: dict[str, dict[str, Any]] = {
    "": {
        "name": 'The "A" # factory',
        "contact": "x",
        "data_location": "here",
        "state_dir": "/var/lib/aif",
        "launcher": ["a"],
    },
    "hub": {
        "bind_url": "http://127.0.0.1:8000",
        "api_port": 1,
        "api_host": "127.0.0.1",
        "proxy_api_port": 2,
        "public_url": "https://a.org",
    },
    "login": {"kind": "pam"},
    "cluster": {"name": "demo", "slurm_conf": "/etc/slurm/slurm.conf"},
}


def written(found: Survey) -> str:
    example = shipped("site.example.toml").read_text()
    profiles, projects = proposal.profiles(found, "demo"), proposal.projects(found.accounts)
    return site_text(example, FACTS, profiles, projects, budgets.allocations(found))


def a_node(name: str, gpus: dict[str, int], cpus: int = 64, memory_mb: int = 256 * 1024) -> Node:
    return Node(name, name, cpus, memory_mb, gpus)


def a_partition(name: str, *nodes: Node, **changed: Any) -> Partition:
    facts: dict[str, Any] = {"up": True, "default": False, "max_time": timedelta(days=1), "weights": {}} | changed
    return Partition(name, nodes, **facts)


def sizes(*partitions: Partition) -> dict[str, sites.Profile]:
    nodes = tuple(node for partition in partitions for node in partition.nodes)
    return {one.profile.name: one.profile for one in proposal.profiles(Survey({}, partitions, nodes), "demo")}


def test_the_demos_slurm_gives_a_small_part_a_gpu_a_node_and_no_gpu() -> None:
    site = sites.parse(tomllib.loads(written(seen())))
    assert [profile.name for profile in site.profiles] == ["slice", "gpu", "node", "cpu"]
    small, one, node, without = site.profiles
    assert (small.partition, small.gpu_type, small.gpu_weight, small.gpu_memory_gb) == (
        "mig",
        "h100_1g.10gb",
        Fraction(1, 7),
        10,
    )
    assert (one.partition, one.cpus, one.gpus, one.gpu_memory_gb) == ("gpu", 32, 1, 80)
    assert (node.gpus, node.cpus, node.memory_gb) == (4, 128, 480)
    assert (without.partition, without.gpus) == ("cpu", 0)
    assert site.project_title("inspect01") == "Inspection pilot"
    assert {project.account: project.kind for project in site.projects}["ops01"] == "host"


def test_what_is_said_survives_quotes_and_hashes_and_each_key_keeps_its_comment() -> None:
    text = written(seen())
    assert sites.parse(tomllib.loads(text)).name == 'The "A" # factory'
    line = next(line for line in text.splitlines() if line.startswith("name = "))
    assert line.endswith("# who runs this; on every page")


def test_a_key_nobody_told_us_stays_as_a_comment() -> None:
    text = written(seen())
    assert "\n# look_seconds_idle = 15.0 " in text
    assert "inspect01" not in text.partition("[[project]]")[0]


def test_a_key_that_the_example_only_mentions_is_set_once_where_it_is_known() -> None:
    text = written(seen())
    lines = [line for line in text.splitlines() if "public_url" in line]
    assert [line.partition(" ")[0] for line in lines] == ["public_url"]
    assert "\n# tls_key = " in text


@pytest.mark.parametrize(
    ("url", "tls", "said"),
    [
        ("http://127.0.0.1:8123", (None, None), {"bind_url": "http://127.0.0.1:8123"}),
        ("https://a.org:444", ("c", "k"), {"bind_url": "https://a.org:444", "tls_certificate": "c", "tls_key": "k"}),
    ],
)
def test_the_proxy_listens_where_browsers_come_in(
    url: str, tls: tuple[str | None, str | None], said: dict[str, str]
) -> None:
    assert init._addresses(url, *tls) == said


def test_without_a_certificate_the_proxy_stays_on_loopback_behind_the_public_address() -> None:
    made = init._addresses("https://hub.example.org", None, None)
    assert made["public_url"] == "https://hub.example.org"
    assert str(made["bind_url"]).startswith("http://127.0.0.1:8")


@pytest.mark.parametrize(
    ("url", "tls"), [("ftp://x", (None, None)), ("https://a", ("c", None)), ("http://a", ("c", "k"))]
)
def test_an_address_that_cannot_be_served_is_refused(url: str, tls: tuple[str | None, str | None]) -> None:
    with pytest.raises(OperateError, match=r"^--"):
        init._addresses(url, *tls)


def test_sizes_are_said_in_every_language_of_the_pages() -> None:
    dutch = sites.parse(tomllib.loads(written(seen()))).said_in("nl")
    assert dutch.profiles[0].title == "Klein GPU-deel"
    for proposed in proposal.profiles(seen(), "demo"):
        assert set(proposed.profile.title.others) == set(proposed.profile.text.others) == {"nl"}


def test_weights_come_from_billing_and_else_from_the_name() -> None:
    node = a_node("m1", {"a100_3g.20gb": 8})
    weights = {"gres/gpu:a100": Fraction(8), "gres/gpu:a100_3g.20gb": Fraction(4)}
    assert sizes(a_partition("mig", node, weights=weights))["slice3"].gpu_weight == Fraction(1, 2)
    assert sizes(a_partition("mig", node))["slice3"].gpu_weight == Fraction(3, 7)


def test_partitions_that_are_down_reserved_or_roots_are_left_alone() -> None:
    node = a_node("g1", {"a40": 2})
    assert sizes(a_partition("down", node, up=False), a_partition("root", node, root_only=True)) == {}
    assert sizes(a_partition("class", node, needs_reservation=True)) == {}


def test_each_account_with_a_limit_gets_an_allocation_in_the_unit_that_is_billed() -> None:
    made = {one.name: one for one in budgets.allocations(seen())}
    assert set(made) == {"inspect01", "mobility01", "mobtest01", "ops01", "trn0007"}
    pilot = made["inspect01"]
    assert (pilot.unit, pilot.billing_per_unit, pilot.limit) == ("gpu-hour", 7, None)
    assert (pilot.qos, pilot.start) == ("", None)


def test_a_new_site_file_has_them_with_their_days_to_fill_in() -> None:
    text = written(seen())
    assert [one.account for one in sites.parse(tomllib.loads(text)).allocations] == [
        "inspect01",
        "mobility01",
        "mobtest01",
        "ops01",
        "trn0007",
    ]
    pilot = text.partition('[[allocation]]\nname = "inspect01"\n')[2].partition("\n\n")[0]
    assert [line.partition(" = ")[0] for line in pilot.splitlines()] == [
        "account",
        "unit",
        "billing_per_unit",
        "# start",
        "# compute_end",
        "# data_end",
        "# report_due",
    ]
    filled = text.replace("# start = 2026", "start = 2026", 1).replace("# compute_end = 2027", "compute_end = 2027", 1)
    assert sites.parse(tomllib.loads(filled)).allocations[0].days() == 92


def test_without_limits_the_example_of_an_allocation_is_only_shown() -> None:
    text = written(seen(qos=()))
    assert not sites.parse(tomllib.loads(text)).allocations
    assert "\n# [[allocation]]\n" in text


def accounting(weights: dict[str, Fraction], qos: dict[str, str], **accounts: str) -> Survey:
    """A Slurm with these weights, limits by QOS and by account; everybody's account may use every QOS."""
    partition = a_partition("p", a_node("n", {}), weights=weights)
    return Survey(
        {},
        (partition,),
        partition.nodes,
        tuple(Account(name, name, "", most) for name, most in accounts.items()),
        tuple(Qos(name, frozenset(), most, timedelta.max) for name, most in qos.items()),
        tuple(Association("c", name, "ann", tuple(qos)) for name in accounts),
    )


GPUS = {"gres/gpu:h100": Fraction(7), "gres/gpu:h100_1g.10gb": Fraction(1)}


def test_an_account_may_carry_its_limit_itself_and_a_qos_that_others_use_is_no_ones_budget() -> None:
    [made] = budgets.allocations(accounting(GPUS, {"shared": "billing=60"}, A="billing=420", B=""))
    assert (made.name, made.account, made.unit, made.billing_per_unit, made.limit) == ("a", "A", "gpu-hour", 7, None)


def test_two_limited_qos_of_one_account_are_two_allocations() -> None:
    made = budgets.allocations(accounting(GPUS, {"eu": "billing=60", "nl": "billing=60"}, a=""))
    assert [(one.name, one.qos) for one in made] == [("a-eu", "eu"), ("a-nl", "nl")]


@pytest.mark.parametrize(
    ("weights", "limit", "unit", "per_unit", "amount"),
    [
        (GPUS, "billing=420", "gpu-hour", 7, None),
        ({"gres/gpu": Fraction(1), "gres/gpu:h100": Fraction(3)}, "billing=420", "gpu-hour", 4, None),
        ({"cpu": Fraction(2)}, "billing=420", "core-hour", 2, None),
        (GPUS | {"cpu": Fraction(1, 10)}, "billing=420", "billing-hour", 1, None),
        ({}, "billing=420", "billing-hour", 1, None),
        ({}, "cpu=600,gres/gpu=90", "gpu-hour", 1, Fraction(3, 2)),
        ({}, "node=90", "node-hour", 1, Fraction(3, 2)),
        ({}, "cpu=90", "core-hour", 1, Fraction(3, 2)),
    ],
)
def test_what_is_limited_says_the_unit(
    weights: dict[str, Fraction], limit: str, unit: str, per_unit: int, amount: Fraction | None
) -> None:
    found = accounting(weights, {}, a=limit)
    [made] = budgets.allocations(found)
    assert (made.unit, made.billing_per_unit, made.limit) == (unit, per_unit, amount)
    (cpu,) = (one.profile for one in proposal.profiles(found, "demo"))
    assert ("GPU-hours" in str(cpu.text), "GPU-uren" in cpu.text.said_in("nl")) == (unit == "gpu-hour",) * 2


def test_a_limit_that_is_no_amount_of_anything_is_left_alone() -> None:
    assert budgets.allocations(accounting({}, {}, a="mem=1000")) == []


def test_an_accounts_name_becomes_one_that_may_stand_in_links() -> None:
    [made] = budgets.allocations(accounting(GPUS, {}, **{"_Big Lab/2": "billing=1"}))
    assert made.name == "big-lab-2"


def test_what_init_saw_of_budgets_is_said() -> None:
    assert init._budgets(seen(), budgets.allocations(seen())) == [
        "  5 budgets in gpu-hours. Their first and last days are for you to fill in."
    ]
    assert "No account has a limit" in init._budgets(seen(), [])[0]


def test_times_and_processors_stay_within_the_partition() -> None:
    made = sizes(
        a_partition("short", a_node("g1", {"a40": 2}), max_time=timedelta(minutes=90)),
        a_partition("cpu", a_node("c1", {}, cpus=2), max_time=timedelta(minutes=30), default=True),
    )
    assert (made["gpu"].hours_max, made["gpu"].hours_default) == (1, 1)
    assert (made["cpu"].hours_max, made["cpu"].cpus, made["cpu"].partition) == (0.5, 2, "cpu")


def test_two_kinds_of_cards_are_told_apart_and_an_untyped_one_is_left_out() -> None:
    made = sizes(a_partition("gpu", a_node("g1", {"a40": 1}), a_node("g2", {"h200": 8}), a_node("g3", {"": 2})))
    assert set(made) == {"gpu-a40", "gpu-h200", "node-h200", "cpu"}
    assert made["gpu-h200"].gpu_memory_gb == 141


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", '"a\\nb"'),
        (["x", 'y"'], '["x", "y\\""]'),
        (True, "true"),
        (2.0, "2"),
        (0.5, "0.5"),
        (Fraction(1, 7), '"1/7"'),
    ],
)
def test_values_are_written_as_toml(value: Any, text: str) -> None:
    assert toml(value) == text


def test_without_a_terminal_one_sentence_says_which_flags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["init", "--out", str(tmp_path / "site.toml")]) == 1
    assert capsys.readouterr().err == (
        "aif: There is no terminal to ask at: give --name and --contact, and --yes to ask nothing.\n"
    )
    assert not (tmp_path / "site.toml").exists()


def test_a_slurm_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["init", "--yes", "--name", "x", "--contact", "y", "--out", str(tmp_path / "site.toml")]
    assert cli.main([*words, "--slurm-conf", str(tmp_path / "slurm.conf")]) == 1
    assert f"There is no {tmp_path}/slurm.conf" in capsys.readouterr().err
