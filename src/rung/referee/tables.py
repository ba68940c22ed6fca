"""Tables of recorded scores, item x system: what a search can be replayed on, against the answer that is known.

Read are JSON lines with a mapping from system to score (`correct`: 0 or 1; `score`: in [0, 1]; `judge_score_1_10`:
(x - 1) / 9), CSV with gold and predicted letters (`gold`, `pred:SYSTEM`), and plain CSV (`item`, then a column of
scores for each system); gzipped or not. A score that is missing is 0. Costs are 10^9 parameters x tokens, four
characters a token, prompts included where they are known.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from rung.errors import BadData, BadInput
from rung.json_file import read_json
from rung.types import is_plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

ASSUMED_PARAMS_B: Final = 200.0
"""10^9 parameters of a system whose size nobody has published; counted."""

CHARACTERS_PER_TOKEN: Final = 4.0
MOST_CHARACTERS: Final = 1e9
_FORMS: Final[Mapping[str, Callable[[float], float]]] = {
    "correct": lambda x: float(x) if x in (0, 1) else math.nan,
    "score": float,
    "judge_score_1_10": lambda x: (x - 1) / 9,
}
_MEND: Final = (
    "give JSON lines with item_id and correct, score or judge_score_1_10, or CSV with item and a column a system"
)


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores of many systems on the same items.

    Args:
        name: of the file.
        items: ids, in the order of the file.
        groups: of each item (a category), or None.
        systems: names, sorted.
        scores: systems x items, each in [0, 1].
        costs: systems x items: 10^9 parameters x tokens, or as given.
        assumed: systems whose size is not known and was taken as `ASSUMED_PARAMS_B`.
        missing: scores that were not there and count as 0.
        binary: scores can only be 0 or 1, by the form of the file (`correct`, letters), never by looking at them.
    """

    name: str
    items: tuple[str, ...]
    groups: tuple[str | None, ...]
    systems: tuple[str, ...]
    scores: Matrix
    costs: Matrix
    assumed: tuple[str, ...]
    missing: int
    binary: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """An item: scores by system, None where one is missing, and characters of prompt and answers where known."""

    id: str
    group: str | None
    scores: Mapping[str, float | None]
    prompt: float
    out: Mapping[str, float]
    binary: bool


def read_table(path: Path, models: Path | None = None) -> ScoreTable:
    """Read a table, and facts of its systems.

    Args:
        path: JSON lines or CSV, gzipped or not.
        models: JSON with `params_b` (and `mean_out_chars`) by system; None: the file beside, `NAME.models.json`, if
            it is there. Without facts every system costs its tokens at the assumed size.

    Raises:
        BadInput: a file cannot be read, or has no known form.
        BadData: a score that is none, two items with one id, or systems without an item.
    """
    lines = _text(path)
    rows = list(_csv_rows(path, lines) if ".csv" in path.suffixes else _json_rows(path, lines))
    if not rows:
        raise BadInput(f"{path} has no items", mend=_MEND)
    twice = [name for name, count in Counter(row.id for row in rows).items() if count > 1]
    if twice:
        raise BadData(f"{path}: item {twice[0]!r} is there twice", mend="every item once; average repeats first")
    beside = path.with_name(path.name.split(".jsonl")[0].split(".csv")[0] + ".models.json")
    facts = _facts(models or (beside if beside.is_file() else None))
    return _table(path, rows, facts)


def _facts(path: Path | None) -> Mapping[str, Mapping[str, Any]]:
    if path is None:
        return {}
    found = read_json(path, mend="give a JSON object: system -> {params_b}")
    facts = cast("dict[str, object]", found) if isinstance(found, dict) else {"": None}
    if not all(isinstance(fact, dict) for fact in facts.values()):
        raise BadInput(f"{path} holds no facts of systems", mend="give a JSON object: system -> {params_b}")
    return cast("dict[str, dict[str, Any]]", facts)


def _table(path: Path, rows: Sequence[_Row], facts: Mapping[str, Mapping[str, Any]]) -> ScoreTable:
    import numpy as np

    systems = tuple(sorted({system for row in rows for system in row.scores}))
    if not systems:
        raise BadInput(f"{path} has no system", mend=_MEND)
    strange = [system for system in systems if not is_plain(system)]
    if strange:
        raise BadData(f"{path}: the system {strange[0]!r} has control characters in its name", mend="rename it")
    sizes = {system: _positive(facts.get(system, {}).get("params_b")) for system in systems}
    scores, costs, missing = np.zeros((len(systems), len(rows))), np.zeros((len(systems), len(rows))), 0
    for place, system in enumerate(systems):
        usual = _positive(facts.get(system, {}).get("mean_out_chars")) or 0.0
        size = sizes[system] or ASSUMED_PARAMS_B
        for column, row in enumerate(rows):
            score = row.scores.get(system)
            missing += score is None
            scores[place, column] = score or 0.0
            costs[place, column] = size * max(1.0, (row.prompt + row.out.get(system, usual)) / CHARACTERS_PER_TOKEN)
    return ScoreTable(
        name=path.name,
        items=tuple(row.id for row in rows),
        groups=tuple(row.group for row in rows),
        systems=systems,
        scores=scores,
        costs=costs,
        assumed=tuple(system for system in systems if sizes[system] is None),
        missing=missing,
        binary=all(row.binary for row in rows),
    )


