"""The rating pages as HTML: templates that escape everything, and a security policy that lets nothing else in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jinja2 import Environment

HEADERS: Final = {
    # What a prompt or a response smuggles in is inert: only files of ours run, and nothing is asked of elsewhere.
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # The token stands in the address: it goes nowhere else, and no cache keeps the page.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}

STATIC: Final = {
    "rate.css": "text/css",
    "rate.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "thumbs": {"1": "y", "0": "n"},
    "comparison-choice": {"A": "a", "tie": "t", "B": "b"},
}
"""Kind -> value -> the key that picks it; elsewhere the value is its key."""


def render(template: str, **values: Any) -> str:
    """A page; none of the texts is trusted."""
    return _environment().get_template(f"{template}.html.j2").render(**values)


def static(name: str) -> bytes:
    """A file of ours by one of the names in `STATIC`."""
    return files("rung.server.rating").joinpath("static", name).read_bytes()


def markdown(text: str) -> str:
    """Instructions as HTML: no HTML of their own, no pictures, no links but to pages and mail."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(text)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def read(name: str) -> str:
        return files("rung.server.rating").joinpath("templates", name).read_text(encoding="utf-8")

    return Environment(
        loader=FunctionLoader(read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
