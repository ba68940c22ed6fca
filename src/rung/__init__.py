"""rung: the configuration that meets the bar at the least energy, carbon and cost, with evidence."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
