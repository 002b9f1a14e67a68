"""What JupyterHub's page has outside every block, set right as the template is read: its language, and three leftovers.

The page says that it is in English whatever it says, asks for JavaScript that our pages do without, and carries an
error dialogue for Bootstrap and settings for RequireJS, which they do without too: a script in a page's text waits for
its style sheets, and the page for the script. A template that fills blocks cannot reach these.
"""

from __future__ import annotations

import re

from jinja2.ext import Extension

#: What tells JupyterHub's page from every other template, which is asked for under several names.
ITS_MARK = '<html lang="en">'
#: Found in JupyterHub's page.html, each once; a test says so for the release that is installed.
CHANGES = (
    (re.compile(ITS_MARK), lambda found: '<html lang="{{ aif.language }}">'),
    (re.compile(r"<noscript>.*?</noscript>", re.DOTALL), lambda found: _unless_lean(found[0])),
    (re.compile(r"<script[^>]*>\s*require\.config\(.*?</script>", re.DOTALL), lambda found: _unless_lean(found[0])),
    (re.compile(r"{% call modal\('Error'.*?{% endcall %}", re.DOTALL), lambda found: _unless_lean(found[0])),
)


class Shell(Extension):
    """Makes `CHANGES` in JupyterHub's own page.html (its other pages and ours stand inside it)."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template's source as it is compiled."""
        if ITS_MARK in source:
            for pattern, change in CHANGES:
                source = pattern.sub(change, source)
        return source


def _unless_lean(part: str) -> str:
    return f"{{% if not lean %}}{part}{{% endif %}}"
