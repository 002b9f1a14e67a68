"""What runs beside the hub."""

from aif_hub.configure import service_settings

service_settings(c)
