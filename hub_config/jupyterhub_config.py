"""The hub's configuration: a table of contents. Facts are in the site file ($AIF_SITE), behaviour is in `aif_hub`."""

from pathlib import Path

for fragment in sorted((Path(__file__).parent / "jupyterhub_config.d").glob("*.py")):
    load_subconfig(str(fragment))
