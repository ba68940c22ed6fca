"""Ratings of people, as `rung rate export --format jsonl` writes them, as labels that a judge is held against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from rung.cli.judge_asked import HumanLabel
from rung.errors import BadData
from rung.evaluation.people.exports import FORM
from rung.evaluation.people.kinds import LETTERS, WHOLE

MEND: Final = "give what `rung rate export --format jsonl` wrote, or a CSV file with the columns item and label"


def read_ratings(path: Path) -> list[HumanLabel]:
    """A label for each answer that was rated, and for each pair that was compared or ranked.

    Raises:
        BadData: it cannot be read, or a line is no rating.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: cannot be read: {error}", mend=MEND) from error
    found: list[HumanLabel] = []
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            row: Any = json.loads(text)
            if row["rung_rating"] != FORM:
                raise ValueError(row["rung_rating"])
            found += _labels(row, number)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadData(f"{path}:{number}: no rating of `rung rate`", mend=MEND) from error
    if not found:
        raise BadData(f"{path}: no ratings", mend="let people rate, then export again")
    return found


def _labels(row: Mapping[str, Any], line: int) -> Iterator[HumanLabel]:
    """What one rating says: the value of each answer (thumbs 0 and 1, stars 1 to 5), or who wins."""
    item, metric, kind = str(row["item"]), str(row["metric"]), row["kind"]
    shown, answer = [str(system) for system in row["shown"]], row["answer"]
    if kind in ("thumbs", "likert"):
        for letter, system in zip(LETTERS, shown, strict=False):
            yield HumanLabel(item, str(answer[letter]), system, metric, line, of_study=True)
        return
    places = dict(zip(shown, LETTERS, strict=False))
    for a, b in combinations(shown, 2):
        if kind == "ranking":
            better = int(answer[places[b]]) - int(answer[places[a]])
        else:
            better = {"A": 1, "1": 1, "2": 1, "tie": 0, "3": 0, "4": -1, "5": -1, "B": -1}[answer[WHOLE]]
        winner = a if better > 0 else b if better < 0 else "tie"
        yield HumanLabel(item, winner, None, metric, line, pair=(a, b), of_study=True)
