"""What is to be rated: results of an evaluation, or responses in the lines that Amazon Bedrock reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from rung.errors import BadData, BadInput
from rung.evaluation.records import EvalItem, Response
from rung.evaluation.results import read_results
from rung.stats import seeded_order

SHAPE = 'a line is {"prompt": ..., "modelResponses": [{"modelIdentifier": ..., "response": ...}]}'


@dataclass(frozen=True, slots=True)
class Material:
    """Items, and by item id and system what was answered."""

    name: str
    items: tuple[EvalItem, ...]
    responses: Mapping[str, Mapping[str, Response]]

    def only(self, *, systems: Sequence[str], items: int | None, seed: int) -> Material:
        """These systems alone (all where none is named), and a random sample of the items.

        Raises:
            BadInput: a system that is not there, or a sample of nothing.
        """
        known = {system for by_system in self.responses.values() for system in by_system}
        if unknown := [system for system in systems if system not in known]:
            raise BadInput(f"there is no system {unknown[0]!r}", mend=f"use one of {', '.join(sorted(known))}")
        if items is not None and items < 1:
            raise BadInput(f"a sample of {items} items", mend="give --items 1 or more, or leave it out")
        order = seeded_order([item.id for item in self.items], seed)[:items]
        kept = tuple(self.items[place] for place in sorted(order))
        wanted = set(systems) or known
        return Material(
            self.name,
            kept,
            {i.id: {name: r for name, r in self.responses[i.id].items() if name in wanted} for i in kept},
        )


def read_material(path: Path) -> Material:
    """Read a file of `rung eval --out`, or JSON lines with `prompt` and `modelResponses`.

    Raises:
        BadInput: the file cannot be read.
        BadData: a line is wrong; its number is named.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text", mend="convert it, e.g. with iconv") from error
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be opened: {error.strerror}", mend="give the file with the responses"
        ) from error
    rows = [(n, _object(path, n, line)) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if rows and "rung_eval" in rows[0][1]:
        results = read_results(path)
        by_item = {item.id: {s: mine[item.id].response for s, mine in results.scored.items()} for item in results.items}
        return Material(results.name, results.items, by_item)
    return _from_lines(path, rows)


def _from_lines(path: Path, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> Material:
    items: list[EvalItem] = []
    responses: dict[str, dict[str, Response]] = {}
    for number, row in rows:
        item = EvalItem(
            id=str(row.get("id") or f"line-{number}"),
            input=_text(path, number, row, "prompt"),
            references=(str(row["referenceResponse"]),) if row.get("referenceResponse") else (),
            category=str(row["category"]) if row.get("category") else None,
        )
        if item.id in responses:
            raise BadData(f"{path}:{number}: the id {item.id!r} is there twice", mend="give each line an id of its own")
        items.append(item)
        responses[item.id] = _responses(path, number, item.id, row.get("modelResponses"))
        first = responses[items[0].id]
        if set(first) != set(responses[item.id]):
            raise BadData(
                f"{path}:{number}: its systems are not those of the first line ({', '.join(sorted(first))})",
                mend="give every line a response of every system",
            )
    if not items:
        raise BadData(f"{path}: there is nothing in it", mend=SHAPE)
    return Material(path.stem, tuple(items), responses)


def _responses(path: Path, number: int, item: str, given: object) -> dict[str, Response]:
    if not isinstance(given, list) or not given:
        raise BadData(f"{path}:{number}: `modelResponses` is no list with something in it", mend=SHAPE)
    found: dict[str, Response] = {}
    for one in cast("list[object]", given):
        if not isinstance(one, dict):
            raise BadData(f"{path}:{number}: a response is no object", mend=SHAPE)
        row = cast("dict[str, Any]", one)
        system = _text(path, number, row, "modelIdentifier")
        if system in found:
            raise BadData(f"{path}:{number}: {system!r} responds twice", mend="name every system once a line")
        found[system] = Response(item, system, _text(path, number, row, "response"))
    return found


def _text(path: Path, number: int, row: Mapping[str, Any], name: str) -> str:
    found = row.get(name)
    if not isinstance(found, str):
        raise BadData(f"{path}:{number}: `{name}` is no text", mend=SHAPE)
    return found


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadData(f"{path}:{number}: no JSON: {error}", mend=SHAPE) from error
    if not isinstance(found, dict):
        raise BadData(f"{path}:{number}: no JSON object", mend=SHAPE)
    return cast("dict[str, Any]", found)
