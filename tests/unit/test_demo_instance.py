"""An instance's names, ports and record."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from aif_hub.demo import beside, bring_up, instance, ports, services
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.errors import DemoError, InnerPortTaken, NoInstance, PortTaken


def made(prefix: Path, name: str = "demo") -> instance.Instance:
    prefix.mkdir(parents=True, exist_ok=True)
    inst = instance.Instance(name, prefix, Path("/src"), False, 8000, 20000, 18)
    instance.write(inst, "0.1.0")
    return inst


def test_what_was_decided_is_found_again(tmp_path: Path) -> None:
    inst = made(tmp_path / "demo")
    assert instance.load("demo", inst.prefix) == inst


def test_every_node_has_an_address_and_a_port_of_its_own(tmp_path: Path) -> None:
    inst = made(tmp_path / "demo")
    assert inst.addresses == {
        "gpu01": "127.18.1.1",
        "gpu02": "127.18.1.2",
        "gpu03": "127.18.1.3",
        "mig01": "127.18.1.4",
    }
    services = [inst.slurmctld_port, inst.slurmdbd_port, inst.hub_port, inst.proxy_api_port]
    assert len({*services, *inst.slurmd_ports.values()}) == 8


def test_a_prefix_of_another_instance_is_refused_by_name(tmp_path: Path) -> None:
    made(tmp_path / "here", "one")
    with pytest.raises(DemoError, match="belongs to the instance 'one', not to 'two'"):
        instance.load("two", tmp_path / "here")


def test_no_instance_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(NoInstance, match=r"`\./aif up` makes one"):
        instance.load("demo", tmp_path)


def test_two_instances_never_share_a_port_or_a_network(tmp_path: Path) -> None:
    first = instance.decide("one", tmp_path / "one", Path("/src"), dev=False, port=None)
    first.prefix.mkdir()
    instance.write(first, "0.1.0")
    with socket.socket() as busy:
        busy.bind(("0.0.0.0", first.first_port))  # noqa: S104 - as Slurm does
        busy.listen()
        second = instance.decide("two", tmp_path / "two", Path("/src"), dev=False, port=None)
        again = instance.decide("one", tmp_path / "three", Path("/src"), dev=False, port=None)
    assert second.network != first.network
    assert first.first_port not in (second.first_port, again.first_port)


def test_a_file_beside_the_prefix_is_nobodys_trouble(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    assert instance.decide("one", tmp_path / "one", Path("/src"), dev=False, port=None).prefix == tmp_path / "one"
    with pytest.raises(DemoError, match=r"notes\.txt is not a folder\. Choose another --prefix"):
        instance.load("demo", tmp_path / "notes.txt")


def test_a_taken_port_names_its_holder_and_another_port(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(PortTaken) as said:
            instance.decide("demo", tmp_path / "demo", Path("/src"), dev=False, port=port)
    assert f"Port {port} is already used by" in str(said.value)
    assert "(process " in str(said.value)
    assert f"--port {port + 10}" in str(said.value)


def test_a_port_that_nobody_holds_is_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert ports.is_free(port)
    assert not ports.answers(port)


def test_the_record_of_what_was_made_survives_a_second_up(tmp_path: Path) -> None:
    inst = made(tmp_path / "demo")
    instance.record_made(inst, "users", ["demo-marieke"])
    instance.record_made(inst, "users", ["demo-marieke", "demo-olga"])
    instance.set_stamp(inst, "env/hub", "abc")
    instance.write(inst, "0.2.0")
    assert instance.made(inst, "users") == ["demo-marieke", "demo-olga"]
    assert instance.stamp(inst, "env/hub") == "abc"
    assert instance.stamp(inst, "env/notebook") == ""


def test_a_second_instance_has_the_first_ones_software_and_nothing_else_of_it(tmp_path: Path) -> None:
    first = made(tmp_path / "one", "one")
    (first.prefix / "env/hub").mkdir(parents=True)
    (first.prefix / "share/docs").mkdir(parents=True)
    for step in ("env/hub", "wheel/hub", "proxy", "docs", "logins", "accounts"):
        instance.set_stamp(first, step, "old")
    beside.prepare(first, "oneb", tmp_path / "oneb", "0.1.0")
    second = instance.load("oneb", tmp_path / "oneb")
    assert (second.network, second.first_port) != (first.network, first.first_port)
    assert (second.source, second.env("hub").resolve()) == (first.source, first.env("hub"))
    assert set(instance.read_book(second.prefix)["stamps"]) == {"env/hub", "wheel/hub", "proxy", "docs"}
    instance.record_made(second, "users", ["aif-oneb"])
    instance.set_stamp(second, "logins", "new")
    instance.set_stamp(first, "wheel/hub", "new")
    beside.prepare(first, "oneb", tmp_path / "oneb", "0.1.0")
    assert instance.made(second, "users") == ["aif-oneb"]
    assert (instance.stamp(second, "wheel/hub"), instance.stamp(second, "logins")) == ("new", "new")


def test_a_first_run_that_was_broken_off_at_once_goes_on(tmp_path: Path) -> None:
    prefix = tmp_path / "demo"
    (prefix / "log").mkdir(parents=True)
    (prefix / "instance.json.new").write_text("{")
    assert bring_up.decided("demo", prefix, Path("/src"), None, False).prefix == prefix
    (prefix / "thesis.tex").touch()
    with pytest.raises(DemoError, match=r"has files that are not of an instance of ours\. Choose another --prefix"):
        bring_up.decided("demo", prefix, Path("/src"), None, False)


@pytest.mark.parametrize("name", ["hub_port", "proxy_api_port"])
def test_an_inner_port_that_somebody_took_is_named_without_an_option_that_does_not_help(
    name: str, tmp_path: Path
) -> None:
    inst = instance.decide("one", tmp_path / "one", Path("/src"), dev=False, port=None)
    door, desk = (Daemon(what, (), tmp_path, tmp_path / "log") for what in ("proxy", "hub"))
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", getattr(inst, name)))
        busy.listen()
        with pytest.raises(InnerPortTaken) as said:
            services._free_ports(inst, door, desk)
    assert f"Port {getattr(inst, name)}, which the " in str(said.value)
    assert "Stop that process and run `./aif up` again" in str(said.value)
    assert "--port" not in str(said.value)
    services._free_ports(inst, door, desk)
