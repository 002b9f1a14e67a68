"""Gives the hub's tables the form that this JupyterHub wants. Run as the hub's user, while the hub is stopped."""

import logging

from jupyterhub import dbutil

from aif.core import site
from aif_hub.database import database_url

dbutil.upgrade_if_needed(database_url(site.load()), backup=False, log=logging.getLogger("aif"))
