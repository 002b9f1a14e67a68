"""A small page of this server's own, beside JupyterLab: its words, and no script."""

from html import escape

_STYLE = (
    ":root{color-scheme:light dark;--ink:light-dark(#10222e,#e8eef2);--edge:light-dark(#71848f,#7b909d);"
    "--primary:light-dark(#00677a,#63cfdd)}"
    "body{max-width:36em;margin:4em auto;padding:0 1em;font:16px/1.5 system-ui,sans-serif;color:var(--ink);"
    "background:light-dark(#fff,#0f1a22)}h1{font-size:28px;line-height:1.25}"
    ".buttons{display:flex;flex-wrap:wrap;gap:12px;margin:24px 0}"
    ".button{display:inline-flex;align-items:center;box-sizing:border-box;min-height:44px;padding:8px 20px;"
    "border:1px solid var(--edge);border-radius:8px;background:none;color:var(--ink);font:inherit;font-weight:600;"
    "text-decoration:none;cursor:pointer}"
    ".primary{border-color:var(--primary);background:var(--primary);color:light-dark(#fff,#06222a)}"
    ":focus-visible{outline:3px solid var(--primary);outline-offset:2px}"
)


def page(language: str, title: str, body: str) -> str:
    """The page: `title` is text, `body` HTML in which all that is not ours was escaped."""
    return (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<main><h1>{escape(title)}</h1>{body}</main></html>"
    )


def paragraphs(*texts: str) -> str:
    """Each as a paragraph; an empty one is left out."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts if text)
