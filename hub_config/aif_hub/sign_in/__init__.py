"""Ways in that a site may choose: an OpenID Connect provider, or PAM. The demo's own is `aif_hub.demo_login`."""
