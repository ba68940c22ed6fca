"""What every HTML page of ours is made with: templates, and the hashes that its content security policy names."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def render_page(command: str, **values: Any) -> str:
    """The page of a command as one HTML document that asks the network for nothing; its texts are not trusted.

    Args:
        command: named on the page; its template (which extends `page.html.j2`) and style sheet are named by it.
        values: what the template needs.
    """
    style = read_template("report.css") + read_template(f"{command}.css")
    template = environment().get_template(f"{command}.html.j2")
    return template.render(command=command, style=style, style_hash=sha256_base64(style), **values)


def environment() -> Environment:
    """Templates that escape everything and refuse a name that is not there."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(read_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def read_template(name: str) -> str:
    """A file of the templates' folder."""
    return files("rung.report").joinpath("templates", name).read_text(encoding="utf-8")


def sha256_base64(text: str) -> str:
    """The hash of an inline style or script, as a content security policy writes it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
