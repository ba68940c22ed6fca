"""What is to be rated: what systems answered, in any form that `rung eval` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rung.errors import BadData, BadInput
from rung.evaluation.formats import read_dataset
from rung.evaluation.records import EvalItem, Response
from rung.stats import seeded_order


@dataclass(frozen=True, slots=True)
class Material:
    """Items, and by item id and system what was answered."""

    name: str
    items: tuple[EvalItem, ...]
    responses: Mapping[str, Mapping[str, Response]]

    def only(self, *, systems: Sequence[str], items: int | None, seed: int) -> Material:
        """These systems alone (all where none is named), and a random sample of the items.

        Raises:
            BadInput: a system that is not there, or a sample of nothing.
        """
        known = {system for by_system in self.responses.values() for system in by_system}
        if unknown := [system for system in systems if system not in known]:
            raise BadInput(f"there is no system {unknown[0]!r}", mend=f"use one of {', '.join(sorted(known))}")
        if items is not None and items < 1:
            raise BadInput(f"a sample of {items} items", mend="give --items 1 or more, or leave it out")
        order = seeded_order([item.id for item in self.items], seed)[:items]
        kept = tuple(self.items[place] for place in sorted(order))
        wanted = set(systems) or known
        return Material(
            self.name,
            kept,
            {i.id: {name: r for name, r in self.responses[i.id].items() if name in wanted} for i in kept},
        )


def read_material(path: Path) -> Material:
    """Read what systems answered, in any form that `rung eval` reads.

    Raises:
        BadData: the file cannot be read (the line is named), or a system lacks items.
    """
    data = read_dataset(path)
    if not data.responses:
        raise BadData(
            f"{path}: no system answers in it", mend="give results of `rung eval --out`, or lines of responses"
        )
    for system, mine in data.responses.items():
        lacking = [item.id for item in data.items if item.id not in mine]
        if lacking:
            raise BadData(
                f"{path}: {system!r} has no response to {len(lacking)} items, {lacking[0]!r} first",
                mend="give every system a response to every item",
            )
    by_item = {item.id: {system: mine[item.id] for system, mine in data.responses.items()} for item in data.items}
    return Material(data.name, data.items, by_item)
