"""The facts that claims are held to: the catalog's, or a test's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rung import catalog
from rung.catalog import Chip, Fact, GridRow


@dataclass(frozen=True, slots=True)
class Book:
    """Where facts are looked up.

    Args:
        chip: a chip by name.
        keyed: a fact by table and key.
        grid: a place by region or zone.
    """

    chip: Callable[[str], Chip] = catalog.chip
    keyed: Callable[[str, str], Fact] = catalog.keyed
    grid: Callable[[str], GridRow] = catalog.grid
