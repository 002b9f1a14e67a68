"""The tests' own hub with its records on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from own_hub import OwnHub
from postgres import Postgres


class PostgresHub(OwnHub):
    """As any of the tests' own; what it has written down is asked of that server."""

    def __init__(self, instance: Mapping[str, Any], server: Postgres, place: str = "postgres-hub") -> None:
        self._server_of_records = server
        hub = f'database = "{server.url}"\ndatabase_passfile = "{server.passfile}"'
        super().__init__(instance, place, hub=hub)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the hub's database answers, without the hub; every value as a text."""
        return [tuple(row) for row in self._server_of_records.rows(query, *values)]
