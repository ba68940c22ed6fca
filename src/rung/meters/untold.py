"""Devices that are there and tell nothing: their energy is unknown, not 0."""

from __future__ import annotations


class Untold:
    """A device whose energy nothing tells; a reading with it is unknown.

    Args:
        part: the component, e.g. `gpu0`.
        why: and the mend, for the report.
    """

    error = "unknown"

    def __init__(self, part: str, why: str) -> None:
        self.part, self._why = part, why

    @property
    def describe(self) -> str:
        """One line."""
        return f"energy of {self.part} unknown: {self._why}"

    def joules(self, cpu_s: float, wall_s: float) -> None:
        """Nothing."""
        del cpu_s, wall_s
