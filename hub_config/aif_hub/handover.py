"""What a session's server is given: four private files in its folder, written by the launcher as the person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aif.core.request import JobRequest
from aif.core.site import Site
from aif_hub.book import Session
from aif_hub.certs import KeyPair
from aif_hub.prices import told_in, unit_of


def session_files(
    session: Session,
    site: Site,
    env: Mapping[str, str],
    addresses: Mapping[str, str],
    ready_url: str,
    keys: KeyPair,
    language: str = "",
) -> dict[str, str]:
    """Texts by file name. `env` holds the token; only ``session.json`` has it, and nothing else of the job.

    `addresses` are the nodes' (the server binds its own), `ready_url` is where it calls back, `language` is the
    person's, in which JupyterLab opens and a notebook is told what the session is.
    """
    request = session.request
    profile = site.profile(request.profile)
    record = {
        "session": session.session,
        "env": dict(env),
        "ready_url": ready_url,
        "addresses": dict(addresses),
        "kernel_dirs": list(site.session.kernel_dirs),
        "tutorials_dir": site.session.tutorials_dir,
        "language": language,
        "public": {
            "profile": request.profile,
            "title": profile.title.said_in(language) if profile else request.title,
            "project": request.account,
            "allocation": request.allocation,
            "gpus": request.gpus,
            "gpu_type": request.gpu_type,
            "gpu_memory_gb": profile.gpu_memory_gb if profile else 0,
            "gpus_emulated": site.cluster(request.cluster).emulated_gpus,
            "minutes": request.minutes,
            "cluster": request.cluster,
            "scale": _scale(session.request, site, language),
            "data": _data(session.request, site, language),
        },
    }
    return {"session.json": json.dumps(record), "key.pem": keys.key, "cert.pem": keys.cert, "ca.pem": keys.trusted}


def _scale(request: JobRequest, site: Site, language: str) -> dict[str, Any]:
    """How the person's own Dask workers are started beside the session: by which Slurm, who pays, in which sizes.

    Sizes with one GPU or none: a worker has one, and Slurm puts several on a node. Those of a class are not among them.
    """
    cluster = site.cluster(request.cluster)
    return {
        "slurm_conf": cluster.slurm_conf,
        "slurm_bin": cluster.slurm_bin,
        "qos": request.qos,
        "unit": told_in(unit_of(request, site)),
        "sizes": [
            {
                "name": one.name,
                "title": one.title.said_in(language),
                "partition": one.partition,
                "cpus": one.cpus,
                "memory_mb": one.memory_gb * 1024,
                "gpus": one.gpus,
                "gpu_type": one.gpu_type,
                "gpu_weight": str(one.gpu_weight),
                "gpu_memory_gb": one.gpu_memory_gb,
                "hours_max": one.hours_max,
            }
            for one in site.profiles
            if one.cluster == request.cluster and one.gpus <= 1 and not one.reservation
        ],
    }


def _data(request: JobRequest, site: Site, language: str) -> dict[str, Any]:
    """What the person may bring of their own, whom they ask, and where it lies (`aif.upload`)."""
    said = site.said_in(language)
    return {
        "site": said.name,
        "location": said.data_location,
        "contact": said.data.contact or said.contact,
        "personal": site.data.personal,
        "secret": site.data.secret,
        "blocked": list(site.data.blocked),
        "blocked_sources": list(site.data.blocked_sources),
        "project_dir": site.data.project_dir.format(account=request.account),
    }
