"""The token that a session's server holds, where a restarted hub has made another one meanwhile."""

from __future__ import annotations

from batchspawner import SlurmSpawner
from jupyterhub import orm

from aif_hub.book import Session


def keep_the_jobs_own(spawner: SlurmSpawner, session: Session) -> None:
    """After a restart a server that called back before still holds its token: the one just made goes."""
    database = spawner.user.db
    spare = orm.APIToken.find(database, spawner.api_token) if spawner.api_token else None
    if spare is not None and spare.id in session.token_ids:
        return  # it called back while this start was being prepared; User.spawn puts away the token it made
    if spare is not None:
        database.delete(spare)
    spawner.api_token = ""
    if spawner.orm_spawner.oauth_client and session.oauth_secret:
        spawner.orm_spawner.oauth_client.secret = session.oauth_secret
    database.commit()
