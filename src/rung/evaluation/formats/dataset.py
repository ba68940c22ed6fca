"""What a data file of an evaluation holds: items, and the responses that came with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from rung.errors import BadData
from rung.evaluation.records import EvalItem, Response
from rung.types import content_hash, is_plain
from rung.workload.tables import RowProblem, rows_error

UNNAMED = "responses"
"""Name of the system whose responses come without a name."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Items, in the order of the file, and responses that need no model call.

    Args:
        name: of the data set.
        items: each id once.
        responses: system -> item id -> what it gave; a system may lack items.
        notes: what a reader should know, e.g. parts of a task file that are not used.
    """

    name: str
    items: tuple[EvalItem, ...]
    responses: Mapping[str, Mapping[str, Response]] = field(default_factory=dict[str, Mapping[str, Response]])
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What one place of a file says: an item (its id may be empty), and responses to it.

    Args:
        place: 1-based line or row.
        item: the responses' `item` is set from it later.
        responses: of systems, each once.
    """

    place: int
    item: EvalItem
    responses: tuple[Response, ...] = ()


class Unusable(Exception):
    """Why a row cannot be used, and the mend; caught by `gather`'s callers."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend


def gather(
    path: Path,
    unit: Literal["line", "row"],
    rows: Sequence[Row],
    problems: Sequence[RowProblem] = (),
    notes: tuple[str, ...] = (),
) -> Dataset:
    """The data set of a file's rows.

    Rows without an id get one from their content, so that it does not change when rows are moved; a repeated row is
    an item of its own. Several rows may give responses of several systems to one item.

    Raises:
        BadData: problems of rows, a response of a system twice, an id twice, or with two contents.
    """
    found = _Gathering()
    all_problems = list(problems)
    for row in rows:
        try:
            found.add(row)
        except Unusable as error:
            all_problems.append(RowProblem(row.place, error.problem, error.mend))
    if all_problems:
        raise rows_error(path, unit, sorted(all_problems, key=lambda problem: problem.place))
    if not found.items:
        raise BadData(f"{path}: holds no items", mend="give a file with at least one item")
    name = path.name.removesuffix(".gz").rpartition(".")[0] or path.name
    return Dataset(name, tuple(found.items.values()), found.responses, notes)


class _Gathering:
    def __init__(self) -> None:
        self.items: dict[str, EvalItem] = {}
        self.responses: dict[str, dict[str, Response]] = {}
        self._places: dict[str, int] = {}
        self._seen: Counter[tuple[str, str | None]] = Counter()

    def add(self, row: Row) -> None:
        item = row.item if row.item.id else replace(row.item, id=self._id_of(row))
        known = self.items.setdefault(item.id, item)
        place = self._places.setdefault(item.id, row.place)
        if known != item:
            raise Unusable(f"the id {item.id!r} stands already at {place}, with another content", "make the ids unique")
        if place != row.place and not row.responses:
            raise Unusable(f"the id {item.id!r} stands already at {place}", "make the ids unique, or leave them out")
        for response in row.responses:
            if not is_plain(response.system):
                raise Unusable(f"the system {response.system!r} has control characters in its name", "rename it")
            mine = self.responses.setdefault(response.system, {})
            if item.id in mine:
                what = f"a second response of {response.system!r} to the item {item.id!r}"
                raise Unusable(what, "give each system one response an item, or the systems names")
            mine[item.id] = replace(response, item=item.id)

    def _id_of(self, row: Row) -> str:
        item = row.item
        content = [item.input, item.references, item.category, item.contexts, item.context_ids]
        digest = content_hash([*content, [[turn.role, turn.content] for turn in item.earlier]])[:16]
        systems = [response.system for response in row.responses] or [None]
        count = max(self._seen[digest, system] for system in systems) + 1
        for system in systems:
            self._seen[digest, system] = count
        return digest if count == 1 else f"{digest}-{count}"
