"""Imports that a person's server pays for and never uses, left out: about half of its start time.

Each shortcut says what it skips and why that is safe. None changes what is served. When an import fails with them (a
newer JupyterHub, say), everything is imported the ordinary, slower way.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

# The hub's database and pages. A server asks its hub over HTTP and has neither; they are named at the top of
# jupyterhub.log (two names, for logging), .scopes (functions for the hub) and .utils (an exception the hub catches).
HUB_ONLY: dict[str, tuple[str, ...]] = {
    "sqlalchemy": (),
    "sqlalchemy.exc": ("SQLAlchemyError",),
    "jupyterhub.orm": (),
    "jupyterhub.roles": (),
    "jupyterhub.handlers": (),
    "jupyterhub.handlers.pages": ("HealthCheckHandler",),
    "jupyterhub.metrics": ("prometheus_log_method",),
}


@contextmanager
def taken() -> Iterator[None]:
    """Inside, `aif.server.lab` is imported the short way; afterwards every real module can be imported as ever."""
    _without_iri_grammar()
    try:
        with _without_hub_modules():
            import jupyterhub.singleuser.extension  # noqa: F401
    except Exception:  # whatever a new release trips over, the slow way is the answer
        for name in [name for name in sys.modules if name.split(".")[0] == "jupyterhub"]:
            del sys.modules[name]
    _without_yarn()
    yield


def _without_iri_grammar() -> None:
    """Saves 1 s: `rfc3987_syntax` builds a grammar at import, for JSON schemas with the format "iri".

    jsonschema treats the package as optional (`suppress(ImportError)`), and neither Jupyter's event schemas nor
    JupyterLab's settings use that format. None in `sys.modules` is Python's own way to say "not importable".
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


@contextmanager
def _without_hub_modules() -> Iterator[None]:
    """Saves 0.4 s: empty modules stand in for HUB_ONLY, only while JupyterHub's server extension is imported."""
    stand_ins = {name: _stand_in(name, names) for name, names in HUB_ONLY.items() if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _stand_in(name: str, names: tuple[str, ...]) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = []  # lets `import sqlalchemy.exc` look for a submodule, which is in the table
    for each in names:
        setattr(module, each, _count_nothing if each.islower() else type(each, (Exception,), {}))
    return module


def _count_nothing(*_: Any) -> None:
    """Stands in for the hub's request metrics, which nobody reads from a person's server."""


def _without_yarn() -> None:
    """Saves 0.3 to 0.5 s: JupyterLab runs `node yarn.js config` once, to learn a package registry for its build.

    Nobody builds JupyterLab on a node (the extension manager is read-only), and without Node it uses the same default.
    """
    import jupyterlab.commands

    if hasattr(jupyterlab.commands, "_yarn_config"):
        jupyterlab.commands._yarn_config = lambda logger: {"yarn config": {}, "npm config": {}}
