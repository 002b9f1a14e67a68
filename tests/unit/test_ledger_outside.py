"""Figures whose book is a file or a portal: their shape, their age, their faults, and Slurm's queue on top."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hub_material import database
from ledger_material import RECORDS, Slurm, ended, queued, seconds_ago

from aif.core.errors import SiteError
from aif.core.ledger.allocation import Allocation, Waldur
from aif.core.ledger.outside import OutsideError, OutsideUse, read_file
from aif.core.ledger.usage import Balance
from aif.core.request import Project
from aif_hub.ledger import outside
from aif_hub.ledger.ledger import Ledger
from aif_hub.ledger.outside import OutsideSource, from_files
from aif_hub.ledger.snapshots import Snapshots
from aif_hub.ledger.source import PartlyRead
from aif_hub.ledger.waldur import Portal

UUID = "6a3d2e9b7c4f4d0e8a1b2c3d4e5f6071"
IN_A_FILE = Allocation("inspect01", "inspect01", source="file")
IN_WALDUR = Allocation(
    "inspect01",
    "inspect01",
    source="waldur",
    resource=UUID,
    component="gpu_k_hours",
    component_units=Fraction(1000),
)
LUMI = {
    "name": "inspect01",
    "title": "Inspection pilot",
    "billing": {
        "cpu_hours": {"alloc": 0, "used": 0},
        "gpu_hours": {"alloc": 500, "used": 120.1},
        "storage_hours": {"alloc": 1000, "used": 250},
    },
}


@pytest.fixture
def slurm(tmp_path: Path) -> Slurm:
    return Slurm(tmp_path)


def written(path: Path, said: object, at: datetime | None = None) -> Path:
    path.write_text(said if isinstance(said, str) else json.dumps(said))
    if at:
        os.utime(path, (at.timestamp(), at.timestamp()))
    return path


# A file


def test_a_file_says_what_was_granted_and_used_when_it_was_written(tmp_path: Path) -> None:
    at = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    use = read_file(written(tmp_path / "u.json", LUMI, at), IN_A_FILE)
    assert (use.limit, use.used, use.as_of, use.people) == (500, Fraction("120.1"), at, {})
    cores = Allocation("c", "inspect01", unit="core-hour")
    assert read_file(tmp_path / "u.json", cores).limit is None, "an allocation of 0 is none"
    storage = Allocation("s", "inspect01", component="storage_hours", component_units=Fraction(2))
    assert read_file(tmp_path / "u.json", storage).used == 500
    absent = Allocation("q", "inspect01", component="qpu_hours")
    assert (read_file(tmp_path / "u.json", absent).limit, read_file(tmp_path / "u.json", absent).used) == (None, None)


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", '{"billing": []}', '{"billing": {"gpu_hours": {"alloc": "x", "used": 1}}}', "\x00"]
)
def test_a_file_of_another_shape_is_an_error_and_no_zero(tmp_path: Path, said: str) -> None:
    with pytest.raises(OutsideError, match="shape of a usage file"):
        read_file(written(tmp_path / "u.json", said), IN_A_FILE)
    with pytest.raises(OutsideError, match="cannot be read"):
        read_file(tmp_path / "none.json", IN_A_FILE)


async def test_the_queue_and_what_ended_since_come_on_top_of_the_file(slurm: Slurm) -> None:
    at, start = seconds_ago(36000), seconds_ago(3600)
    written(slurm.folder / "inspect01.json", LUMI, at)
    early = ended(1, at - timedelta(hours=9), 7)  # is in the file already
    across = ended(2, at - timedelta(hours=1), 7, login="bob")  # ended after it was written
    slurm.says(sacct=early + across, squeue=queued(3, start, used="1:00:00", left="6:00:00"))
    source = OutsideSource("file", slurm.source(), from_files(f"{slurm.folder}/{{resource}}.json"), False, 0)
    usage = (await source.read([IN_A_FILE]))["inspect01"]
    assert (usage.source, usage.as_of, usage.limit) == ("file", at, 500)
    assert (usage.settled, usage.running, usage.committed) == (Fraction("120.1"), Fraction(8, 7), Fraction(6, 7))
    assert usage.unattributed == Fraction("120.1"), "the file has it of nobody"
    assert usage.settled == usage.unattributed + sum(person.settled for person in usage.people)
    assert {person.login: person.running for person in usage.people} == {"ann": Fraction(1, 7), "bob": 1}
    counting = OutsideSource("file", slurm.source(), from_files(f"{slurm.folder}/{{account}}.json"), True, 0)
    again = (await counting.read([IN_A_FILE]))["inspect01"]
    assert again.running == Fraction(7, 7), "six hours of the one that ran when it was written, and the new one"
    assert sum(used for _, used in usage.days) == Fraction(15, 7), "the days are Slurm's own"


async def test_one_projects_broken_file_is_that_projects_trouble_alone(slurm: Slurm, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    written(tmp_path / "files/inspect01.json", LUMI)
    other = Allocation("mob", "mobility01", source="file")
    source = OutsideSource("file", slurm.source(), from_files(f"{tmp_path}/files/{{resource}}.json"), False, 0)
    with pytest.raises(PartlyRead) as part:
        await source.read([IN_A_FILE, other])
    assert list(part.value.read) == ["inspect01"]
    assert "cannot be read" in part.value.trouble["mob"]

    written(tmp_path / "files/mobility01.json", LUMI)
    site = slurm.site(
        allocation=[
            {"name": "inspect01", "account": "inspect01", "source": "file"},
            {"name": "mob", "account": "mobility01", "source": "file"},
        ],
        usage_file={"path": f"{tmp_path}/files/{{resource}}.json"},
    )
    ledger = Ledger(site, {"file": source}, Snapshots(database(tmp_path / "hub.sqlite")))
    both = [Project("inspect01", "Inspection"), Project("mobility01", "Mobility")]
    assert [balance.trouble for balance in await ledger.of(both, patience=20)] == ["", ""]
    (tmp_path / "files/mobility01.json").unlink()
    ledger._read_at.clear()
    await ledger.of(both)
    assert ledger._reading is not None
    await ledger._reading
    fine, broken = await ledger.of(both)
    assert (fine.trouble, broken.consumed) == ("", Fraction("120.1"))
    assert "mobility01.json" in broken.trouble


# A portal


class Recorded(BaseHTTPRequestHandler):
    """Waldur's answers as they are on record; `fault` has it answer otherwise."""

    fault: int = 0
    asked: list[str] = []  # noqa: RUF012  # a new list for each server, see `portal`

    def do_GET(self) -> None:
        place, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        self.asked.append(self.path)
        if self.fault or self.headers["Authorization"] != "Token secret":
            self.send_response(self.fault or 401)
            if self.fault == 302:
                self.send_header("Location", f"http://{self.headers['Host']}/elsewhere")
            self.end_headers()
            return
        if place == f"/api/marketplace-resources/{UUID}/":
            name, more = "resource", False
        elif place == "/api/marketplace-component-usages/":
            name, more = f"usages-{query['page'][0]}", query["page"] == ["1"]
        else:
            name, more = "user-usages", False
        assert place.endswith(f"{UUID}/") or query["resource_uuid"] == [UUID]
        body = (RECORDS / f"waldur/{name}.json").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if more:
            self.send_header("Link", f'<http://{self.headers["Host"]}{place}?page=2>; rel="next"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[tuple[Waldur, type[Recorded]]]:
    class Own(Recorded):
        asked: list[str] = []  # noqa: RUF012

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    token = tmp_path / "token"
    token.write_text("secret\n")
    token.chmod(0o600)
    try:
        yield Waldur(f"http://127.0.0.1:{server.server_port}/", str(token), timeout_seconds=5), Own
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_portal_says_limit_use_by_month_and_use_by_person(portal: tuple[Waldur, type[Recorded]]) -> None:
    settings, server = portal
    use = Portal(settings).use(IN_WALDUR)
    assert (use.limit, use.used, use.people) == (500, 120, {"ann": 70, "bob": 40})
    assert use.as_of == datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    assert len(server.asked) == 4, "the resource, two pages of months, one of people"
    assert not use.suspended


async def test_what_the_portal_paused_is_suspended(slurm: Slurm) -> None:
    paused = OutsideUse(datetime(2026, 11, 24, tzinfo=UTC), Fraction(500), Fraction(1), suspended=True)
    source = OutsideSource("waldur", slurm.source(), lambda one: paused, True, outside.PORTAL_SECONDS)
    usage = (await source.read([IN_WALDUR]))["inspect01"]
    assert Balance(IN_WALDUR, usage, usage.as_of.date()).state == "suspended"


async def test_the_portal_is_the_authority_and_the_queue_comes_on_top(
    slurm: Slurm, portal: tuple[Waldur, type[Recorded]]
) -> None:
    settings, server = portal
    slurm.says(squeue=queued(3, seconds_ago(3600), used="1:00:00", left="6:00:00", login="cleo"))
    source = OutsideSource("waldur", slurm.source(), Portal(settings).use, True, outside.PORTAL_SECONDS)
    for _ in range(2):
        usage = (await source.read([IN_WALDUR]))["inspect01"]
    assert (usage.source, usage.limit, usage.settled, usage.unattributed) == ("waldur", 500, 120, 10)
    assert [person.login for person in usage.people] == ["ann", "bob", "cleo"]
    assert usage.settled == usage.unattributed + sum(person.settled for person in usage.people)
    assert usage.committed == Fraction(6, 7)
    assert len(server.asked) == 4, "a portal is asked every ten minutes, the queue each time"


@pytest.mark.parametrize("fault", [302, 401, 404, 500])
async def test_a_portal_that_refuses_is_named_and_never_followed_elsewhere(
    slurm: Slurm, portal: tuple[Waldur, type[Recorded]], fault: int
) -> None:
    settings, server = portal
    server.fault = fault
    with pytest.raises(OutsideError, match=rf"127\.0\.0\.1:\d+ answered {fault} to marketplace-resources"):
        Portal(settings).use(IN_WALDUR)
    assert len(server.asked) == 1
    source = OutsideSource("waldur", slurm.source(), Portal(settings).use, True, outside.PORTAL_SECONDS)
    with pytest.raises(OutsideError):
        await source.read([IN_WALDUR, Allocation("b", "b", source="waldur", resource="b")])
    assert len(server.asked) == 2, "who refuses one is not asked for all the others"


def test_a_portal_that_is_not_there_and_a_token_that_others_can_read(portal: tuple[Waldur, type[Recorded]]) -> None:
    settings, _ = portal
    with pytest.raises(OutsideError, match="does not answer"):
        Portal(Waldur("http://127.0.0.1:9", settings.token_file, 2.0)).use(IN_WALDUR)
    Path(settings.token_file).chmod(0o640)
    with pytest.raises(OutsideError, match="make it 0600"):
        Portal(settings).use(IN_WALDUR)
    with pytest.raises(OutsideError, match="cannot be read"):
        Portal(Waldur(settings.url, "/nowhere/token")).use(IN_WALDUR)


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"source": "file"}, "usage_file.path"),
        ({"source": "waldur"}, "waldur"),
        ({"component_units": 0}, "allocation.a.component_units"),
        ({"cluster": "other"}, "allocation.a.cluster"),
    ],
)
def test_a_site_file_that_names_no_source_is_refused(slurm: Slurm, changed: dict[str, object], key: str) -> None:
    with pytest.raises(SiteError) as refused:
        slurm.site(allocation=[{"name": "a", "account": "inspect01", **changed}])
    assert refused.value.key == key
    with pytest.raises(SiteError, match="UUID"):
        slurm.site(
            allocation=[{"name": "a", "account": "inspect01", "source": "waldur"}],
            waldur={"url": "https://portal.example.org", "token_file": "/t"},
        )
