"""What our part of the hub tells is heard: at its level, once, and in the form of JupyterHub's lines."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from aif_hub import logs


@pytest.fixture
def ours() -> Iterator[logging.Logger]:
    """The logger, as a hub finds it when it begins."""
    logger = logging.getLogger("aif")
    kept = (logger.level, logger.propagate, list(logger.handlers))
    logger.handlers.clear()
    yield logger
    logger.level, logger.propagate = kept[:2]
    logger.handlers[:] = kept[2]


def test_a_line_is_told_once_with_its_level_time_and_place(
    ours: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.tell()
    logs.tell()
    logging.getLogger("aif.sessions").info("session %s is kept", "abc")
    logging.getLogger("aif.sessions").debug("not this one")
    assert re.fullmatch(
        r"\[I \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} aif\.sessions\] session abc is kept\n", capfd.readouterr().err
    )


def test_who_looks_for_a_fault_hears_more(ours: logging.Logger, capfd: pytest.CaptureFixture[str]) -> None:
    logs.tell()
    ours.setLevel(logging.DEBUG)
    logging.getLogger("aif.warnings").debug("a report")
    assert capfd.readouterr().err.startswith("[D ")
