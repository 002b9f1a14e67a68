"""How a page is made: what it has to wait for is asked first, then its template is filled in one go.

JupyterHub fills templates so that each gap in them may be waited for, which takes them half as long again. Ours wait
for one thing at most, and it is named here. Importing this module puts it in the hub.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from jupyterhub.handlers.base import BaseHandler
from tornado.httputil import url_concat

if TYPE_CHECKING:
    from aif_hub.pages import Pages

#: What a template shows as its `page` and has to wait for; asked with the handler and what the template is given.
WAITED: Mapping[str, Callable[[Pages, BaseHandler, Mapping[str, Any]], Awaitable[Any]]] = {
    "home.html": lambda aif, handler, given: aif.home(given["user"], handler.hub.base_url, handler.base_url),
    "spawn_pending.html": lambda aif, _handler, given: aif.waiting(given["user"], given["spawner"].name),
}

_render_template = BaseHandler.render_template


def render_template(self: BaseHandler, name: str, sync: bool = False, **given: Any) -> Any:
    """JupyterHub's own, with its templates that wait for nothing: the page as text, awaited unless `sync`."""
    return _render_template(self, name, sync=True, **given) if sync else _filled(self, name, given)


async def _filled(handler: BaseHandler, name: str, given: dict[str, Any]) -> str:
    if name in WAITED:
        given["page"] = await WAITED[name](handler.settings["template_vars"]["aif"], handler, given)
    if name == "not_running.html" and "?" not in given["spawn_url"]:
        # JupyterHub (6.1) forgets what was to be opened where a start did not come so far
        after = handler.get_query_argument("next", "")
        given["spawn_url"] = url_concat(given["spawn_url"], {"next": after} if after else {})
    page: str = _render_template(handler, name, sync=True, **given)
    return page


BaseHandler.render_template = render_template
