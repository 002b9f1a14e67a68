"""A Waldur portal's figures: what a marketplace resource may use and has used, by month and by person.

Endpoints below ``/api/``: ``marketplace-resources/UUID/`` (`limits`, `paused`), ``marketplace-component-usages/`` and
``marketplace-component-user-usages/``, each filtered by `resource_uuid` and `type`, in pages with a ``Link`` header.
"""

from __future__ import annotations

import json
import ssl
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from aif.core.ledger.allocation import Allocation, Waldur
from aif.core.ledger.outside import OutsideError, OutsideUse, component_of

PAGE_SIZE, MOST_PAGES = 100, 200
#: No answer of a page of figures is longer.
MOST_BYTES = 8 * 1024 * 1024


class NoRedirect(HTTPRedirectHandler):
    """The token goes to the portal that the site file names and to nobody else."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


class Portal:
    """One portal, asked with the token in a file that only the hub reads. Its methods block: call them in a thread."""

    def __init__(self, settings: Waldur) -> None:
        self._settings = settings
        self._opener: OpenerDirector = build_opener(NoRedirect(), HTTPSHandler(context=ssl.create_default_context()))

    def use(self, allocation: Allocation) -> OutsideUse:
        """The allocation's figures in its unit. Raises OutsideError."""
        component, each = component_of(allocation), allocation.component_units
        try:
            resource = self._get(f"marketplace-resources/{quote(allocation.resource, safe='')}/", {})[0]
            limit = resource["limits"].get(component)
            wanted = {"resource_uuid": allocation.resource, "type": component, "page_size": str(PAGE_SIZE)}
            total, people, as_of = Fraction(), defaultdict[str, Fraction](Fraction), None
            for month in self._pages("marketplace-component-usages/", wanted):
                if month.get("type", component) == component:
                    total += Fraction(str(month["usage"]))
                    said = _moment(month.get("date"))
                    as_of = max(filter(None, (as_of, said)), default=None)
            for month in self._pages("marketplace-component-user-usages/", wanted):
                if month.get("component_type", component) == component:
                    people[str(month["username"])] += Fraction(str(month["usage"])) * each
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, ZeroDivisionError) as error:
            raise OutsideError(f"{self._settings.url} said what cannot be understood ({error!r}).") from error
        return OutsideUse(
            as_of=as_of or _moment(resource.get("last_sync")) or datetime.now(UTC),
            limit=None if limit is None else Fraction(str(limit)) * each,
            used=total * each,
            people=dict(people),
            suspended=bool(resource.get("paused")),
        )

    def _pages(self, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        for page in range(1, MOST_PAGES + 1):
            rows, more = self._get(path, query | {"page": str(page)})
            yield from rows
            if not more:
                return
        raise OutsideError(f"{self._settings.url} has more than {MOST_PAGES} pages of {path}.")

    def _get(self, path: str, query: dict[str, str]) -> tuple[Any, bool]:
        """The answer, and whether another page follows."""
        base = self._settings.url.rstrip("/")
        address = f"{base}/api/{path}{'?' + urlencode(query) if query else ''}"
        request = Request(address, headers={"Authorization": f"Token {self._token()}", "Accept": "application/json"})  # noqa: S310
        try:
            with self._opener.open(request, timeout=self._settings.timeout_seconds) as answer:
                text = answer.read(MOST_BYTES + 1)
                more = 'rel="next"' in (answer.headers.get("Link") or "")
        except HTTPError as error:
            raise OutsideError(f"{urlsplit(address).netloc} answered {error.code} to {path}.") from error
        except (OSError, HTTPException) as error:
            raise OutsideError(f"{urlsplit(address).netloc} does not answer: {error}.") from error
        if len(text) > MOST_BYTES:
            raise OutsideError(f"{urlsplit(address).netloc} answered with more than {MOST_BYTES} bytes to {path}.")
        return json.loads(text, parse_float=str, parse_int=str), more

    def _token(self) -> str:
        path = Path(self._settings.token_file)
        try:
            if path.stat().st_mode & 0o077:
                raise OutsideError(f"{path} can be read by others; make it 0600.")
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise OutsideError(f"{path} cannot be read: {error.strerror}.") from error


def _moment(text: Any) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
