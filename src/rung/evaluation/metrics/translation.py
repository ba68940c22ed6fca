"""BLEU and chrF of one answer, by sacrebleu."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rung.errors import MissingExtra

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF


def bleu(answer: str, references: tuple[str, ...]) -> float:
    """Sentence BLEU / 100 as sacrebleu has it (13a, exponential smoothing, effective order), all references at once.

    Raises:
        MissingExtra: sacrebleu is not installed.
    """
    return _share(bleu_metric().sentence_score(answer, references).score)


def chrf(answer: str, references: tuple[str, ...]) -> float:
    """Sentence chrF2 / 100 as sacrebleu has it (characters up to 6, no words), the best reference counts.

    Raises:
        MissingExtra: sacrebleu is not installed.
    """
    return _share(chrf_metric().sentence_score(answer, references).score)


@lru_cache(maxsize=1)
def bleu_metric() -> BLEU:
    """Sacrebleu's, for sentences.

    Raises:
        MissingExtra: sacrebleu is not installed.
    """
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        raise MissingExtra("sacrebleu", extra="metrics") from error
    return BLEU(effective_order=True)


@lru_cache(maxsize=1)
def chrf_metric() -> CHRF:
    """Sacrebleu's, with its defaults.

    Raises:
        MissingExtra: sacrebleu is not installed.
    """
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ImportError as error:
        raise MissingExtra("sacrebleu", extra="metrics") from error
    return CHRF()


def _share(points: float) -> float:
    return min(1.0, max(0.0, points / 100))  # sacrebleu's full marks are 100.00000000000004
