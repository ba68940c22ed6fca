"""Where and when: places ranked under constraints, hours chosen from forecasts, claims held to figures.

Import the module that you need: hours want numpy, places do not.
"""

from __future__ import annotations

__all__: list[str] = []
