"""T7: a second user on the node does not join somebody's cluster, whatever certificate they show at whatever port."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from launcher_desk import key_and_certificate
from neighbour import Neighbour
from next_door import PROGRAMS, NextDoor
from threats import Attempts

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T7")]

KNOCKING = PROGRAMS / "knocking.py"
#: A record by which TLS says no, in the clear.
ALERT = "\x15\x03"


def knock(who: Neighbour, place: tuple[str, int], *pair: str) -> dict[str, str]:
    """What is said there to whoever comes by TLS with that certificate, and without TLS."""
    said: dict[str, str] = who.found_by(KNOCKING, place[0], str(place[1]), *pair)
    return said


def test_no_port_of_a_cluster_lets_a_stranger_in(next_door: NextDoor, attempts: Attempts, tmp_path: Path) -> None:
    own = [tmp_path / "cert.pem", tmp_path / "key.pem"]
    for file, text in zip(own, reversed(key_and_certificate()), strict=True):
        file.write_text(text)
    opened_for(tmp_path, next_door.neighbour)
    pairs = {"no certificate": (), "one of their own making": map(str, own), "that of their session": next_door.pair}
    for who, pair in [(who, tuple(pair)) for who, pair in pairs.items()]:
        for place in next_door.ports():
            said = knock(next_door.neighbour, place, *pair)
            attempts.check(not said["tls"], f"{place} with {who}: {said}")
            attempts.check(not said["tcp"].removeprefix(ALERT) or said["tcp"].startswith(ALERT), f"{place}: {said}")


def test_with_the_clusters_own_certificate_its_owner_is_let_in(next_door: NextDoor) -> None:
    """So it is the certificate that the stranger lacks."""
    security = "c.security.get_connection_args('worker')['ssl_context']"
    assert next_door.notebook.cell(f"{security}.verify_mode.name") == "CERT_REQUIRED"
    files = {name: str(next_door.cluster / f"of-the-test-{name}.pem") for name in ("cert", "key")}
    next_door.notebook.cell(
        f"import json, os\nos.umask(0o077)\nfiles = json.loads({json.dumps(json.dumps(files))})\n"
        "open(files['cert'], 'w').write(c.security.tls_worker_cert)\n"
        "open(files['key'], 'w').write(c.security.tls_worker_key)"
    )
    host, _, port = next_door.notebook.cell("c.scheduler_address").rpartition("://")[2].rpartition(":")
    owner = Neighbour(next_door.login)
    assert knock(owner, (host, int(port)), files["cert"], files["key"])["tls"]


def test_its_keys_are_closed_to_the_neighbour(next_door: NextDoor, attempts: Attempts) -> None:
    found = next_door.neighbour.found_by(
        PROGRAMS / "looking.py", *map(str, [next_door.cluster, *next_door.cluster.iterdir()])
    )
    attempts.check(found["opened"] == [], str(found["opened"]))
    as_root = Neighbour("root").found_by(PROGRAMS / "looking.py", str(next_door.cluster))
    assert len(as_root["opened"]) >= 2, as_root
    attempts.check(as_root["loose"] == [], str(as_root["loose"]))


def opened_for(folder: Path, neighbour: Neighbour) -> None:
    """Theirs to read: a folder of the tests' own."""
    for above in [folder, *folder.parents][: len(folder.parts) - 2]:
        above.chmod(above.stat().st_mode | 0o055)
    for file in folder.iterdir():
        file.chmod(0o644)
