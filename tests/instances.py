"""The running instances that `./aif test` brings up, each by its own description, $P/instance.json."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

#: The first, which most tests use; and where all tests run, a second for the browser's.
FIRST, SECOND = "AIF_INSTANCE_JSON", "AIF_SECOND_INSTANCE_JSON"


def described(*variables: str) -> dict[str, Any]:
    """The first of them that is there; without one, tests marked `demo` fail and are never skipped."""
    path = next((os.environ[variable] for variable in variables if os.environ.get(variable)), None)
    if not path:
        pytest.fail(
            f"This test needs a running instance. Run ./aif test, or set {FIRST} to its instance.json.",
            pytrace=False,
        )
    description: dict[str, Any] = json.loads(Path(path).read_text())
    return description
