"""How pages are filled: nothing in a template is waited for, and what a page waits for is asked before."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from aif_hub.filling import WAITED, render_template
from aif_hub.pages import Pages
from aif_hub.speech import Speech, sentence, speak

TEMPLATES = Path(__file__).parents[2] / "hub_config/templates"


def handler(**templates: str) -> Any:
    """As much of JupyterHub's handler as a template is filled with; it has none that wait."""
    texts = DictLoader({f"{name}.html": text for name, text in templates.items()})
    environment = Environment(loader=texts, autoescape=True)

    async def home(user: str, hub: str, prefix: str) -> str:
        return f"Home of {user} at {hub} below {prefix}"

    def get_template(name: str, sync: bool) -> Any:
        assert sync
        return environment.get_template(name)

    return SimpleNamespace(
        settings={"template_vars": {"aif": SimpleNamespace(home=home)}},
        hub=SimpleNamespace(base_url="/hub/"),
        base_url="/",
        template_namespace={},
        xsrf_token=b"x",
        get_template=get_template,
    )


def test_no_template_asks_for_what_has_to_be_waited_for() -> None:
    waits = {name for name, _ in inspect.getmembers(Pages, inspect.iscoroutinefunction)}
    texts = {path.name: path.read_text() for path in TEMPLATES.glob("*.html")}
    asked = {(name, one) for name, text in texts.items() for one in re.findall(r"\baif\.(\w+)", text) if one in waits}
    assert waits >= {"home", "waiting"}
    assert asked == set()
    assert set(WAITED) <= set(texts)


async def test_a_page_is_asked_before_its_template_is_filled() -> None:
    page = await render_template(handler(home="{{ page }}"), "home.html", user="marieke")
    assert page == "Home of marieke at /hub/ below /"


async def test_a_template_without_such_a_page_is_given_what_its_handler_gives() -> None:
    assert await render_template(handler(receipt="{{ page }}"), "receipt.html", page="as given") == "as given"
    assert render_template(handler(error="{{ page }}"), "error.html", sync=True, page="at once") == "at once"


@pytest.mark.parametrize(
    ("next_page", "spawn_url", "leads_to"),
    [
        ("/user/ann/lab/a b.ipynb", "/hub/spawn/ann", "/hub/spawn/ann?next=%2Fuser%2Fann%2Flab%2Fa+b.ipynb"),
        ("", "/hub/spawn/ann", "/hub/spawn/ann"),
        ("/other", "/hub/spawn/ann?next=%2Fown", "/hub/spawn/ann?next=%2Fown"),
    ],
)
async def test_a_start_that_failed_is_begun_again_towards_the_same_page(
    next_page: str, spawn_url: str, leads_to: str
) -> None:
    here = handler(not_running="{{ spawn_url }}")
    here.get_query_argument = lambda name, default: {"next": next_page}.get(name) or default
    assert await render_template(here, "not_running.html", spawn_url=spawn_url) == leads_to


@pytest.mark.parametrize("text", ["Hello, {{ name }}", "Half: 50 %", "Half: 50 %, {{ name }}", "A & B"])
def test_a_sentence_in_a_template_is_escaped_as_jinja_does_it(text: str) -> None:
    source = f"{{% trans name=name %}}{text}{{% endtrans %}}{{{{ _('It is 1 %%') }}}}"
    plain, ours = (Environment(autoescape=True, extensions=[one]) for one in ("jinja2.ext.i18n", Speech))
    install: Any = plain.install_null_translations  # type: ignore[attr-defined]  # the extension put it there
    install(newstyle=True)
    name = "<b>Marieke & co</b>"
    assert ours.from_string(source).render(name=name) == plain.from_string(source).render(name=name)


def test_a_sentence_is_said_in_the_language_of_its_request() -> None:
    template = Environment(autoescape=True, extensions=[Speech]).from_string("{% trans %}Start a session{% endtrans %}")
    said = [template.render()]
    speak("nl")
    try:
        said.append(template.render())
        assert sentence("Start a session") == said[1]
    finally:
        speak("en")
    assert said == ["Start a session", "Een sessie starten"]
