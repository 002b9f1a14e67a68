"""Who may sign in."""

from aif_hub.configure import login_settings

login_settings(c)
