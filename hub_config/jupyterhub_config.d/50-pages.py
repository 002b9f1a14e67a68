"""What people see: our pages over JupyterHub's, the start form, and forms that work without JavaScript."""

from aif_hub.pages import page_settings

page_settings(c)
