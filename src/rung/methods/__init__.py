"""Rungs of the ladder: methods that propose candidates, predict, build and answer. Nothing heavy is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.lazily import lazily
from rung.methods.registry import all_methods, preload

if TYPE_CHECKING:
    from rung.methods.protocol import Engines, Method

__all__ = ["Engines", "Method", "all_methods", "preload"]


__getattr__ = lazily(__name__, {"Engines": "protocol", "Method": "protocol"})
