"""Sphinx's settings for the documentation, in every language: https://www.sphinx-doc.org/en/master/usage/configuration.html

Built by `./aif docs`, `./aif build` and `./aif up`. All that a page needs comes with it: no font, style or script is
from elsewhere.
"""

import tomllib
from pathlib import Path

from sphinx.errors import ExtensionError

_HERE = Path(__file__).parent
_WORDS = tomllib.loads((_HERE / "words.toml").read_text(encoding="utf-8"))

project = "AI Factory Workbench"
extensions = ["myst_parser", "aif_hub.manual.directives"]
exclude_patterns = ["nl"]  # the Dutch pages are a site of their own, below this one

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "Workbench help"
html_static_path = [str(_HERE / "_static"), str(_HERE.parent / "static/tokens.css")]
html_css_files = ["page.css"]
html_js_files = [("page.js", {"priority": 0, "defer": "defer"})]  # a page is shown before its scripts run
html_favicon = str(_HERE.parent / "static/mark.svg")
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
html_theme_options = {"top_of_page_buttons": []}
html_sidebars = {
    "**": [f"sidebar/{part}.html" for part in ("brand", "search", "ways", "scroll-start", "navigation", "scroll-end")]
}
templates_path = [str(_HERE / "_templates")]
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
highlight_language = "text"


#: What every page needs, joined in this order: Sphinx's and the theme's before ours.
_JOINED = {
    "page.css": ("styles/furo.css", "tokens.css", "docs.css"),
    "page.js": ("documentation_options.js", "doctools.js", "sphinx_highlight.js", "scripts/furo.js", "docs.js"),
}
#: What starts the theme's script, and what does here: docs.js, once the page was drawn.
_THEME_STARTS, _PAGE_DRAWN = 'addEventListener("DOMContentLoaded"', 'addEventListener("drawn"'


def setup(app):
    """What differs between the languages: Sphinx has read which one it is by now."""
    app.connect("config-inited", _name_the_site)
    app.connect("html-page-context", _lead_to_the_other_language)
    app.connect("html-page-context", _ask_for_few_things, priority=900)  # after the theme, which looks for its own
    app.connect("build-finished", _correct_the_theme)


def _name_the_site(_app, config):
    config.html_title = _WORDS[config.language]["title"]


def _lead_to_the_other_language(app, page, _template, context, _doctree):
    """The same page in the other language, or its first page where it is not there."""
    here, other = (".", "nl") if app.config.language == "en" else ("nl", ".")
    there = page if (_HERE / other / f"{page}.md").exists() else "index"
    up = "../" * (page.count("/") + (here == "nl"))
    context["to_other"] = f"{up}{'' if other == '.' else 'nl/'}{there}.html"
    context["to_hub"] = f"{up}../../home"
    context["ways"] = _WORDS[app.config.language]


def _ask_for_few_things(app, page, _template, context, _doctree):
    """One file of a kind for what every page needs, and nothing that this one has no use for: styles of extensions that
    we have not and of code, the search's own words.
    """
    static = Path(app.outdir) / "_static"
    for name, parts in _JOINED.items():
        # Sphinx has put the parts there by now, and will reckon the file's version from what is in it.
        text = "\n".join(_part(static / part) for part in parts)
        (static / name).write_text(text, encoding="utf-8")
    unused = ["styles/furo-extensions.css", *(f"_static/{part}" for parts in _JOINED.values() for part in parts)]
    unused += [] if "highlight" in context.get("body", "") else ["pygments.css"]
    unused += [] if page == "search" else ["translations.js"]
    for kind in ("css_files", "script_files"):
        context[kind] = [one for one in context[kind] if not str(one.filename).endswith(tuple(unused))]
    if page == "search":  # whose own scripts wait for nothing, and need what is in ours
        context["script_files"] = [type(one)(one.filename, priority=one.priority) for one in context["script_files"]]


def _part(path):
    """A script or style; the theme's own script as a function: it asks where everything stands, which takes long."""
    text = path.read_text(encoding="utf-8")
    if path.name != "furo.js":
        return text
    if text.count(_THEME_STARTS) != 1:
        raise ExtensionError(f"{path} is not started at one place by {_THEME_STARTS}: see _static/docs.js")
    return f"function theme() {{\n{text.replace(_THEME_STARTS, _PAGE_DRAWN)}\n}}"


def _correct_the_theme(app, failed):
    """Labels for screen readers that the theme lacks, or cannot say in another language."""
    words = _WORDS[app.config.language].get("theme", {})
    if failed or not words:
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for theirs, ours in words.items():
            text = text.replace(theirs, ours)
        page.write_text(text, encoding="utf-8")
