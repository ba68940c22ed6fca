"""A roofline of served language models: from an architecture and a datasheet to time, power and energy of a step."""

from __future__ import annotations

__all__: list[str] = []
