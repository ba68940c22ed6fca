"""Tables of models: a leaderboard as a file, facts by system as JSON, or a folder of model cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from rung.errors import BadData
from rung.evaluation.shortlist.cards import read_cards
from rung.json_file import read_json
from rung.workload.tables import read_table

Unit = Literal["line", "row", "entry", "card"]
NAME = "model"
_LISTS = ("models", "data", "rows", "results")
_FORMS = "give .csv, .json, .jsonl or .parquet, or a folder of model cards (README.md with a YAML head)"
_JSON = "give a JSON object from each model to its facts, or a list of objects"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model as a table has it; `place` is its 1-based line, row, entry or card."""

    place: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelTable:
    """Models and what is said of them.

    Args:
        path: of the file or folder.
        unit: what `place` counts.
        rows: the models, in the table's order.
    """

    path: Path
    unit: Unit
    rows: tuple[ModelRow, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that any model has, in order of first use."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.cells))


def read_models(path: Path) -> ModelTable:
    """Read a table of models.

    Raises:
        BadData: it is not there, of no form that is known, broken, or holds no models.
        BadWorkload: the head of a model card is no YAML.
        MissingExtra: Parquet without pyarrow.
    """
    if not path.exists():
        raise BadData(f"no such file: {path}", mend=_FORMS)
    if path.is_dir():
        made = tuple(ModelRow(at, cells) for at, cells in enumerate(read_cards(path), start=1))
        return ModelTable(path, "card", made)
    if path.suffix.lower() == ".json":
        made = tuple(ModelRow(at, cells) for at, cells in enumerate(_of_json(path), start=1))
        if not made:
            raise BadData(f"{path}: holds no models", mend=_JSON)
        return ModelTable(path, "entry", made)
    table = read_table(path)
    return ModelTable(path, table.unit, tuple(ModelRow(one.place, flat(one.cells)) for one in table.records))


def flat(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Objects within objects as columns: `{"safetensors": {"total": 1}}` is `safetensors.total`."""
    return dict(_flat(cells, "", 0))


def _flat(cells: Mapping[str, Any], above: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in cells.items():
        name = f"{above}{str(key).strip()}"
        if isinstance(value, Mapping) and depth < 4:
            yield from _flat(cast("Mapping[str, Any]", value), f"{name}.", depth + 1)
        else:
            yield name, value


def _of_json(path: Path) -> Iterator[dict[str, Any]]:
    """The entries of a list, or of an object from names to facts."""
    held: Any = read_json(path, mend=_JSON)
    if isinstance(held, Mapping):
        given = cast("Mapping[str, Any]", held)
        lists = [given[name] for name in _LISTS if isinstance(given.get(name), list)]
        if not lists:
            yield from _by_name(path, given)
            return
        held = lists[0]
    if not isinstance(held, list):
        raise BadData(f"{path}: no table of models", mend=_JSON)
    for at, entry in enumerate(cast("Sequence[Any]", held), start=1):
        if not isinstance(entry, Mapping):
            raise BadData(f"{path}: entry {at}: not an object", mend=_JSON)
        yield flat(cast("Mapping[str, Any]", entry))


def _by_name(path: Path, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, facts in given.items():
        if not isinstance(facts, Mapping):
            raise BadData(f"{path}: what stands at {name!r} is not an object", mend=_JSON)
        yield {NAME: name} | {k: v for k, v in flat(cast("Mapping[str, Any]", facts)).items() if k != NAME}
