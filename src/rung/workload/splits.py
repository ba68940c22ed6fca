"""Train, tune and evaluation: made by a seed where the user has not, and proven disjoint in any case. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rung.workload.data import Row


def normalised(text: str) -> str:
    """What two inputs must share to count as the same one: case, spacing and punctuation do not matter.

    A mark right before a digit stays, because it makes another number: `-5` is not `5`, and `1.5` is not `1 5`.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = (
        " " if unicodedata.category(char).startswith("P") and not after.isdigit() else char
        for char, after in zip(folded, folded[1:] + " ", strict=False)
    )
    return " ".join("".join(kept).split()) or " ".join(folded.split())


def split_rows(
    rows: Sequence[Row], shares: Sequence[float], *, seed: int, stratify: bool
) -> tuple[tuple[Row, ...], ...]:
    """Deal rows into sets by shares.

    Rows of one group, and rows with the same normalised input, stay together. With `stratify` every label has its
    share in every set as far as its count allows, and the first set gets one of each label. The result depends on
    the content and the seed, not on the order of the rows (which each set keeps).

    Args:
        rows: what to deal.
        shares: the share of each set, >= 0; they are normalised.
        seed: seed.
        stratify: deal label by label (the first reference).

    Returns:
        One tuple of rows per share.
    """
    whole = sum(shares)
    dealt = [0] * len(shares)
    seen = 0
    labels: set[str] = set()
    chosen: dict[int, int] = {}
    for block in _blocks(rows, seed, stratify=stratify):
        size = len(block.members)
        seen += size
        lack = [
            share / whole * seen - count if share > 0 else float("-inf")
            for share, count in zip(shares, dealt, strict=True)
        ]
        target = lack.index(max(lack))
        if stratify and shares[0] > 0 and not block.labels <= labels:
            target = 0
        labels |= block.labels
        dealt[target] += size
        chosen.update(dict.fromkeys(block.members, target))
    return tuple(tuple(row for i, row in enumerate(rows) if chosen[i] == k) for k in range(len(shares)))


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows that stay together, by index."""

    labels: frozenset[str]
    digest: str
    members: tuple[int, ...]


def _blocks(rows: Sequence[Row], seed: int, *, stratify: bool) -> list[_Block]:
    members: dict[int, list[int]] = {}
    for i, root in enumerate(_roots(rows)):
        members.setdefault(root, []).append(i)
    blocks: list[_Block] = []
    for indices in members.values():
        content = min(normalised(rows[i].item.input) for i in indices)
        labels = frozenset(rows[i].item.output for i in indices if stratify)
        digest = hashlib.sha256(f"{seed}\x1f{content}".encode()).hexdigest()
        blocks.append(_Block(labels, digest, tuple(indices)))
    return sorted(blocks, key=lambda block: (min(block.labels, default=""), block.digest))


def _roots(rows: Sequence[Row]) -> list[int]:
    """For each row the first row that it must stay with (union-find over groups and inputs)."""
    parent = list(range(len(rows)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[Hashable, int] = {}
    for i, row in enumerate(rows):
        keys: list[Hashable] = [("input", normalised(row.item.input))]
        if row.group is not None:
            keys.append(("group", row.group))
        for key in keys:
            a, b = root(first.setdefault(key, i)), root(i)
            parent[max(a, b)] = min(a, b)
    return [root(i) for i in range(len(rows))]


@dataclass(frozen=True, slots=True)
class Leak:
    """An evaluation row that stands in another set too: the same input, or the same group."""

    evaluation: Row
    other: Row
    why: str


def find_leaks(evaluation: Iterable[Row], other: Iterable[Row], *, groups: bool = False) -> list[Leak]:
    """The evaluation rows whose input (normalised) stands in the other set; with `groups`, or whose group does."""
    inputs: dict[str, Row] = {}
    members: dict[str, Row] = {}
    for row in other:
        inputs.setdefault(normalised(row.item.input), row)
        if groups and row.group is not None:
            members.setdefault(row.group, row)
    leaks: list[Leak] = []
    for row in evaluation:
        twin = inputs.get(normalised(row.item.input))
        kin = members.get(row.group) if row.group is not None else None
        if twin is not None:
            leaks.append(Leak(row, twin, "same input"))
        elif kin is not None:
            leaks.append(Leak(row, kin, f"same group {row.group!r}"))
    return leaks


def without_leaks(rows: Sequence[Row], evaluation: Iterable[Row], *, groups: bool = False) -> tuple[Row, ...]:
    """The rows whose input (and, with `groups`, whose group) no evaluation row has."""
    held = list(evaluation)
    inputs = {normalised(row.item.input) for row in held}
    members = {row.group for row in held if groups and row.group is not None}
    return tuple(row for row in rows if normalised(row.item.input) not in inputs and row.group not in members)


def repeated_inputs(rows: Iterable[Row]) -> Mapping[str, tuple[Row, ...]]:
    """Rows by normalised input, where more than one has it."""
    by_input: dict[str, list[Row]] = {}
    for row in rows:
        by_input.setdefault(normalised(row.item.input), []).append(row)
    return {text: tuple(same) for text, same in by_input.items() if len(same) > 1}
