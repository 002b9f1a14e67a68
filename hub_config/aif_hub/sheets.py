"""Our static files below the hub's address, alone and joined, with the hash of their content: to be kept for ever."""

from __future__ import annotations

import hashlib
from functools import cache

from aif_hub.shares import share


def joined(names: tuple[str, ...], kind: str) -> bytes:
    """The style sheets (`kind` css) or scripts (js) of those names in one; KeyError where one is not ours."""
    ours = {path.stem: path for path in share("static").glob(f"*.{kind}")}
    return b"\n".join(ours[name].read_bytes() for name in names)


@cache
def address(name: str) -> str:
    """Of one file."""
    return f"aif/static/{name}?v={_hash((share('static') / name).read_bytes())}"


@cache
def joined_address(names: tuple[str, ...], kind: str) -> str:
    """Of several in one answer."""
    return f"aif/joined/{'+'.join(names)}.{kind}?v={_hash(joined(names, kind))}"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
