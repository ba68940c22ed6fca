"""For authors of plugins: contract tests, deterministic fakes, small real things. Import the module that you need."""

from __future__ import annotations

__all__: list[str] = []
