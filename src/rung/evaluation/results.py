"""The file of an evaluation's results: JSONL, a header, then a line per system and item."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from rung.errors import BadData, BadInput
from rung.evaluation.failures import with_failures_of_notes
from rung.evaluation.records import Citation, EvalItem, EvalResults, MetricInfo, Passage, Response, Scored
from rung.types import Message, Quantity, TokenUsage, is_plain
from rung.whole_file import write_whole

FORM: Final = 1
"""Version of the file's form, in its header as `rung_eval`."""

MEND: Final = "write it again by `rung eval`"


def write_results(path: Path, results: EvalResults) -> None:
    """Write all at once; a file that is there is replaced only when the new one is whole.

    Raises:
        BadInput: what is there is no regular file.
        ValueError: a number is not finite.
    """
    header = {
        "rung_eval": FORM,
        "name": results.name,
        "seed": results.seed,
        "metrics": [dataclasses.asdict(metric) for metric in results.metrics],
        "items": [_without_nothing(dataclasses.asdict(item)) for item in results.items],
    }
    lines = [header, *(scored_json(one) for by_item in results.scored.values() for one in by_item.values())]
    write_whole(path, "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines))


def read_results(path: Path) -> EvalResults:
    """What `write_results` wrote.

    Raises:
        BadInput: the file cannot be read, or is none of an evaluation.
        BadData: a line that cannot be read, an unknown item, or an item twice or missing.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}", mend="give the file that `rung eval --out` wrote") from error
    read = [_line(path, number, text) for number, text in enumerate(lines, 1) if text.strip()]
    if not read or read[0].get("rung_eval") != FORM:
        raise BadInput(f"{path} holds no results of an evaluation", mend="give the file that `rung eval --out` wrote")
    header, *rows = read
    try:
        items = tuple(_item(one) for one in header["items"])
        if len({item.id for item in items}) < len(items):
            raise BadData(f"{path}: an item is twice in the header", mend=MEND)
        metrics = tuple(MetricInfo(**metric) for metric in header["metrics"])
        scored = _by_system((scored_from_json(row) for row in rows), {item.id for item in items}, path)
        return with_failures_of_notes(EvalResults(str(header["name"]), int(header["seed"]), items, metrics, scored))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadData(f"{path}: a line lacks what results have: {error}", mend=MEND) from error


def _line(path: Path, number: int, text: str) -> dict[str, Any]:
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise BadData(f"{path}:{number} is no JSON: {error}", mend=MEND) from error
    if not isinstance(found, dict):
        raise BadData(f"{path}:{number} is no JSON object", mend=MEND)
    return found  # pyright: ignore[reportUnknownVariableType]


def _by_system(rows: Iterable[Scored], known: set[str], path: Path) -> dict[str, dict[str, Scored]]:
    found: dict[str, dict[str, Scored]] = {}
    for one in rows:
        response = one.response
        if not is_plain(response.system) or not response.system:
            raise BadData(f"{path}: the system {response.system!r} has no name that can be printed", mend="rename it")
        mine = found.setdefault(response.system, {})
        if response.item not in known or response.item in mine:
            what = "twice" if response.item in mine else "unknown"
            raise BadData(
                f"{path}: item {response.item!r} of {response.system!r} is {what}", mend="run `rung eval` again"
            )
        mine[response.item] = one
    for system, mine in found.items():
        if len(mine) < len(known):
            raise BadData(
                f"{path}: {system!r} has {len(mine)} of {len(known)} items", mend="let `rung eval` finish: it resumes"
            )
    return found


def scored_json(one: Scored) -> dict[str, Any]:
    """A line of the file."""
    response = response_json(one.response)
    names = {name: response.pop(name) for name in ("item", "system", "text") if name in response}
    return _without_nothing(
        {**names, "scores": dict(one.scores), "notes": dict(one.notes), "failed": dict(one.failed), **response}
    )


def response_json(response: Response) -> dict[str, Any]:
    """JSON values of a response; `response_from_json` reads them back."""
    made: dict[str, Any] = {
        "item": response.item,
        "system": response.system,
        "text": response.text,
        "passages": [_without_nothing(dataclasses.asdict(passage)) for passage in response.passages],
        "citations": [dataclasses.asdict(citation) for citation in response.citations],
        "error": response.error,
        "usage": None if response.usage is None else dataclasses.asdict(response.usage),
        "latency_s": response.latency_s,
        "cost_usd": response.cost_usd,
        "energy": None if response.energy is None else response.energy.to_json(),
        "carbon": None if response.carbon is None else response.carbon.to_json(),
    }
    return _without_nothing(made)


def scored_from_json(row: Mapping[str, Any]) -> Scored:
    """What `scored_json` made.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    scores = {str(name): _score(value) for name, value in row["scores"].items()}
    return Scored(response_from_json(row), scores, dict(row.get("notes", {})), dict(row.get("failed", {})))


def _score(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{str(value)[:40]!r} is no score in [0, 1]")
    return float(value)


def response_from_json(row: Mapping[str, Any]) -> Response:
    """What `response_json` made.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return Response(
        item=str(row["item"]),
        system=str(row["system"]),
        text=str(row.get("text", "")),
        passages=tuple(_passage(one) for one in row.get("passages", ())),
        citations=tuple(
            Citation(one["text"], tuple(_passage(passage) for passage in one["passages"]))
            for one in row.get("citations", ())
        ),
        error=row.get("error"),
        usage=TokenUsage(**row["usage"]) if "usage" in row else None,
        latency_s=row.get("latency_s"),
        cost_usd=row.get("cost_usd"),
        energy=Quantity.from_json(row["energy"]) if "energy" in row else None,
        carbon=Quantity.from_json(row["carbon"]) if "carbon" in row else None,
    )


def _passage(row: Mapping[str, Any]) -> Passage:
    return Passage(str(row.get("text", "")), row.get("id"), row.get("score"))


def _item(row: Mapping[str, Any]) -> EvalItem:
    given = dict(row)
    for name in ("references", "contexts", "context_ids"):
        given[name] = tuple(given.get(name, ()))
    given["earlier"] = tuple(Message(**turn) for turn in given.get("earlier", ()))
    return EvalItem(**given)


def _without_nothing(made: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing: None and empty lists, texts and mappings (the scores stay)."""
    return {name: value for name, value in made.items() if name == "scores" or value not in (None, "", [], (), {})}
