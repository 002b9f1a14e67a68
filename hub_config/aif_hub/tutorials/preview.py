"""The preview site, made by an instance's environment of people's servers with the kernels that they have."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from aif.tutorials import catalogue
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance
from aif_hub.demo.progress import Progress


def make(inst: Instance, source: Path, built: Path, names: Sequence[str], small: bool) -> None:
    """`built/site`, of the tutorials of the checkout `source` or of those with these names; raises DemoError.

    As who asks, beside no hub and in no session: tutorials that can use a cluster's nodes compute here instead.
    """
    folder, target = source / "tutorials", built / "site"
    check_names(folder, names)
    show = Progress()
    python = inst.env("notebook") / "bin/python"
    command = [python, "-B", "-m", "aif.tutorials.preview", built, folder, target, "small" if small else "full", *names]
    ours = os.pathsep.join(str(source / each) for each in ("extensions", "kernels"))
    outside = {name: value for name, value in os.environ.items() if name != "AIF_SESSION_DIR"}
    environ = {**outside, "PYTHONPATH": ours, "JUPYTER_PATH": str(inst.prefix / "share/jupyter")}
    if subprocess.run(command, env=environ, check=False).returncode:
        raise DemoError("The preview site was not made; what was run until then is kept, and is not run again.")
    shutil.copyfile(source / "hub_config/static/tokens.css", target / "tokens.css")
    show.say(f"Open {target}/index.html.")


def check_names(folder: Path, names: Sequence[str]) -> None:
    """Raises DemoError for a name that no tutorial of the folder has."""
    known = catalogue.read(folder)
    if unknown := [name for name in names if known.entry(name) is None]:
        raise DemoError(
            f"There is no tutorial {unknown[0]}; there are {', '.join(entry.name for entry in known.entries)}."
        )
