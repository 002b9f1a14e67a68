"""Whether the hub's database can be reached and has the schema that this JupyterHub wants. Run as the hub's user."""

import json
import os

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from jupyterhub import dbutil
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from aif.core import site
from aif.core.errors import AifError
from aif_hub.database import database_url


def report() -> dict[str, object]:
    """`where` without secrets; `error` when it cannot be reached; else the schema's revision and the wanted one."""
    try:
        url = make_url(database_url(site.load()))
    except AifError as error:
        return {"where": "", "error": str(error)}
    where = url.database if url.drivername.startswith("sqlite") else f"{url.host or 'local socket'}, {url.database}"
    if url.drivername.startswith("sqlite") and not os.path.exists(url.database or ""):
        return {"where": where, "new": True}
    script = Config()
    script.set_main_option("script_location", os.path.join(os.path.dirname(dbutil.__file__), "alembic"))
    wanted = ScriptDirectory.from_config(script).get_current_head()
    try:
        with create_engine(url).connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except Exception as error:
        return {"where": where, "error": str(error).splitlines()[0]}
    return {"where": where, "new": found is None, "found": found, "wanted": wanted}


print(json.dumps(report()))
