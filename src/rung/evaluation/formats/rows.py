"""Our own form: a row is an item, with a system's response to it where there is one. JSONL, CSV and Parquet alike.

In CSV and Parquet what is no single text (`references`, `contexts`, `context_ids`, `earlier`, `passages`, `citations`,
`usage`) is written as JSON. What is read may also have the columns of a workload's data (`input`, `output`, `slice`),
of question answering (`question`, `answer`, `answers`) and a plain text where a list could be.
"""

from __future__ import annotations

import csv
import dataclasses
import importlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from rung.errors import BadInput, MissingExtra
from rung.evaluation.formats.cells import label_of, list_of, mapping_of, number_of, text_of, texts_of, usage_of
from rung.evaluation.formats.dataset import UNNAMED, Dataset, Row, Unusable, gather
from rung.evaluation.records import Citation, EvalItem, Passage, Response
from rung.types import Message
from rung.workload.tables import Record, RowProblem, Table, file_format

INPUTS: Final = ("input", "prompt", "question")
REFERENCES: Final = ("references", "output", "referenceResponse", "reference", "answers", "answer", "target")
CATEGORIES: Final = ("category", "slice")
SYSTEMS: Final = ("system", "model", "modelIdentifier")
RESPONSES: Final = ("response", "prediction")
NESTED: Final = ("references", "contexts", "context_ids", "earlier", "passages", "citations", "usage")
PLAIN_TOO: Final = ("references", "contexts", "context_ids")
"""Of these, those that may be a plain text as well."""


def read_rows(table: Table) -> Dataset:
    """The data set of a table.

    Raises:
        BadData: a column is missing, or rows cannot be used.
    """
    columns = table.columns
    if _first(columns, INPUTS) is None:
        have = ", ".join(columns[:20])
        mend = "call the column of the prompts `input`"
        raise table.error([RowProblem(table.records[0].place, f"no column {' or '.join(INPUTS)} among {have}", mend)])
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for record in table.records:
        try:
            rows.append(_row(_unfolded(record, table), columns))
        except Unusable as error:
            problems.append(RowProblem(record.place, error.problem, error.mend))
    return gather(table.path, table.unit, rows, problems)


def _first(columns: Sequence[str], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in columns), None)


def _unfolded(record: Record, table: Table) -> Record:
    """What CSV and Parquet hold as JSON text, as JSON; in their other columns a text is a text."""
    if file_format(table.path) == ".jsonl":
        return record
    cells = dict(record.cells)
    for name in NESTED:
        value = cells.get(name)
        if not isinstance(value, str) or not value.strip():
            cells[name] = None if isinstance(value, str) else value
            continue
        try:
            nested = json.loads(value)
        except (ValueError, RecursionError):
            nested = None
        if isinstance(nested, list | dict):
            cells[name] = nested
        elif name not in PLAIN_TOO:
            raise Unusable(f"{name!r} is no JSON list or object", "write it as JSON, or leave it empty")
    return Record(record.place, cells)


def _row(record: Record, columns: Sequence[str]) -> Row:
    cells = record.cells

    value, name = _cell(cells, columns, INPUTS)
    item = EvalItem(
        id=label_of(cells.get("id"), "id") or "",
        input=text_of(value, name),
        references=texts_of(*_cell(cells, columns, REFERENCES)),
        category=label_of(*_cell(cells, columns, CATEGORIES)),
        contexts=texts_of(cells.get("contexts"), "contexts"),
        context_ids=texts_of(cells.get("context_ids"), "context_ids"),
        earlier=tuple(_turn(one) for one in list_of(cells.get("earlier"), "earlier")),
    )
    return Row(record.place, item, _responses(cells, columns))


def _cell(cells: Mapping[str, Any], columns: Sequence[str], names: Sequence[str]) -> tuple[Any, str]:
    """The first of some columns that is filled, and its name."""
    name = next((name for name in names if cells.get(name) is not None), None) or _first(columns, names)
    return (None, names[0]) if name is None else (cells.get(name), name)


