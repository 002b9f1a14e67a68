"""JupyterLab in the language that the person spoke when asking for the session, unless they chose one in it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: JupyterLab's locale for a language of the hub's pages; English is its own default.
LOCALES = {"nl": "nl_NL"}
PLUGIN = "@jupyterlab/translation-extension:plugin"
PATHS = "JUPYTER_CONFIG_PATH"


@contextmanager
def spoken(language: str, place: Path) -> Iterator[None]:
    """Inside, JupyterLab reads its defaults with that language (from `place`, a private directory of the session).

    A default, in the place that JupyterLab has for layers of them (`labconfig`): what people choose in its menu is in
    their own settings and wins. The variable goes again, so that no kernel or terminal inherits it.
    """
    if language not in LOCALES:
        yield
        return
    file = place / "config/labconfig/default_setting_overrides.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({PLUGIN: {"locale": LOCALES[language]}}), encoding="utf-8")
    before = os.environ.get(PATHS)
    os.environ[PATHS] = os.pathsep.join([str(place / "config"), *filter(None, [before])])
    try:
        yield
    finally:
        if before is None:
            del os.environ[PATHS]
        else:
            os.environ[PATHS] = before
