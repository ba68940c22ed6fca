"""Pages and services over HTTP. Thin: parse, call, show."""

from __future__ import annotations

__all__: list[str] = []
