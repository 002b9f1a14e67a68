"""What nobody means: values that an attacker puts where a size, a length, a project or a name belongs."""

from __future__ import annotations

from random import Random
from typing import Any

from aif.core.request import KEYS

#: Each by itself makes any word one that is none of ours.
SIGNS = (
    *("\n", "\r", "\r\n", "\x00", "\t", "\x1b[31m", "\x7f", "\u2028", "\ufeff", "\u202e", "\u200b", "\ud800"),
    *("{{ account }}", "{% raw %}", "{{ 7*7 }}", "${HOME}", "$(id)", "`id`", "$IFS", "%s%n", "%0a", "\\n", "\\"),
    *(";", "|", "&", "&&", ">", "<", "'", '"', "*", "?", "#", "=", ",", ":", "/", "../", " ", "~", "!"),
    *("\n#SBATCH --uid=0", "\n--qos=host", " --uid=0", ",root", ";id;", "<script>alert(1)</script>", "\nexec sh"),
    *("а", "е", "ѕ", "０", "٣", "ⅷ", "é", "ﬁ", "\u212a"),  # they look like letters and digits
)
#: Odd by themselves, wherever they stand.
WHOLE = ("-w node", "--uid=0", "-", ".", "..", "../../etc/passwd", "/bin/sh")
#: Of the right form, and none of ours.
OTHERS = (True, False, -1, 0, 1.5, 60.5, 1e300, 2**63, -(2**70), 10**4000, "None", "null", "NaN", "1e9", "0x3c", "root")
#: What batch systems, hubs and templates have settings by these names.
FOREIGN = (
    *("cmd", "args", "env", "environment", "options", "prologue", "epilogue", "shell", "user", "uid", "login", "host"),
    *("partition", "account", "qos", "reservation", "gres", "gpus", "cpus", "memory", "memory_mb", "nodes", "minutes_"),
    *("req_partition", "req_options", "req_qos", "batch_script", "batch_submit_cmd", "exec_prefix", "ip", "port"),
    *("notebook_dir", "default_url", "server_token_scopes", "start_timeout", "session_id", "token_ids", "__class__"),
)
LONG = "x" * 10_240


def chances(seed: int) -> Random:
    """The same at each run: what failed once fails again."""
    return Random(seed)  # noqa: S311 - no secret is made of it


def odd_text(chance: Random, word: str = "") -> str:
    """A text that is none of ours: a right `word` with a sign in it, signs alone, or something very long."""
    kind = chance.random()
    if kind < 0.02:
        return word + LONG
    if kind < 0.12:
        return chance.choice(WHOLE)
    at = chance.randint(0, len(word))
    signs = "".join(chance.choice(SIGNS) for _ in range(chance.choice((1, 1, 1, 2, 4))))
    return word[:at] + signs + word[at:]


def odd_value(chance: Random, word: str = "", deep: int = 2) -> Any:
    """A value that is none of ours, of any kind that JSON has; never nothing, which means the default."""
    kind = chance.random()
    if kind < 0.6 or not deep:
        return odd_text(chance, word)
    if kind < 0.8:
        return chance.choice(OTHERS)
    if kind < 0.9:
        return [odd_value(chance, word, deep - 1) for _ in range(chance.randint(0, 3))]
    return {odd_text(chance, word): odd_value(chance, word, deep - 1) for _ in range(chance.randint(0, 3))}


def odd_key(chance: Random) -> str:
    """A key that no session has."""
    return chance.choice(FOREIGN) if chance.random() < 0.5 else odd_text(chance, chance.choice(KEYS))


def encodable(text: str) -> str:
    """The same for a place that carries only what is Unicode: half a pair of surrogates becomes a sign."""
    return text.encode("utf-8", "replace").decode()
