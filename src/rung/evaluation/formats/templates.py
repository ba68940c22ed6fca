"""Jinja2 templates of users, in a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rung.errors import BadInput
from rung.evaluation.formats.dataset import Unusable

_SANDBOX = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)


class Template:
    """A template; a name that it uses and nobody gives is an error.

    Args:
        source: its text.
        where: what it is, for errors.

    Raises:
        BadInput: it cannot be read.
    """

    def __init__(self, source: str, *, where: str) -> None:
        self.source = source
        self._where = where
        try:
            self._made = _SANDBOX.from_string(source)
        except (TemplateError, RecursionError) as error:
            raise BadInput(f"{where} is no template: {error}", mend="mend it; {{ name }} stands for a value") from error

    def render(self, values: Mapping[str, Any]) -> str:
        """The text for some values.

        Raises:
            Unusable: a name is missing, or the template breaks on these values.
        """
        try:
            return self._made.render(dict(values))
        except Exception as error:
            raise Unusable(f"{self._where}: {error}", "mend the template, or the row") from error
