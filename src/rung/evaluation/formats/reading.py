"""One reader and one writer for all forms."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rung.errors import BadData
from rung.evaluation.formats.bedrock import is_bedrock, read_bedrock
from rung.evaluation.formats.dataset import Dataset
from rung.evaluation.formats.harness import read_harness
from rung.evaluation.formats.rows import read_rows
from rung.evaluation.given import GivenSystem
from rung.evaluation.records import EvalResults, Scored
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
    if _is_results(table):
        return _of_results(path)
    return read_bedrock(table) if is_bedrock(table) and not _is_ours(table) else read_rows(table)


def read_responses(path: Path) -> EvalResults:
    """The responses of a data file, as results: those of `rung eval` with their scores, any other file without scores.

    An item that a system lacks has a response with an error, as in `rung eval`.

    Raises:
        BadData: as `read_dataset`, or there are no responses.
        MissingExtra: Parquet without pyarrow.
    """
    if path.suffix.lower() not in TASKS and _is_results(read_table(path)):
        return read_results(path)
    dataset = read_dataset(path)
    if not dataset.responses:
        raise BadData(
            f"{path} holds items and no responses",
            mend="let a model respond first: rung eval DATA --model MODEL --out RESULTS",
        )
    systems = [GivenSystem(name, mine) for name, mine in dataset.responses.items()]
    scored = {one.name: {item.id: Scored(one.response(item), {}) for item in dataset.items} for one in systems}
    return EvalResults(dataset.name, 0, dataset.items, (), scored)


def _is_results(table: Table) -> bool:
    return "rung_eval" in table.records[0].cells


def _is_ours(table: Table) -> bool:
    return "modelResponses" not in table.columns and "response" in table.columns


def _of_results(path: Path) -> Dataset:
    results = read_results(path)
    responses = {system: {item: one.response for item, one in mine.items()} for system, mine in results.scored.items()}
    return Dataset(results.name, results.items, responses)
