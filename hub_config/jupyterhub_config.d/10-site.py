"""The site's facts: where the hub listens, where its state lies, who runs it."""

from aif_hub.configure import site_settings

site_settings(c)
