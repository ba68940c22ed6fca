"""Task files of lm-evaluation-harness, on local data: the prompts and targets that they make.

`dataset_path` is json, csv or parquet, `dataset_kwargs.data_files` names a file in the task file's folder;
`doc_to_text`, `doc_to_target` and `doc_to_choice` are names of columns or jinja2 templates, which run in a sandbox.
Code (`!function`) is never run. Source: lm-evaluation-harness, docs/task_guide.md and `lm_eval/api/task.py`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

from rung.errors import BadData
from rung.evaluation.formats.cells import label_of, text_of
from rung.evaluation.formats.dataset import Dataset, Row, Unusable, gather
from rung.evaluation.formats.templates import Template
from rung.evaluation.records import EvalItem
from rung.workload.tables import Record, RowProblem, decoded, file_format, read_bytes, read_table
from rung.workload.yamlfile import MOST_NODES

KINDS: Final = ("json", "csv", "parquet")
SPLITS: Final = ("test_split", "validation_split")
CODE: Final = ("process_docs", "process_results", "doc_to_decontamination_query")
UNUSED: Final = ("num_fewshot", "fewshot_split", "fewshot_config", "metric_list", "filter_list", "generation_kwargs")


MOST_DIGITS: Final = 300


class _Loader(yaml.SafeLoader):
    """Plain YAML; `!function` is an error that says so, and so are aliases and numbers that grow without end."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and _size(node, {}) > MOST_NODES:
            raise ComposerError(None, None, "an alias loops or grows without end", node.start_mark)
        return node


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """How many nodes it is with its aliases written out; infinite where one holds itself."""
    if id(node) not in known:
        known[id(node)] = float("inf")
        children: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            children = [one for pair in node.value for one in pair]
        elif isinstance(node, yaml.SequenceNode):
            children = node.value
        known[id(node)] = 1 + sum(_size(child, known) for child in children)
    return known[id(node)]


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    if len(node.value) > MOST_DIGITS:
        raise ConstructorError(None, None, f"a number of more than {MOST_DIGITS} digits", node.start_mark)
    return loader.construct_yaml_int(node)


def _no_function(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    line = node.start_mark.line + 1
    raise BadData(
        f"{node.start_mark.name}:{line}: `!function` names Python code, and code of a task file is never run",
        mend="write it as a template or a column's name, or make the data file with what the function gives",
    )


_Loader.add_constructor("!function", _no_function)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)


def read_harness(path: Path) -> Dataset:
    """The items of a task file.

    Raises:
        BadData: the file is no such task, asks for code or for data from elsewhere, or rows cannot be used.
    """
    task = _task(path)
    table = read_table(_data_file(path, task))
    maker = _Maker(path, task, table.columns, typed=file_format(table.path) != ".csv")
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for record in table.records:
        try:
            rows.append(Row(record.place, maker.item(record)))
        except Unusable as error:
            problems.append(RowProblem(record.place, error.problem, error.mend))
    found = gather(table.path, table.unit, rows, problems, _notes(task))
    return Dataset(str(task.get("task") or path.stem), found.items, found.responses, found.notes)


def _task(path: Path) -> Mapping[str, Any]:
    text = decoded(path, read_bytes(path))
    loader = _Loader(text)
    loader.name = str(path)
    try:
        task = loader.get_single_data()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f":{mark.line + 1}"
        what = getattr(error, "problem", None) or "cannot be read"
        raise BadData(f"{path}{line}: not YAML: {what}", mend="mend the line") from error
    except ValueError as error:  # a date or a number that is none
        raise BadData(f"{path}: not YAML: {error}", mend="write the value in quotes") from None
    except RecursionError:
        raise BadData(f"{path}: YAML that is nested too deeply", mend="give a task file") from None
    if not isinstance(task, dict) or "doc_to_text" not in task:
        raise BadData(
            f"{path}: no task of lm-evaluation-harness: `doc_to_text` is missing", mend="give a file with `doc_to_text`"
        )
    made = cast("dict[str, Any]", task)
    if "include" in made:
        raise BadData(f"{path}: `include` is not followed", mend="write the included keys into the file")
    if code := [name for name in CODE if made.get(name)]:
        raise BadData(f"{path}: `{code[0]}` is code, which is never run", mend="make the data file without it")
    return made


def _data_file(path: Path, task: Mapping[str, Any]) -> Path:
    kind = task.get("dataset_path")
    if kind not in KINDS:
        raise BadData(
            f"{path}: `dataset_path` is {kind!r}: only local data are read",
            mend=f"download it, and give dataset_path: {' | '.join(KINDS)} with dataset_kwargs.data_files",
        )
    arguments = task.get("dataset_kwargs")
    files: Any = cast("Mapping[str, Any]", arguments).get("data_files") if isinstance(arguments, dict) else None
    if isinstance(files, dict):
        named = cast("Mapping[str, Any]", files)
        split = next((task[one] for one in SPLITS if task.get(one) in named), None) or next(iter(named), None)
        files = named.get(str(split))
    if isinstance(files, list):
        many = cast("list[Any]", files)
        if len(many) != 1:
            raise BadData(f"{path}: `data_files` names {len(many)} files", mend="join them into one file")
        files = many[0]
    if not isinstance(files, str) or "://" in files:
        raise BadData(
            f"{path}: `dataset_kwargs.data_files` names no local file", mend="name a file beside the task file"
        )
    return _beside(path, files)


