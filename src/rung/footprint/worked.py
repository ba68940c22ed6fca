"""Figures that remember how they were worked out: the formula that is explained is the one that was computed.

A `Worked` is a leaf (given, or unknown with the mend), or a product, sum or quotient of others. Its quantity is made
from its parts when it is made, and in no other place; `formula` and `figures` read the same parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from rung.types import Origin, Quantity, sum_known

Kind = Literal["given", "none", "unknown", "product", "sum", "quotient"]
Checked = Literal["file", "doc", "memory", "given"]
"""How far a leaf can be trusted: as in the catalog, or `given` by the user without a source that was looked at."""

_SIGNS: Final = {"product": " x ", "sum": " + ", "quotient": " / "}


@dataclass(frozen=True, slots=True)
class Worked:
    """A figure and its derivation.

    Args:
        name: what it is, in words.
        unit: of the quantity.
        kind: how it came about.
        quantity: None is unknown.
        parts: what it was made of, in the order of the formula.
        constant: a unit conversion that the product is multiplied by.
        note: for a leaf its source, or why it is unknown and the mend.
        checked: for a leaf how far its source was checked; None for what was metered or counted.
    """

    name: str
    unit: str
    kind: Kind
    quantity: Quantity | None
    parts: tuple[Worked, ...] = ()
    constant: float = 1.0
    note: str = ""
    checked: Checked | None = None

    @property
    def formula(self) -> str:
        """In names, e.g. `facility energy = IT energy x PUE`."""
        right = _SIGNS[self.kind].join(part.name for part in self.parts) if self.parts else self.kind
        times = f" x {self.constant:.6g}" if self.constant != 1 else ""
        return f"{self.name} = {right}{times}"

    @property
    def figures(self) -> str:
        """In numbers, e.g. `0.0122 kWh x 1.3 ratio = 0.0159 kWh (0.0037 to 0.078)`."""
        if self.kind == "none":
            return f"0 {self.unit}, none"
        if not self.parts:
            return described(self.quantity)
        right = _SIGNS[self.kind].join(_short(part) for part in self.parts)
        times = f" x {self.constant:.6g}" if self.constant != 1 else ""
        return f"{right}{times} = {described(self.quantity)}"

    def leaves(self) -> Iterator[Worked]:
        """What everything rests on, each once, in order."""
        yield from (step for step in self.steps() if not step.parts)

    def steps(self) -> list[Worked]:
        """Itself and everything in it, each once; parts stand before what is made of them."""
        seen: dict[int, Worked] = {}
        stack: list[tuple[Worked, bool]] = [(self, False)]
        while stack:
            node, opened = stack.pop()
            if id(node) in seen:
                continue
            if opened or not node.parts:
                seen[id(node)] = node
                continue
            stack.append((node, True))
            stack.extend((part, False) for part in reversed(node.parts))
        return list(seen.values())

    def missing(self) -> tuple[str, ...]:
        """Why it is unknown: the notes of its unknown leaves; empty when it is known."""
        if self.quantity is not None:
            return ()
        notes = (f"{leaf.name}: {leaf.note}" for leaf in self.leaves() if leaf.quantity is None)
        return tuple(dict.fromkeys(notes))


def given(
    name: str, quantity: Quantity | None, note: str = "", *, unit: str = "", checked: Checked | None = None
) -> Worked:
    """A leaf: metered, counted, from a table, or from the user; unknown when the quantity is None."""
    if quantity is None:
        return unknown(name, unit, note)
    return Worked(name, quantity.unit, "given", quantity, note=note, checked=checked)


def counted(name: str, value: float, unit: str, note: str = "", *, origin: Origin = Origin.MEASURED) -> Worked:
    """A leaf that was counted, without an interval; assumed where the value is a default."""
    return given(name, Quantity.of(value, unit, origin), note)


def unknown(name: str, unit: str, note: str) -> Worked:
    """A leaf that could not be had; the note says why, and the mend."""
    return Worked(name, unit, "unknown", None, note=note)


def nothing(name: str, unit: str, note: str = "") -> Worked:
    """A leaf of 0 that is certain: there is none, or none is declared."""
    return Worked(name, unit, "none", Quantity.zero(unit), note=note)


def product(name: str, unit: str, *parts: Worked, constant: float = 1.0) -> Worked:
    """The product of the parts times a conversion constant; unknown where a part is."""
    quantity: Quantity | None = Quantity.of(constant, unit)
    for part in parts:
        quantity = None if quantity is None or part.quantity is None else quantity.times(part.quantity, unit)
    return Worked(name, unit, "product", quantity, parts, constant)


def summed(name: str, unit: str, parts: Iterable[Worked]) -> Worked:
    """The sum of the parts; unknown where a part is."""
    listed = tuple(parts)
    return Worked(name, unit, "sum", sum_known((part.quantity for part in listed), unit), listed)


def per(name: str, unit: str, whole: Worked, count: Worked) -> Worked:
    """The whole over a count that is certain and above 0."""
    by = count.quantity
    if by is None or by.value <= 0 or by.sources:
        raise ValueError(f"{name}: needs a certain count above 0")
    quantity = None if whole.quantity is None else whole.quantity.scaled(1 / by.value, unit)
    if quantity is not None and by.origin > quantity.origin:
        quantity = Quantity(quantity.terms, unit, Origin(by.origin))
    return Worked(name, unit, "quotient", quantity, (whole, count))


def explained(figures: Iterable[Worked]) -> list[str]:
    """Every formula of the figures with its numbers, two lines each; leaves first name their source."""
    lines: list[str] = []
    seen: set[int] = set()
    for figure in figures:
        for step in figure.steps():
            if id(step) in seen:
                continue
            seen.add(id(step))
            if step.parts:
                lines += [step.formula, f"    = {step.figures}"]
            else:
                source = f"  [{step.note}]" if step.note else ""
                lines.append(f"{step.name}: {step.figures}{source}")
    return lines


def described(quantity: Quantity | None) -> str:
    """Value, unit, interval, origin and error sources, e.g. `53 gCO2e/kWh (40 to 80), quoted`."""
    if quantity is None:
        return "unknown"
    low, value, high = (f"{x:.4g}" for x in (quantity.low, quantity.value, quantity.high))
    ends = "" if low == value == high else f" ({low} to {high})"
    return f"{value} {quantity.unit}{ends}, {quantity.origin.label}"


def _short(part: Worked) -> str:
    return "unknown" if part.quantity is None else f"{part.quantity.value:.4g} {part.unit}"