def _responses(cells: Mapping[str, Any], columns: Sequence[str]) -> tuple[Response, ...]:
    text, text_name = _cell(cells, columns, RESPONSES)
    system = label_of(*_cell(cells, columns, SYSTEMS))
    error = label_of(cells.get("error"), "error")
    passages = tuple(passage_of(one, "passages") for one in list_of(cells.get("passages"), "passages"))
    # In CSV a cell is empty where there is nothing: with a column of systems, an empty name says so.
    none = text is None or (text == "" and system is None and _first(columns, SYSTEMS) is not None)
    if none and error is None and not passages:
        return ()
    response = Response(
        item="",
        system=system or UNNAMED,
        text="" if text is None else text_of(text, text_name, empty=True),
        passages=passages,
        citations=tuple(_citation(one) for one in list_of(cells.get("citations"), "citations")),
        error=error,
        usage=usage_of(cells.get("usage"), "usage"),
        latency_s=number_of(cells.get("latency_s"), "latency_s"),
        cost_usd=number_of(cells.get("cost_usd"), "cost_usd"),
    )
    return (response,)


def _turn(value: Any) -> Message:
    given = mapping_of(value, "earlier")
    role = given.get("role")
    if role not in ("system", "user", "assistant"):
        raise Unusable(f"a turn of 'earlier' has the role {role!r}", "write system, user or assistant")
    return Message(role, text_of(given.get("content"), "earlier.content", empty=True))


def passage_of(value: Any, name: str) -> Passage:
    """A passage: a text, or an object with `text`, `id`, `score`."""
    if isinstance(value, str):
        return Passage(text_of(value, name, empty=True))
    given = mapping_of(value, name)
    score = given.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float) or not abs(score) < 1e300):
        raise Unusable(f"'{name}.score' is {str(score)[:40]!r}, not a number", "write a number, or leave it out")
    return Passage(
        text_of(given.get("text"), f"{name}.text", empty=True), label_of(given.get("id"), f"{name}.id"), score
    )


def _citation(value: Any) -> Citation:
    given = mapping_of(value, "citations")
    passages = list_of(given.get("passages"), "citations.passages")
    text = text_of(given.get("text"), "citations.text", empty=True)
    return Citation(text, tuple(passage_of(one, "citations.passages") for one in passages))


def write_rows(path: Path, dataset: Dataset) -> None:
    """Write a data set as .jsonl, .csv or .parquet; `read_rows` gives it back.

    Raises:
        BadInput: another ending, or a gzipped one.
        MissingExtra: Parquet without pyarrow.
    """
    rows = [row for item in dataset.items for row in _rows_of(item, dataset)]
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix.lower():
        case ".jsonl":
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            path.write_text(text, encoding="utf-8", newline="\n")
        case ".csv":
            _write_csv(path, rows)
        case ".parquet":
            _write_parquet(path, rows)
        case other:
            raise BadInput(f"cannot write a file that ends in {other!r}", mend="name it .jsonl, .csv or .parquet")


def _rows_of(item: EvalItem, dataset: Dataset) -> list[dict[str, Any]]:
    plain = _said(dataclasses.asdict(item))
    given = [mine[item.id] for mine in dataset.responses.values() if item.id in mine]
    return [{**plain, **_response_cells(response)} for response in given] or [plain]


def _response_cells(response: Response) -> dict[str, Any]:
    cells = dataclasses.asdict(response)
    text = cells.pop("text")
    for name in ("item", "energy", "carbon"):
        del cells[name]
    return {**_said(cells), "response": text}


def _said(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing, in passages too."""
    made: dict[str, Any] = {}
    for name, value in cells.items():
        if isinstance(value, tuple | list):
            many = cast("Sequence[Any]", value)
            value = [_said(cast("Mapping[str, Any]", one)) if isinstance(one, Mapping) else one for one in many]
        if value not in (None, [], "") or name in ("text", "content"):
            made[name] = value
    return made


def _folded(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    folded = [
        {
            name: json.dumps(row[name], ensure_ascii=False) if name in NESTED and name in row else row.get(name)
            for name in names
        }
        for row in rows
    ]
    return names, folded


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    names, folded = _folded(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(folded)


def _write_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtra("pyarrow", extra="parquet") from error
    parquet.write_table(arrow.Table.from_pylist(_folded(rows)[1]), path)
