"""Files of a home that some program may run, or be set by, each of which leaves a mark when it is."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SHELLS = (
    *(".bashrc", ".profile", ".bash_profile", ".bash_login", ".bash_logout", ".zshenv", ".zshrc", ".zprofile"),
    *(".kshrc", ".login", ".cshrc", ".tcshrc", ".xprofile", ".xsession", ".config/fish/config.fish", ".ssh/rc"),
)
JUPYTER = ("jupyter", "jupyter_server", "jupyter_notebook", "jupyter_lab", "jupyterhub", "jupyter_nbconvert")
#: In the place of modules that a server imports, or that Python itself does.
MODULES = (
    *("sitecustomize", "usercustomize", "aif", "tornado", "jupyterlab", "jupyter_server", "jupyterhub"),
    "trap_of_t12",
)
IPYTHON = (".ipython/profile_default/startup/00-trap.py", ".ipython/profile_default/ipython_config.py")
SWITCHED_ON = '{"ServerApp": {"jpserver_extensions": {"trap_of_t12": true}, "root_dir": "/", "allow_origin": "*"}}'


def traps(home: Path, marks: Path, versions: list[str]) -> dict[Path, str]:
    """What each file holds; `versions` are of Pythons, such as ``3.11``."""
    sites = [home / f".local/lib/python{version}/site-packages" for version in versions]
    settings = [folder / f"{name}_config.py" for folder in (home, home / ".jupyter") for name in JUPYTER]
    modules = [folder / f"{name}.py" for folder in (home, home / "trap", *sites) for name in MODULES]
    others = [home / name for name in (*IPYTHON, ".ipython/extensions/trap_of_t12.py", ".pythonrc", ".pdbrc")]
    code = "import pathlib; pathlib.Path({!r}).touch()\n"
    made = {home / name: f": > {marks}/{mark(name)}\nexport PYTHONPATH={home}/trap\n" for name in SHELLS}
    for path in (*settings, *modules, *others, *(site / "trap.pth" for site in sites)):
        made[path] = code.format(f"{marks}/{mark(path.relative_to(home))}")
    jupyter, extension = home / ".jupyter", home / ".local/share/jupyter/labextensions/trap_of_t12"
    return made | {
        jupyter / "jupyter_server_config.d/trap.json": SWITCHED_ON,
        jupyter / "jupyter_server_config.json": SWITCHED_ON,
        jupyter / "labconfig/page_config.json": '{"disabledExtensions": {"trap_of_t12": true}}',
        extension / "package.json": '{"name": "trap_of_t12", "version": "1.0.0", "jupyterlab": '
        '{"extension": true, "_build": {"load": "static/remoteEntry.js", "extension": "./extension"}}}',
        extension / "static/remoteEntry.js": "throw Error('trap_of_t12')",
    }


def mark(name: str | Path) -> str:
    """What a file of a home leaves where it is run."""
    return str(name).replace("/", "+")


def pythons(prefix: Path) -> list[str]:
    """The versions of all Pythons of an instance, the system's first."""
    system = os.path.realpath("/usr/bin/python3").rpartition("python")[2]
    return list(dict.fromkeys((system, *(path.name[6:] for path in prefix.glob("env/*/lib/python3*")))))


@contextmanager
def planted(login: str, files: Mapping[Path, str], marks: Path) -> Iterator[None]:
    """The home with these files, all of its person's; as it was before, afterwards."""
    entry = pwd.getpwnam(login)
    home = Path(entry.pw_dir)
    aside = home.with_name(f"{home.name}.aside")
    subprocess.run(["cp", "-a", home, aside], check=True, timeout=60)
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        marks.mkdir()
        for folder, _, names in os.walk(home):
            for name in ("", *names):
                os.lchown(os.path.join(folder, name), entry.pw_uid, entry.pw_gid)
        yield
    finally:
        shutil.rmtree(home)
        aside.rename(home)
