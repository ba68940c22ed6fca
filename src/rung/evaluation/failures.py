"""Scores that stand for no verdict or no answer: how many, by why, for each system and metric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from rung.evaluation.records import EvalResults, Response, Scored

UNREAD: Final = ("unparsable", "refused")
"""Why a judge gave no verdict on an answer that was there."""


@dataclass(frozen=True, slots=True)
class Failures:
    """What of a system's scores by a metric is a failure; an item is counted once, under the first that fits.

    Args:
        scored: items with a score, failures included.
        errors: responses with an error.
        unparsable: no label could be read in the judge's verdict.
        refused: the judge's provider refused to judge.
        empty: responses without a text, passage or error.
        not_applicable: items without a score; not among the scored.
    """

    scored: int
    errors: int = 0
    unparsable: int = 0
    refused: int = 0
    empty: int = 0
    not_applicable: int = 0

    @property
    def failed(self) -> int:
        """Scores that are failures."""
        return self.errors + self.unparsable + self.refused + self.empty

    @property
    def unread(self) -> int:
        """Scores for which no verdict could be read."""
        return self.unparsable + self.refused

    @property
    def mostly(self) -> bool:
        """Whether more than half of the scores are failures: then they say nothing about the answers."""
        return 2 * self.failed > self.scored

    def named(self) -> dict[str, int]:
        """Those that there are, by their names in words."""
        counts = {name.replace("_", " "): count for name, count in asdict(self).items() if name != "scored"}
        return {name: count for name, count in counts.items() if count}

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "failed": self.failed, "mostly": self.mostly}


def failures_of(mine: Iterable[Scored], metric: str) -> Failures:
    """Count a system's failures by a metric.

    Args:
        mine: its responses with scores.
        metric: name.
    """
    found = Counter(_kind(one, metric) for one in mine)
    return Failures(
        scored=found.total() - found["not_applicable"],
        errors=found["errors"],
        unparsable=found["unparsable"],
        refused=found["refused"],
        empty=found["empty"],
        not_applicable=found["not_applicable"],
    )


def is_empty(response: Response) -> bool:
    """Whether a response has no text, no passage and no error."""
    return not response.text.strip() and not response.passages and response.error is None


def with_failures_of_notes(results: EvalResults) -> EvalResults:
    """Results whose items do not say which verdicts failed, with what their notes begin with.

    A label may read as a failure does (`refused`), so notes are believed only where their count is the header's.
    """
    for metric in results.metrics:
        rows = [one for mine in results.scored.values() for one in mine.values()]
        if any(metric.name in one.failed for one in rows):
            continue
        heads = Counter(_head(one, metric.name) for one in rows)
        sure = {why for why in UNREAD if metric.counted.get(why) and heads[why] == metric.counted[why]}
        if sure:
            scored = {
                system: {item: _believing(one, metric.name, sure) for item, one in mine.items()}
                for system, mine in results.scored.items()
            }
            results = replace(results, scored=scored)
    return results


def _believing(one: Scored, metric: str, sure: set[str]) -> Scored:
    head = _head(one, metric)
    return replace(one, failed={**one.failed, metric: head}) if head in sure else one


def _head(one: Scored, metric: str) -> str:
    return one.notes.get(metric, "").partition(":")[0].partition(";")[0]


def _kind(one: Scored, metric: str) -> str:
    if one.scores.get(metric) is None:
        return "not_applicable"
    if one.response.error is not None:
        return "errors"
    why = one.failed.get(metric)
    if why in UNREAD:
        return why
    return "empty" if is_empty(one.response) else "scored"
