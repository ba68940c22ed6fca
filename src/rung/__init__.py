"""rung: the configuration that meets the bar at the least energy, carbon and cost, with evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.lazily import lazily

if TYPE_CHECKING:
    from rung.accounting.tracking import track

__all__ = ["__version__", "track"]

__version__ = "0.1.0"


__getattr__ = lazily(__name__, {"track": "accounting.tracking"})
