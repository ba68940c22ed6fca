"""Jinja2 templates of users, in a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateError

from rung.errors import BadInput
from rung.evaluation.formats.dataset import Unusable
from rung.evaluation.formats.sandbox import BUDGET, Budget, Sandbox, TooMuch

_SANDBOX = Sandbox()


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
            BadInput: it makes or takes too much; it would on other rows, too, so this ends the reading.
        """
        token = BUDGET.set(Budget())
        try:
            return self._made.render(dict(values))
        except TooMuch as error:
            raise BadInput(f"{self._where}: {error}", mend="write a template that makes less") from None
        except Exception as error:
            raise Unusable(f"{self._where}: {str(error)[:500]}", "mend the template, or the row") from error
        finally:
            BUDGET.reset(token)
