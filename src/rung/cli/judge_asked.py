"""What `rung judge` is given: the judge, the rubrics, and the labels of people."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rung.errors import BadData, BadInput

if TYPE_CHECKING:
    from rung.evaluation.judging import Rubric
    from rung.types import ModelRef

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_COLUMNS = ("item", "label", "system", "metric")


def judge_model(named: str, *, model: str | None, key_env: str | None) -> ModelRef:
    """The judge as a workload would name it.

    Args:
        named: a folder, an http(s) URL of an OpenAI-compatible API, `bedrock:ID`, a Hugging Face id, or a YAML file
            that holds a model entry, or a workload.
        model: the model's id at the URL, or its name in the workload.
        key_env: environment variable of the URL's key.

    Raises:
        BadInput: it names none.
    """
    path = Path(named).expanduser()
    if path.suffix.lower() in {".yaml", ".yml"}:
        return _of_file(path, model)
    if named.startswith(("http://", "https://")):
        if model is None:
            raise BadInput("a URL as the judge, without a model", mend="add --judge-model ID, its name at that URL")
        return _entry({"name": model, "url": named, "model": model, "api_key_env": key_env}, Path.cwd(), named)
    if model is not None or key_env is not None:
        raise BadInput("--judge-model and --judge-key-env belong to a URL", mend="leave them out, or give the URL")
    if named.startswith("bedrock:"):
        name = named.removeprefix("bedrock:")
        return _entry({"name": name, "bedrock": name}, Path.cwd(), named)
    if path.is_dir():
        return _entry({"name": path.resolve().name, "path": str(path.absolute())}, Path.cwd(), named)
    if _HUB_ID.fullmatch(named) and not named.startswith("."):
        return _entry({"name": named, "hf": named}, Path.cwd(), named)
    raise BadInput(
        f"no judge {named!r}", mend="give a model folder, a URL, bedrock:ID, a Hugging Face id, or a YAML model entry"
    )


def _of_file(path: Path, model: str | None) -> ModelRef:
    from rung.workload.load import model_ref
    from rung.workload.validate import validate
    from rung.workload.yamlfile import read_yaml

    if not path.exists():
        raise BadInput(
            f"{path}: there is no such file", mend="write a model entry there (name, and path, url, hf, ...)"
        )
    file = read_yaml(path)
    tree: Any = file.value
    if not isinstance(tree, dict) or "models" not in tree:
        return _entry(cast("Mapping[str, Any]", tree), path.parent, str(path))
    known = {entry.name: model_ref(entry, path.parent) for entry in validate(file).models}
    if model is None and len(known) == 1:
        return next(iter(known.values()))
    if model not in known:
        raise BadInput(f"{path} names several models, or not {model!r}", mend=f"--judge-model {' or '.join(known)}")
    return known[model]


def _entry(fields: Mapping[str, Any], folder: Path, where: str) -> ModelRef:
    from pydantic import ValidationError

    from rung.workload.load import model_ref
    from rung.workload.schema import Model

    try:
        return model_ref(Model.model_validate(fields), folder)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        context = detail.get("ctx", {})
        field = ".".join(map(str, detail["loc"]))
        problem = str(context.get("problem", f"{field}: {detail['msg']}"))
        mend = str(context.get("mend", "write a model entry as in a workload file: name, and path, url, hf or bedrock"))
        raise BadInput(f"{where}: {problem}", mend=mend) from error


def rubrics_of(named: Sequence[str]) -> list[Rubric]:
    """The rubrics, in the order given.

    Raises:
        BadInput: none is given, one is unknown, or two have one name.
    """
    from rung.evaluation.judging import find_rubric, rubric_names

    if not named:
        raise BadInput("no rubric is given", mend=f"add --rubric with a file or one of {', '.join(rubric_names())}")
    found = [find_rubric(one) for one in named]
    names = [rubric.name for rubric in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"two rubrics are called {twice[0]!r}", mend="give each its own name")
    return found


@dataclass(frozen=True, slots=True)
class HumanLabel:
    """What people say of an answer, or of a pair; `line` of the file.

    Args:
        item: id.
        label: of the scale, or who wins.
        system: who answered, or None.
        metric: what it is about, or None.
        line: of the file.
        pair: the two systems that were compared, where the file says so.
        of_study: it is a rating of `rung rate`.
    """

    item: str
    label: str
    system: str | None
    metric: str | None
    line: int
    pair: tuple[str, ...] = ()
    of_study: bool = False


def read_labels(path: Path) -> list[HumanLabel]:
    """Labels of people: a CSV with `item`, `label`, and where needed `system` and `metric`, or ratings (`.jsonl`).

    Ratings are what `rung rate export --format jsonl` writes.

    Raises:
        BadData: it cannot be read, lacks a column, a cell is empty, or a line is no rating.
    """
    if path.suffix.lower() in {".jsonl", ".ndjson"}:
        from rung.cli.judge_people import read_ratings

        return read_ratings(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            columns = rows.fieldnames or []
            if missing := [name for name in ("item", "label") if name not in columns]:
                mend = f"name the columns {', '.join(_COLUMNS)}; the last two only where there are several"
                raise BadData(f"{path}: no column {missing[0]!r}", mend=mend)
            return [_label(path, rows.line_num, row) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: cannot be read: {error}", mend="give a CSV file in UTF-8") from error


def _label(path: Path, line: int, row: Mapping[str, str | None]) -> HumanLabel:
    cells = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    for name in ("item", "label"):
        if not cells[name]:
            raise BadData(f"{path}:{line}: no {name}", mend="fill the cell in, or remove the row")
    return HumanLabel(cells["item"], cells["label"], cells["system"] or None, cells["metric"] or None, line)
