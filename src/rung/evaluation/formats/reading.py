"""One reader and one writer for all forms."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rung.evaluation.formats.bedrock import is_bedrock, read_bedrock
from rung.evaluation.formats.dataset import Dataset
from rung.evaluation.formats.harness import read_harness
from rung.evaluation.formats.rows import read_rows
from rung.evaluation.results import read_results
from rung.workload.tables import Table, read_table

TASKS: Final = (".yaml", ".yml")


def read_dataset(path: Path) -> Dataset:
    """Read a data file: JSONL (ours, Bedrock's, or results of `rung eval`), CSV, Parquet, or a harness task.

    Raises:
        BadData: it cannot be read, or rows cannot be used; each with its line.
        MissingExtra: Parquet without pyarrow.
    """
    if path.suffix.lower() in TASKS:
        return read_harness(path)
    table = read_table(path)
    if "rung_eval" in table.records[0].cells:
        return _of_results(path)
    return read_bedrock(table) if is_bedrock(table) and not _is_ours(table) else read_rows(table)


def _is_ours(table: Table) -> bool:
    return "modelResponses" not in table.columns and "response" in table.columns


def _of_results(path: Path) -> Dataset:
    results = read_results(path)
    responses = {system: {item: one.response for item, one in mine.items()} for system, mine in results.scored.items()}
    return Dataset(results.name, results.items, responses)
