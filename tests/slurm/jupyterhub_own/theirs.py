"""Those of JupyterHub's own tests that say what any spawner must do; `../test_jupyterhub_own.py` names the others."""

from jupyterhub.tests.test_named_servers import (  # noqa: F401
    named_servers_with_callable_limit,
    test_create_invalid_named_server,
    test_default_server,
    test_delete_named_server,
    test_named_server_create_server_invalid,
    test_named_server_disabled,
    test_named_server_limit,
    test_named_server_stop_server,
    test_stopped_servers,
)
from jupyterhub.tests.test_spawner import (  # noqa: F401
    test_group_override,
    test_group_override_callable,
    test_group_override_dict_merging,
    test_group_override_lexical_ordering,
    test_server_token_scopes,
    test_spawner_delete_server,
    test_spawner_from_db,
    test_spawner_oauth_roles_bad,
    test_spawner_oauth_scopes,
)
