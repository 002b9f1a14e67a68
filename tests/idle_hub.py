"""A hub of the tests' own whose site has no patience with idle sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from own_hub import OwnHub
from smtp_sink import SmtpSink

#: In minutes. Between them a page hears of the notice and somebody presses *Keep it*, on a busy machine too.
NOTICE, STOP = 0.25, 0.75

#: Where mail goes.
MAIL = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "workbench@example.org"
domain = "example.org"
"""
#: An allocation that any use of a GPU uses up.
TINY = """
[[allocation]]
name = "tiny"
account = "trn0007"
limit = 0.000001
"""


class IdleHub(OwnHub):
    """A hub whose site has no patience, a mail server, and, if `tiny`, no budget to speak of."""

    place = "idle-hub"

    def __init__(self, instance: Mapping[str, Any], sink: SmtpSink, *, tiny: bool = False) -> None:
        self.sink, self.tiny = sink, tiny
        super().__init__(instance)

    def site(self, values: Mapping[str, Any]) -> str:
        limits = f"[session]\nidle_notice_minutes = {NOTICE}\nidle_stop_minutes = {STOP}\n"
        text = super().site(values).replace("[session]\n", limits)
        text = text.replace("[[cluster]]\n", "[[cluster]]\nemulated_gpus = true\n")
        return text + MAIL.format(port=self.sink.port) + (TINY if self.tiny else "")
