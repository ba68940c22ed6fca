"""A `config.json`, read with care: every fault names the field, the file and the mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

from rung.errors import BadInput
from rung.json_file import read_json

MOST: Final = 10**9
"""No width, count of layers or vocabulary is above; a larger number is a slip."""


@dataclass(frozen=True, slots=True)
class Config:
    """The fields of a config or of a part of it.

    Args:
        data: as the file has them.
        where: the file, for messages.
        path: of the part, e.g. `text_config.`; empty for the whole.
        defaults: values of fields that the file leaves out. Parts are written as differences from the defaults of
            their class; a whole config is not, so that a field missing there is a fault.
    """

    data: Mapping[str, Any]
    where: str
    path: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def get(self, *names: str) -> Any:
        """The first of these fields that holds something, else the first default, else None."""
        for source in (self.data, self.defaults):
            for name in names:
                if source.get(name) is not None:
                    return source[name]
        return None

    def has(self, *names: str) -> bool:
        """Whether one of these fields holds something."""
        return self.get(*names) is not None

    def count(self, *names: str, least: int = 1, default: int | None = None) -> int:
        """A whole number, under the first of these names that holds one.

        Raises:
            BadInput: none of them does and there is no default; not a whole number, or out of range.
        """
        value = self.get(*names)
        if value is None:
            if default is None:
                raise self._missing(names)
            return default
        if isinstance(value, list):
            value = self._same(cast("list[Any]", value), names)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._bad(names, value, f"it is a whole number, from {least} on")
        if isinstance(value, float) and not value.is_integer():
            raise self._bad(names, value, f"it is a whole number, from {least} on")
        if not least <= value <= MOST:
            raise self._bad(names, value, f"it is from {least} to {MOST:,}")
        return int(value)

    def number(self, name: str, *, default: float) -> float:
        """A finite number above 0."""
        value = self.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < MOST:
            raise self._bad((name,), value, "it is a number above 0")
        return float(value)

    def flag(self, *names: str, default: bool = False) -> bool:
        """A field that is true or false."""
        value = self.get(*names)
        if value is None:
            return default
        if not isinstance(value, bool) and value not in (0, 1):
            raise self._bad(names, value, "it is true or false")
        return bool(value)

    def text(self, *names: str, default: str = "") -> str:
        """A field of text."""
        value = self.get(*names)
        return value if isinstance(value, str) else default

    def items(self, *names: str) -> list[Any] | None:
        """A list, or None."""
        value = self.get(*names)
        return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else None

    def part(self, *names: str) -> Config | None:
        """A nested config, or None where there is none."""
        for name in names:
            value = self.get(name)
            if isinstance(value, Mapping):
                return Config(cast("Mapping[str, Any]", value), self.where, f"{self.path}{name}.")
        return None

    def with_defaults(self, defaults: Mapping[str, Any]) -> Config:
        """The same, with values for what is left out."""
        return replace(self, defaults=defaults)

    def problem(self, problem: str, *, mend: str) -> BadInput:
        """A fault of this file."""
        return BadInput(f"{self.where}: {problem}", mend=mend)

    def _same(self, values: list[Any], names: tuple[str, ...]) -> Any:
        """The number that a list repeats, such as height and width of a patch."""
        if not values or any(value != values[0] for value in values):
            raise self._bad(names, values, "one number for all is read here, not one per layer")
        return values[0]

    def _missing(self, names: tuple[str, ...]) -> BadInput:
        also = f" (nor {', '.join(names[1:])})" if names[1:] else ""
        return self.problem(
            f"no {self.path}{names[0]}{also}",
            mend="take the config.json as its maker published it, or give the size with --parameters and --active",
        )

    def _bad(self, names: tuple[str, ...], value: Any, rule: str) -> BadInput:
        held = next((name for name in names if self.data.get(name) is not None), names[0])
        return self.problem(f"{self.path}{held} is {value!r}", mend=rule)


def read_config(source: Path) -> Config:
    """The config in a file, or in a folder's `config.json`.

    Raises:
        BadInput: neither is there, or it holds no JSON object.
    """
    path = source / "config.json" if source.is_dir() else source
    if source.is_dir() and not path.is_file():
        mend = "point at the folder of a Hugging Face model, or at its config.json"
        if (source / "params.json").is_file():
            mend = "this is the maker's own format; take the Hugging Face form of the model, which has a config.json"
        raise BadInput(f"{source}: a folder without config.json", mend=mend)
    given = "point at a config.json or at a folder with one"
    data = read_json(path, mend="point at the config.json of a model", absent=given)
    if not isinstance(data, dict):
        raise BadInput(f"{path}: JSON, but no object", mend="point at the config.json of a model")
    return Config(cast("dict[str, Any]", data), str(path))
