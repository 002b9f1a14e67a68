"""dask-jobqueue's own tests, as its package ships them, run with our class in a session on the instance's Slurm.

Left out, each for a reason:
- test_security, test_security_temporary, test_security_temporary_defaults: bring keys or a folder for them; ours has
  both of its own and refuses others (test_scale_options.py checks that), and TLS is on in every test here;
- test_dashboard_link, test_forward_ip, test_scheduler_options, test_scheduler_options_interface: an address of the
  dashboard or scheduler of one's own; ours has no page on a port and listens where its session does;
- test_import_scheduler_options_from_config, test_default_number_of_worker_processes, test_config_interface,
  test_config_name_slurm_takes_custom_config: what a configuration file gives where nothing is said; ours says it;
- test_shebang_settings, test_log_directory, test_command_template, test_cluster_has_cores_and_memory: what there is
  where nothing is said; ours has a shebang, a log folder, one worker a job and the cores and memory of a size;
- test_worker_name_uses_cluster_name: a name in which the shell finds a variable; ours says nothing to the shell;
- test_header, test_job_script, test_job_*, test_errors and others of a job class or another cluster: never meet ours;
- test_different_interfaces_on_scheduler_and_workers: needs interfaces called eth0:…
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from in_a_notebook import session_of
from own_hub import OwnHub

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(400)]
PERSON = "class20"
SLURM = ("test_basic", "test_adaptive")
CORE = ("test_wrong_parameter_error", "test_cluster_error_scheduler_arguments_should_use_scheduler_options")
PYTEST = """import sys
sys.path[1:1], sys.path[len(sys.path):] = [{plugin!r}], [{tools!r}]
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.fixture
def session(own_hub: OwnHub) -> Iterator[dict[str, Any]]:
    with session_of(own_hub, PERSON, "slice") as running:
        yield running


def test_dask_jobqueues_own_tests_pass_with_our_cluster(own_hub: OwnHub, session: dict[str, Any]) -> None:
    person = pwd.getpwnam(own_hub.login(PERSON))
    theirs = own_hub.folder / "jobqueue_own"
    shutil.copytree(Path(__file__).with_name("jobqueue_own"), theirs, ignore=shutil.ignore_patterns("__pycache__"))
    environment = own_hub.prefix / "env/kernels/aif-python"
    tests = next(environment.glob("lib/python3*/site-packages/dask_jobqueue/tests"))
    wanted = [f"{tests}/test_slurm.py::{name}" for name in SLURM] + [
        f"{tests}/test_jobqueue_core.py::{name}" for name in CORE
    ]
    # pytest comes from the tests' environment, and everything that is tested from the kernel's
    start = PYTEST.format(plugin=str(theirs), tools=sysconfig.get_paths()["purelib"])
    options = [
        "-c",
        os.devnull,
        f"--rootdir={tests}",
        "-q",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        "-p",
        "acted_cluster",
    ]
    done = subprocess.run(
        [str(environment / "bin/python"), "-B", "-c", start, *options, *wanted],
        user=person.pw_uid,
        group=person.pw_gid,
        extra_groups=[],
        env={
            "HOME": person.pw_dir,
            "USER": person.pw_name,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "SLURM_CONF": own_hub.instance["slurm_conf"],  # of theirs alone: they ask how many cores there are
            "AIF_SESSION_DIR": str(own_hub.folder_of(session)),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        cwd=person.pw_dir,
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert f"{len(SLURM) + len(CORE)} passed" in done.stdout
