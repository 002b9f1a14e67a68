"""What an exercise answers, or a check of data, as text and as plain HTML: shape, word and colour, and no script."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

#: Each state's shape, and the colours of its words and ground; they can be read on light and on dark pages.
_LOOKS = {
    "right": ("✓", "#14693C", "#E6F4EA"),
    "off": ("▲", "#7A4B00", "#FFF3D6"),
    "hint": ("→", "#00677A", "#F3F6F8"),
    "solution": ("≡", "#10222E", "#F3F6F8"),
    "ask": ("◆", "#7A4B00", "#FFF3D6"),
    "stop": ("■", "#A11B16", "#FDECEA"),
    "open": ("○", "#10222E", "#F3F6F8"),
}


@dataclass(frozen=True, repr=False)
class Reply:
    """One answer, of an exercise or of a check of data; `state` is a key of `_LOOKS`."""

    state: str
    title: str
    text: str
    note: str = ""
    code: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer was right."""
        return self.state == "right"

    def __repr__(self) -> str:
        shape, *_ = _LOOKS[self.state]
        lines = [*self.text.splitlines(), *self.code.splitlines(), *self.note.splitlines()]
        return "\n".join([f"{shape} {self.title}", *(f"  {line}" for line in lines)])

    def _repr_html_(self) -> str:
        shape, ink, ground = _LOOKS[self.state]
        paragraphs = [f"<strong>{shape} {escape(self.title)}</strong>", *map(escape, self.text.splitlines())]
        code = (
            f'<pre tabindex="0" style="margin:.5em 0;color:inherit;background:none;overflow-x:auto">'
            f"{escape(self.code)}</pre>"
            if self.code
            else ""
        )
        note = f'<p style="margin:.25em 0 0"><em>{escape(self.note)}</em></p>' if self.note else ""
        return "".join(
            [
                f'<div role="group" aria-label="{escape(self.title)}" style="max-width:600px;padding:8px 12px;'
                f'border-left:4px solid {ink};border-radius:8px;color:{ink};background:{ground}">',
                *(f'<p style="margin:0 0 .25em">{each}</p>' for each in paragraphs),
                code,
                note,
                "</div>",
            ]
        )
