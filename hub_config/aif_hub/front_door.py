"""What browsers are told about the hub's pages: whose scripts and forms, which cookies, and in whose frames they are.

As JupyterHub's guide to security asks: every page of the hub says that no other page may frame it, that its scripts,
pictures and questions are its own, and its cookies go along with nobody else's forms.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult

from tornado.web import RequestHandler

from aif.core.front import front, is_name
from aif.core.site import Hub

#: What is not named is the hub's own and nobody else's. Templates have scripts and lengths of bars in them.
POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
#: For what is no page: a browser that opens it alone runs nothing.
NO_PAGE = "default-src 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'"


def browser_settings(c: Any, hub: Hub) -> None:
    """Subdomains, cookies and the policy of every page (`tornado_settings` is there already)."""
    place = front(hub.bind_url, hub.public_url)
    secure = place.scheme == "https"
    if hub.person_subdomains:
        c.JupyterHub.subdomain_host = f"{place.scheme}://{place.netloc}"
        # a page below the hub's name cannot set a cookie of that kind for the hub; browsers take them over TLS alone
        c.JupyterHub.cookie_host_prefix_enabled = secure
    cookies: dict[str, Any] = {"samesite": "Lax", **({"secure": True} if secure else {})}
    c.JupyterHub.tornado_settings |= {
        "cookie_options": cookies,
        "xsrf_cookie_kwargs": {**cookies, "httponly": True},  # forms and pages have it in them
        "headers": {
            "Content-Security-Policy": policy(hub),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        },
    }


def remember(handler: RequestHandler, name: str, value: str, days: int) -> None:
    """A cookie of ours, which says nothing of who somebody is; by the rules of JupyterHub's own."""
    rules = handler.settings.get("cookie_options", {})
    handler.set_cookie(name, value, expires_days=days, path=handler.settings["base_url"], httponly=True, **rules)


def no_page(handler: RequestHandler) -> None:
    """For an answer that is no page, and whose handler is not JupyterHub's."""
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Content-Security-Policy", NO_PAGE)


def browser_names(hub: Hub) -> list[str]:
    """The names of hosts by which browsers may ask for the hub; none where they ask by its address."""
    host = front(hub.bind_url, hub.public_url).hostname or ""
    return [host, *([f"*.{host}"] if hub.person_subdomains else [])] if is_name(host) else []


def host_of(user: Any, hub: Hub) -> str:
    """The host by which browsers ask for the servers of `user` (JupyterHub's)."""
    return str(user.domain if hub.person_subdomains else front(hub.bind_url, hub.public_url).hostname or "")


def policy(hub: Hub) -> str:
    """The Content-Security-Policy of the hub's pages."""
    report = f"{hub.base_url.rstrip('/')}/hub/security/csp-report"
    return "; ".join([*POLICY, f"form-action {_forms_lead_to(hub)}", f"report-uri {report}"])


def _forms_lead_to(hub: Hub) -> str:
    """The hub, and where it leads on from a form: to a person's own server."""
    place = front(hub.bind_url, hub.public_url)
    return f"'self' {_below(place)}" if hub.person_subdomains else "'self'"


def _below(place: SplitResult) -> str:
    return f"{place.scheme}://*.{place.netloc}"
