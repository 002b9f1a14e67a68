"""JupyterLab's page is made of the site's files: nothing in a home adds to it, or takes the workbench's parts out."""

import os
from pathlib import Path

from jupyter_core.paths import jupyter_config_path
from jupyter_server.services.config.manager import ConfigManager
from jupyterlab_server import config, settings_utils
from traitlets import default


class SiteConfig(ConfigManager):
    """JupyterLab's `labconfig`, without the folders of the home. What people choose in its menus lies elsewhere."""

    @default("read_config_path")
    def _without_the_home(self) -> list[str]:
        home = Path.home().resolve()
        folders = [path for path in jupyter_config_path() if not Path(path).resolve().is_relative_to(home)]
        return [os.path.join(path, self.config_dir_name) for path in folders]


def take() -> None:
    """From now on, in this process."""
    for module in (config, settings_utils):
        module.ConfigManager = SiteConfig  # type: ignore[attr-defined]  # imported there by that name