def _beside(path: Path, name: str) -> Path:
    """A file in the task file's folder: a task from elsewhere must not choose what is read of this machine."""
    found = path.parent / name
    try:
        inside = found.resolve().is_relative_to(path.parent.resolve())
    except (ValueError, OSError, RuntimeError):  # a NUL, a loop of links
        inside = False
    if not inside:
        raise BadData(
            f"{path}: `data_files` names {name[:200]!r}, which leaves the folder of the task file",
            mend="put the data file, not a link to it, into that folder, and name it from there",
        )
    return found


class _Maker:
    """Makes items by a task's templates."""

    def __init__(self, path: Path, task: Mapping[str, Any], columns: Sequence[str], *, typed: bool) -> None:
        self._columns = columns
        self._typed = typed
        self._text = self._source(path, "doc_to_text", task.get("doc_to_text"))
        self._target = self._source(path, "doc_to_target", task.get("doc_to_target"))
        self._choice: Any = self._source(path, "doc_to_choice", task.get("doc_to_choice"))
        self._description = self._source(path, "description", task.get("description")) or ""

    def _source(self, path: Path, name: str, value: Any) -> Any:
        """A column's name stays one; any other text is a template; lists and numbers stay."""
        if isinstance(value, dict):
            value = list(cast("Mapping[str, Any]", value).values())
        if isinstance(value, list):
            return [self._source(path, name, one) for one in cast("list[Any]", value)]
        if not isinstance(value, str) or value in self._columns:
            return value
        return Template(value, where=f"{path}: `{name}`")

    def item(self, record: Record) -> EvalItem:
        """The item of a row.

        Raises:
            Unusable: a template does not fit the row.
        """
        text = self._value(self._text, record)
        if self._description:
            text = f"{self._value(self._description, record)}{text}"
        choices = self._choices(record)
        return EvalItem(
            id=label_of(record.cells.get("id"), "id") or "",
            input=text_of(text, "doc_to_text"),
            references=self._references(self._value(self._target, record), choices),
            category=label_of(record.cells.get("category"), "category"),
        )

    def _value(self, source: Any, record: Record) -> Any:
        if isinstance(source, Template):
            return source.render(record.cells)
        return record.cells.get(source) if isinstance(source, str) and source else source

    def _choices(self, record: Record) -> list[str]:
        if self._choice is None:
            return []
        choice: Any = self._choice
        if isinstance(choice, list):
            found: Any = [self._value(one, record) for one in cast("list[Any]", choice)]
        else:
            found = _literal(self._value(choice, record))
        if not isinstance(found, list) or not found:
            raise Unusable("`doc_to_choice` gives no list of choices", "mend the template or the column")
        return [text_of(one, "doc_to_choice") for one in cast("list[Any]", found)]

    def _references(self, target: Any, choices: list[str]) -> tuple[str, ...]:
        if target is None:
            return ()
        if isinstance(target, str) and target.startswith("[") and target.endswith("]"):
            target = _literal(target)
        targets = cast("list[Any]", target) if isinstance(target, list) else [target]
        if not choices:
            return tuple(text_of(one, "doc_to_target") for one in targets)
        return tuple(self._chosen(one, choices) for one in targets)

    def _chosen(self, target: Any, choices: list[str]) -> str:
        """The choice that a target is: an integer is its place from 0, a text the choice itself.

        As the harness does, a template that gives digits gives a place; so does a text of digits that is no choice.
        """
        place = _place(target)
        at = choices[place] if place is not None and place < len(choices) else None
        if isinstance(target, str):
            same = next((one for one in choices if one.strip() == target.strip()), None)
            if isinstance(self._target, Template):
                found = at if at is not None else same
            elif same is not None and at not in (None, same) and not self._typed:
                raise Unusable(
                    f"the target {target!r} is a choice, and the place of another; CSV does not say which is meant",
                    "give the data as JSONL, or the place as a template: {{ column }}",
                )
            else:
                found = same if same is not None else at
        else:
            found = at
        if found is None:
            raise Unusable(
                f"the target {repr(target)[:80]} is none of {len(choices)} choices",
                "give a choice as it is written, or its place as an integer; places count from 0",
            )
        return found


def _place(target: Any) -> int | None:
    """The place that a target names, or None."""
    if isinstance(target, int) and not isinstance(target, bool):
        return target if target >= 0 else None
    digits = target.strip() if isinstance(target, str) else ""
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else None


def _literal(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return value


def _notes(task: Mapping[str, Any]) -> tuple[str, ...]:
    notes: list[str] = []
    if task.get("output_type") in ("multiple_choice", "loglikelihood"):
        notes.append(
            "the task scores choices by their likelihood; here the model writes an answer, and the right choice's "
            "text is the reference"
        )
    unused = [name for name in UNUSED if task.get(name)]
    if unused:
        notes.append(f"not used of the task file: {', '.join(unused)}")
    return tuple(notes)
