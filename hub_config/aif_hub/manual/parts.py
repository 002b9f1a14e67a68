"""The parts of the documentation that are made from the code, by the name that a page asks for them with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aif_hub.manual import commands, described, keys, rest, sentences

#: Name of the directive, and what gives its Markdown for a checkout.
PARTS: dict[str, Callable[[Path], str]] = {
    "site-keys": keys.markdown,
    "aif-commands": commands.markdown,
    "rest-addresses": rest.markdown,
    "rest-description": described.markdown,
    "aif-sentences": sentences.markdown,
}
