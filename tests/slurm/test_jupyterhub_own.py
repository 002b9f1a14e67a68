"""JupyterHub's own tests of spawners and named servers, run with our class on the instance's Slurm.

Left out, each for a reason:
- test_spawner: all that make a LocalProcessSpawner of their own and so never meet ours (test_spawner, test_setcwd,
  test_string_formatting, test_popen_kwargs, test_shell_cmd, test_stop_spawner_*, test_spawner_poll, test_inherit_*,
  test_spawner_env, test_hub_connect_url, test_spawner_options_from_form*, test_predefined_*, test_apply_user_options_*,
  test_spawner_server);
- test_single_user_spawner: sets `cmd`; ours runs what the launcher's configuration names, and nothing else;
- test_spawner_reuse_api_token, test_spawner_insert_api_token, test_spawner_bad_api_token: a spawner that keeps tokens
  over stops or brings its own; our tokens are one session's and end with it (test_crashes.py checks that);
- test_spawner_routing: people called has@x, which no Unix account is;
- test_named_server_create_server: keeps an option called "key" for later; ours takes what a session can be asked for
  (test_server_bodies.py and tests/security/test_t02_choices.py have what is kept);
- test_create_or_start_named_server: asks the server for its environment, which the stand-in does not tell;
- test_named_server_spawn_form, test_named_server_spawn_with_opts, test_user_redirect_*: need JupyterHub's FormSpawner,
  its options and its pages.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from own_hub import OwnHub

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(400)]

SETTINGS = {
    "asyncio_mode": "auto",
    "asyncio_default_fixture_loop_scope": "module",
    "asyncio_default_test_loop_scope": "module",
}


def test_jupyterhubs_own_tests_pass_with_our_spawner(own_hub: OwnHub) -> None:
    theirs = own_hub.folder / "jupyterhub_own"
    shutil.copytree(Path(__file__).with_name("jupyterhub_own"), theirs, ignore=shutil.ignore_patterns("__pycache__"))
    for number in range(1, 26):
        own_hub.use_standin(f"{own_hub.name}-class{number:02d}")
    person = pwd.getpwnam(own_hub.user)
    settings = [word for key, value in SETTINGS.items() for word in ("-o", f"{key}={value}")]
    places = [
        "-c",
        os.devnull,
        f"--rootdir={theirs}",
        f"--basetemp={own_hub.state}/theirs",
        "-p",
        "no:cacheprovider",
        "-p",
        "acted_hub",
    ]
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "--tb=short", *settings, *places, str(theirs / "theirs.py")],
        user=person.pw_uid,
        group=person.pw_gid,
        extra_groups=os.getgrouplist(own_hub.user, person.pw_gid),
        env={
            "PATH": f"{own_hub.prefix}/env/hub/bin:/usr/bin:/bin",
            "HOME": str(own_hub.state),
            "LANG": "C.UTF-8",
            "SSL_ENABLED": "1",
            "AIF_SITE": f"{own_hub.folder}/site.toml",
            "AIF_INSTANCE": own_hub.name,
            "PYTHONPATH": str(theirs),
        },
        cwd=own_hub.state,
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
