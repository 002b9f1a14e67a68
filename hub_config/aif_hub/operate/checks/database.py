"""The hub's database: reached as the hub, with the schema that this JupyterHub wants."""

from __future__ import annotations

import json
from pathlib import Path

from aif_hub.operate.checks.sight import Said, Sight
from aif_hub.operate.finding import Finding, ok, unseen, wrong

TITLE = "Database"


def look(sight: Sight) -> list[Finding]:
    """Asked by the hub's own Python, as the hub's user."""
    if not sight.is_root:
        return [unseen("Only root can look as the hub.", "sudo aif check")]
    python = sight.setup.hub_env / "bin/python"
    if not python.exists():
        return [unseen("There is no environment of the hub to ask with.")]
    program = (Path(__file__).parents[1] / "inside/database.py").read_text()
    return [told(sight.asked_as(sight.site.host.user, [str(python), "-I", "-"], text_in=program))]


def told(said: Said) -> Finding:
    """What the program inside found."""
    try:
        facts = json.loads(said.out)
    except ValueError:
        return wrong(f"The database could not be looked at: {said.last_words}", "Run `aif install`, then again.")
    if facts.get("error"):
        return wrong(
            f"{facts['where'] or 'The database'} cannot be used: {facts['error']}", "Is it up, and may the hub sign in?"
        )
    if facts.get("new"):
        return ok(f"{facts['where']}: new, the hub makes its tables when it starts.")
    if facts["found"] != facts["wanted"]:
        return wrong(
            f"{facts['where']} has the schema {facts['found']}, and this JupyterHub wants {facts['wanted']}.",
            "Make a backup, then let the hub upgrade it: `jupyterhub upgrade-db`, as the hub's user.",
        )
    return ok(f"{facts['where']}: reached, and its schema is current.")
