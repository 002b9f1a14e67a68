"""What every check may look at: the site, its Slurm's survey, the person to try as, and whether we are root."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aif.core.site import Cluster, Site
from aif.core.slurm import environment
from aif_hub.demo.commands import outcome
from aif_hub.demo.errors import CommandFailed
from aif_hub.operate.host_files import Setup
from aif_hub.operate.survey import Survey


@dataclass(frozen=True, eq=False)  # each is itself alone, so that what it saw can be kept
class Sight:
    """One check of one site."""

    setup: Setup
    surveys: Mapping[str, Survey]  # by cluster; one that did not answer is not in it
    person: str = ""

    @property
    def site(self) -> Site:
        return self.setup.site

    @property
    def cluster(self) -> Cluster:
        """The one whose launcher and accounting this host has."""
        return self.site.clusters[0]

    @property
    def survey(self) -> Survey | None:
        return self.surveys.get(self.cluster.name)

    @cached_property
    def is_root(self) -> bool:
        """Only root may look as somebody else."""
        return os.geteuid() == 0

    def asked_as(self, user: str, argv: Sequence[str], *, text_in: str | None = None, timeout: float = 60) -> Said:
        """What a program says when that user runs it, with Slurm's surroundings. Needs root, or to be that user."""
        surroundings: dict[str, str] = {**environment(self.cluster), "HOME": "/", "AIF_SITE": str(self.setup.site_file)}
        surroundings["PATH"] += ":/usr/sbin:/sbin"
        try:
            done = outcome(
                argv, env=surroundings, text_in=text_in, timeout=timeout, user=user if self.is_root else None, cwd="/"
            )
        except CommandFailed as failed:
            return Said(-1, "", str(failed))
        except (KeyError, LookupError):
            return Said(-1, "", f"there is no user {user}")
        return Said(done.returncode, done.stdout, done.stderr.strip())


@dataclass(frozen=True)
class Said:
    """How a program ended: its status (-1: it could not be run), and what it printed."""

    status: int
    out: str
    err: str

    @property
    def last_words(self) -> str:
        """The last line of what it complained about."""
        return (self.err or self.out).strip().splitlines()[-1] if (self.err or self.out).strip() else "it said nothing"
