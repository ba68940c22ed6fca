"""Packages whose names are imported at their first use, so that a program pays at its start only for what it needs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """A module-level `__getattr__` for a package.

    Args:
        package: its `__name__`.
        modules: from each public name to the module inside the package that defines it.
    """

    def getattr_(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{modules[name]}"), name)
        vars(sys.modules[package])[name] = value  # the next use does not come here
        return value

    return getattr_
