"""Signing in with the system's passwords, at a hub that is not root: PAM asks for what the hub may read."""

from __future__ import annotations

import grp
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from own_hub import OwnHub

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def hub(instance: dict[str, Any]) -> Iterator[OwnHub]:
    """A hub in the group that may compare passwords; two people of the demo have a password at the system meanwhile."""
    made = OwnHub(instance, "pam-hub", 'kind = "pam"\npam_service = "other"\n')
    made.extra_groups = [grp.getgrnam("shadow").gr_gid]
    people = [f"{made.name}-{short}" for short in ("marieke", "class44")]
    try:
        for login in people:
            subprocess.run(["chpasswd"], input=f"{login}:{made.password(login)}", text=True, check=True, timeout=30)
        subprocess.run(["usermod", "--expiredate", "1", people[1]], check=True, timeout=30)  # closed in 1970
        made.start()
        yield made
    finally:
        for login in people:
            subprocess.run(["usermod", "--password", "!", "--expiredate", "", login], check=True, timeout=30)
        made.close()


def test_the_systems_password_signs_in_and_a_closed_account_does_not(hub: OwnHub) -> None:
    page = hub.browser(f"{hub.name}-marieke")
    assert "Marieke de Vries" in page("/hub/home").text
    with pytest.raises(AssertionError, match="do not belong together"):
        hub.browser(f"{hub.name}-class44")
    assert hub.api("GET", f"users/{hub.name}-class44").status == 404
    assert "Disabling PAM sessions" not in hub.log_text()
