"""Rungs of the ladder: methods that propose candidates, predict, build and answer. Nothing heavy is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.methods.registry import all_methods, preload

if TYPE_CHECKING:
    from rung.methods.protocol import Engines, Method

__all__ = ["Engines", "Method", "all_methods", "preload"]


def __getattr__(name: str) -> object:
    if name in ("Engines", "Method"):
        from rung.methods import protocol

        return getattr(protocol, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
