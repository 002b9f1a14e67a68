"""Everything Home shows for one person. It waits for nobody: what is not known yet comes with the next look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from aif.core.site import Site
from aif_hub.book import Session
from aif_hub.funds import PATIENCE_SECONDS, funds_of
from aif_hub.offered import offered
from aif_hub.paths import Paths
from aif_hub.recorded import as_recorded
from aif_hub.views import Home, Look, home
from aif_hub.views_clusters import cluster_rows, rate
from aif_hub.views_projects import project_card
from aif_hub.views_tutorials import lesson
from aif_hub.workbench import Workbench


async def home_page(
    workbench: Workbench, site: Site, login: str, look: Callable[[Session], Look], paths: Paths, now: datetime
) -> Home:
    """Home in the words of `site`; `look` is what Slurm last said of a session."""
    projects = await workbench.projects.of(login, patience=PATIENCE_SECONDS)
    sessions = as_recorded(workbench, workbench.sessions.book.of(login))
    open_now = [session for session in sessions if session.open]
    seen = {one.session: workbench.workers[one.cluster].clusters_of(one) for one in open_now}
    rates = {name: rate(clusters) for name, clusters in seen.items()}
    paying = await funds_of(workbench, projects, login)
    cards = [project_card(funds, open_now, now, site, paths, rates) for funds in paying]
    to_learn = lesson(offered(site), sessions, site, paths, workbench.progress.of(login))
    clusters = {name: cluster_rows(found) for name, found in seen.items()}
    page = home(sessions, look, now, site, paths, tuple(cards), to_learn, lambda one: clusters[one.session])
    return replace(page, terms_url=paths.terms() if workbench.terms.missing(login) else "")
