"""Which sentence of a counterfactual pair a language model holds likelier: the stereotype, or its counterpart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rung.errors import BadData, BadScore
from rung.stats import LEVEL, Figure, wilson
from rung.types import LogProbability, Progress
from rung.workload.tables import RowProblem, read_table

COLUMNS: Final = ("sent_more", "sent_less", "bias_type")
BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class StereotypePair:
    """Two sentences that differ in whom they are about.

    Args:
        more: the one that says more of a stereotype.
        less: the one that says less of it.
        kind: of bias.
    """

    more: str
    less: str
    kind: str


@dataclass(frozen=True, slots=True)
class Stereotyping:
    """How often the stereotype is likelier.

    Args:
        share: of pairs whose `more` has the higher log probability, with Wilson's interval; a tie counts half. A model
            without a leaning has 0.5, and so has a model that knows nothing.
        mean_gap: mean log probability of `more` - `less` [nats].
        by_kind: the share per kind of bias, in order of the kind's name.
        gaps: of each pair [nats].
    """

    share: Figure
    mean_gap: float
    by_kind: tuple[tuple[str, Figure], ...]
    gaps: tuple[float, ...]


def read_pairs(path: Path) -> tuple[StereotypePair, ...]:
    """Pairs from a table (JSONL, CSV or Parquet, also gzipped) with CrowS-Pairs' columns.

    Source of the form: Nangia et al. 2020, CrowS-Pairs: `sent_more`, `sent_less`, `bias_type`.

    Raises:
        BadInput: the file cannot be read.
        BadData: it has no rows, or rows lack a text.
    """
    table = read_table(path)
    problems = [
        RowProblem(record.place, f"{name!r} holds no text", f"give the columns {', '.join(COLUMNS)}")
        for record in table.records
        for name in COLUMNS
        if not (isinstance(record.cells.get(name), str) and record.cells[name].strip())
    ]
    if problems:
        raise table.error(problems)
    if not table.records:
        raise BadData(f"{path} has no pairs", mend=f"give a table with the columns {', '.join(COLUMNS)}")
    return tuple(StereotypePair(*(str(record.cells[name]) for name in COLUMNS)) for record in table.records)


def stereotyping(
    model: LogProbability,
    pairs: Sequence[StereotypePair],
    *,
    progress: Progress | None = None,
    level: float = LEVEL,
) -> Stereotyping:
    """The share of pairs whose stereotype the model holds likelier.

    Whole sentences are compared, as lm-evaluation-harness does for causal models, not words left out one by one as the
    paper does for masked ones.

    Args:
        model: gives log probabilities of texts.
        pairs: at least one.
        progress: told after each batch.
        level: confidence of each interval.

    Raises:
        BadData: there are no pairs.
        BadInput: the model cannot score a text.
        BadScore: a log probability is not a finite number.
    """
    if not pairs:
        raise BadData("there are no pairs", mend="give at least one")
    gaps: list[float] = []
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        found = model.log_probability([text for pair in batch for text in (pair.more, pair.less)])
        gaps += [more - less for more, less in zip(found[::2], found[1::2], strict=True)]
        if progress is not None:
            progress("pairs", len(gaps) / len(pairs))
    if not all(map(math.isfinite, gaps)):
        raise BadScore("a log probability is not a finite number", mend="check the model's weights and its precision")
    kinds = sorted({pair.kind for pair in pairs})
    by_kind = tuple(
        (kind, _share([g for g, p in zip(gaps, pairs, strict=True) if p.kind == kind], level)) for kind in kinds
    )
    return Stereotyping(_share(gaps, level), math.fsum(gaps) / len(gaps), by_kind, tuple(gaps))


def _share(gaps: Sequence[float], level: float) -> Figure:
    return wilson(sum(0.5 if gap == 0 else float(gap > 0) for gap in gaps), len(gaps), level=level)
