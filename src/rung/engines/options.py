"""The knobs of a model entry, read once and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from rung.errors import BadInput
from rung.types import ModelRef

T = TypeVar("T")


class Options:
    """Reads a model's options by name and type, and knows which were not read.

    Args:
        model: the model entry.
    """

    def __init__(self, model: ModelRef) -> None:
        self._model = model
        self._left = dict(model.options)
        self._known: list[str] = []

    def take(self, name: str, default: T, *, kind: type | tuple[type, ...]) -> T:
        """The value of an option, or the default when it is not given.

        Raises:
            BadInput: the value is of another type.
        """
        self._known.append(name)
        if name not in self._left:
            return default
        value = self._left.pop(name)
        wrong = isinstance(value, bool) and kind not in (bool, (bool,))
        if wrong or not isinstance(value, kind):
            names = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
            raise BadInput(
                f"model {self._model.name!r}: option {name!r} is {value!r}, not {names}", mend=f"give a {names}"
            )
        return cast("T", value)

    def number(self, name: str, default: float, *, at_least: float) -> float:
        """A number not below a bound.

        Raises:
            BadInput: it is no number, or below the bound.
        """
        value = float(self.take(name, default, kind=(int, float)))
        if not value >= at_least:
            raise BadInput(
                f"model {self._model.name!r}: option {name!r} is {value:g}", mend=f"give a number >= {at_least:g}"
            )
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of some words; the first is the default.

        Raises:
            BadInput: it is another one.
        """
        value = self.take(name, allowed[0], kind=str)
        if value not in allowed:
            raise BadInput(
                f"model {self._model.name!r}: option {name!r} is {value!r}", mend=f"give one of {', '.join(allowed)}"
            )
        return value

    def rest(self) -> Mapping[str, Any]:
        """The options that were not taken, for engines that pass them on."""
        return dict(self._left)

    def refuse_rest(self) -> None:
        """Refuse options that were not taken.

        Raises:
            BadInput: an option that this engine does not know.
        """
        if self._left:
            raise BadInput(
                f"model {self._model.name!r}: the engine {self._model.engine!r} knows no option {min(self._left)!r}",
                mend=f"use one of {', '.join(sorted(self._known))}",
            )
