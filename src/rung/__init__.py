"""rung: the configuration that meets the bar at the least energy, carbon and cost, with evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rung.accounting.tracking import track

__all__ = ["__version__", "track"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`track` is imported at its first use, so that `import rung` stays light."""
    if name == "track":
        from rung.accounting.tracking import track

        return track
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
