"""The hub answers as its OpenAPI description says, to whatever somebody with a token of their own may ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from own_hub import OwnHub
from schemathesis import GenerationMode

from aif_hub.ledger.api import description

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(300)]

DESCRIPTION = json.loads(description())
PATHS = sorted(DESCRIPTION["paths"])


@pytest.fixture(scope="module")
def described(own_hub: OwnHub) -> Any:
    """The description, as a hub serves it, with where it is served."""
    own_hub.start()
    served = own_hub.get("/hub/api/aif/v1/openapi.json")
    assert served.data == DESCRIPTION
    schema = schemathesis.openapi.from_dict(served.data)
    schema.config.update(base_url=f"{own_hub.url}/hub/api/aif/v1")
    return schema


@pytest.fixture(scope="module")
def rights(own_hub: OwnHub) -> dict[str, str]:
    """The header of a PI, who may see much of one project and nothing of the others."""
    own_hub.start()
    return {"Authorization": f"token {own_hub.token(own_hub.login('visser'))}"}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_one_that_is_described(
    described: Any, rights: dict[str, str], path: str, mode: GenerationMode
) -> None:
    [(method, told)] = DESCRIPTION["paths"][path].items()
    if mode is GenerationMode.NEGATIVE and not told.get("parameters"):
        pytest.skip("nothing can be asked wrongly here")
    operation = described[path][method.upper()]
    mine = operation.as_strategy(generation_mode=mode)
    if "{id}" in path and mode is GenerationMode.POSITIVE:
        real = ["mobility01", "mobtest01"] if "allocations" in path else ["0" * 32]
        mine = st.one_of(mine, *(operation.as_strategy(path_parameters={"id": name}) for name in real))

    @given(case=mine)
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def asked(case: Any) -> None:
        headers = [str(value) for value in (case.headers or {}).values()]
        assume(all(value.isascii() and value.isprintable() for value in headers))  # else the proxy answers
        first, last = ((case.query or {}).get(name) for name in ("from", "until"))
        assume(
            not (mode is GenerationMode.POSITIVE and first and last and first > last)
        )  # refused, which no schema can say
        case.call_and_validate(headers=rights)

    asked()


def test_the_description_is_in_the_package_that_a_hub_installs() -> None:
    assert (Path(__file__).parents[2] / "hub_config/aif_hub/ledger/openapi.json").read_bytes() == description()
