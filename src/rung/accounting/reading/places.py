"""The conditions at the regions that a file names."""

from __future__ import annotations

from dataclasses import dataclass, field

from rung import catalog
from rung.accounting.conditions import Conditions, Options
from rung.errors import MissingFactor


@dataclass
class Places:
    """The conditions at the regions of a file; each is looked up once.

    Args:
        options: what the user gave.
    """

    options: Options
    _known: dict[str | None, Conditions] = field(default_factory=dict[str | None, Conditions])

    def at(self, region: str | None) -> Conditions:
        """The conditions at a region.

        Raises:
            MissingFactor: no table has it, and the user gave no intensity.
        """
        if region not in self._known:
            self._known[region] = self.options.at(region)
        return self._known[region]

    def anywhere(self, region: str | None) -> Conditions:
        """A place for a charge whose energy is none or unknown, so that the place does not matter."""
        try:
            return self.at(region)
        except MissingFactor:
            return self.at(catalog.regions()[0])