def _positive(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        return None
    return float(value)


def _text(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        return data.decode("utf-8-sig").split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}", mend="give a .csv or .jsonl file, gzipped or not") from error


def _json_rows(path: Path, lines: Sequence[str]) -> Iterable[_Row]:
    form: str | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            row: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadData(f"{where} is no JSON: {error}", mend=_MEND) from error
        if not isinstance(row, dict):
            raise BadData(f"{where} is no JSON object", mend=_MEND)
        given = cast("dict[str, Any]", row)
        form = form or next((name for name in _FORMS if isinstance(given.get(name), dict)), None)
        if form is None:
            raise BadInput(f"{where} has none of {', '.join(_FORMS)}", mend=_MEND)
        if not isinstance(given.get(form), dict) or not isinstance(given.get("item_id"), str | int):
            raise BadData(f"{where} lacks {form} or item_id", mend=_MEND)
        scores = {str(system): _score(where, value, _FORMS[form]) for system, value in given[form].items()}
        lengths: object = given.get("out_chars") or {}
        if not isinstance(lengths, dict):
            raise BadData(f"{where}: out_chars is no mapping", mend=_MEND)
        out = cast("dict[str, Any]", lengths)
        yield _Row(
            id=str(given["item_id"]),
            group=_group(given),
            scores=scores,
            prompt=_count(where, given.get("prompt_chars")),
            out={system: _count(where, count) for system, count in out.items()},
            binary=form == "correct",
        )


def _group(given: Mapping[str, Any]) -> str | None:
    return next((str(given[name]) for name in ("category", "dataset", "task") if given.get(name)), None)


def _score(where: str, value: object, form: Callable[[float], float]) -> float | None:
    """In [0, 1]; None where there is none."""
    if value is None:
        return None
    try:
        score = form(float(value))  # pyright: ignore[reportArgumentType] - what is no number raises
    except (TypeError, ValueError, OverflowError) as error:
        raise BadData(f"{where}: the score {str(value)[:40]!r} is no number", mend=_MEND) from error
    if not 0 <= score <= 1:
        raise BadData(f"{where}: the score {str(value)[:40]!r} is out of range", mend="rescale scores to [0, 1]")
    return score


def _count(where: str, value: object) -> float:
    """Characters, 0 where none are told."""
    try:
        count = float(value or 0)  # pyright: ignore[reportArgumentType] - what is no number raises
    except (TypeError, ValueError, OverflowError):
        count = math.nan
    if not 0 <= count <= MOST_CHARACTERS:
        raise BadData(
            f"{where}: {str(value)[:40]!r} is no count of characters", mend="give characters, or leave it out"
        )
    return count


def _csv_rows(path: Path, lines: Sequence[str]) -> Iterable[_Row]:
    reader = csv.DictReader(lines)
    names = list(reader.fieldnames or ())
    if len(set(names)) < len(names) or not names:
        raise BadInput(f"{path} has no header, or two columns of one name", mend=_MEND)
    letters = [name for name in names if name.startswith("pred:")]
    key = next((name for name in ("item_id", "question_id", "item", "id") if name in names), None)
    if key is None or (letters and "gold" not in names):
        raise BadInput(f"{path} lacks a column of items or of gold letters", mend=_MEND)
    plain = [name for name in names if name not in (key, "category", "gold", "n_options") and not letters]
    try:
        for row in reader:
            where = f"{path.name}:{reader.line_num}"
            if None in row or row[key] is None:
                raise BadData(f"{where} has not as many fields as the header", mend=_MEND)
            if letters:
                scores = {name[5:]: float(row[name] == row["gold"]) if row[name] else None for name in letters}
            else:
                scores = {name: _score(where, row[name] or None, float) for name in plain}
            chars = {name[10:]: _count(where, row[name]) for name in names if name.startswith("out_chars:")}
            prompt = _count(where, row.get("question_chars"))
            yield _Row(row[key], row.get("category") or None, scores, prompt, chars, bool(letters))
    except (csv.Error, ValueError) as error:
        raise BadData(f"{path}: {error}", mend=_MEND) from error
