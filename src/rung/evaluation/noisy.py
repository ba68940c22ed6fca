"""A system asked with noise in the input, and what that costs it in score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from rung.errors import BadInput
from rung.evaluation.asking import Asked, System
from rung.evaluation.book import VERSION
from rung.evaluation.records import EvalItem, EvalResults, MetricInfo
from rung.evaluation.robustness import RATES, Noise, RobustnessDelta, perturb, robustness_delta
from rung.types import content_hash

KINDS: Final[tuple[Noise, ...]] = ("typo", "case", "whitespace")


class NoisySystem:
    """A system whose inputs carry noise; earlier turns and documents do not.

    It is a system of its own in the ledger and in the results, on the same items and references.

    Args:
        plain: what is asked.
        kind: of noise.
        seed: of the noise.
    """

    def __init__(self, plain: System, kind: Noise, *, seed: int = 0) -> None:
        self.plain = plain.name
        self.kind: Noise = kind
        self.name = f"{plain.name} ~{kind}"
        self.batch_size = plain.batch_size
        self.parallel = plain.parallel
        self.key = content_hash([VERSION, "noise", kind, RATES[kind], seed, plain.key])
        self._system = plain
        self._seed = seed

    def noisy(self, item: EvalItem) -> EvalItem:
        """The item as the system sees it."""
        return replace(item, input=perturb(item.input, self.kind, seed=self._seed).text)

    def prepare(self) -> None:
        """Load what the system needs."""
        self._system.prepare()

    def respond(self, items: Sequence[EvalItem]) -> list[Asked]:
        """A response to each item with noise; the evaluation's book gives it this system's name."""
        return self._system.respond([self.noisy(item) for item in items])

    def close(self) -> None:
        """Free what the system holds."""
        self._system.close()


@dataclass(frozen=True, slots=True)
class NoiseCost:
    """What noise costs a system by a metric.

    Args:
        system: name, without noise.
        kind: of the noise.
        metric: name.
        higher_is_better: False where less is better; a positive delta is then the loss.
        items: that the metric applies to on both sides.
        unchanged: those of them with no place for such noise; they were asked as they are.
        cost: both means and the paired difference; None where there are no such items.
    """

    system: str
    kind: Noise
    metric: str
    higher_is_better: bool
    items: int
    unchanged: int
    cost: RobustnessDelta | None

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def noise_kinds(named: Iterable[str]) -> tuple[Noise, ...]:
    """The kinds of noise of some names, each once, in order.

    Raises:
        BadInput: a name is unknown.
    """
    known: dict[str, Noise] = {kind: kind for kind in KINDS}
    names = list(dict.fromkeys(named))
    if unknown := [name for name in names if name not in known]:
        raise BadInput(f"there is no noise {unknown[0]!r}", mend=f"use {', '.join(KINDS)}")
    return tuple(known[name] for name in names)


def noise_costs(results: EvalResults, noisy: Sequence[NoisySystem], *, alpha: float) -> tuple[NoiseCost, ...]:
    """What each noise costs each system by each metric, over the items that both sides have a score of.

    Args:
        results: hold both sides of each.
        noisy: systems with noise.
        alpha: 1 - confidence of each interval.
    """
    return tuple(_cost(results, one, metric, alpha) for one in noisy for metric in results.metrics)


def _cost(results: EvalResults, one: NoisySystem, metric: MetricInfo, alpha: float) -> NoiseCost:
    pairs: list[tuple[float, float]] = []
    unchanged = 0
    for item in results.items:
        plain, noisy = (results.scored[name][item.id].scores.get(metric.name) for name in (one.plain, one.name))
        if plain is not None and noisy is not None:
            pairs.append((plain, noisy))
            unchanged += one.noisy(item).input == item.input
    cost = None
    if pairs:
        left, right = zip(*pairs, strict=True)
        cost = robustness_delta(left, right, seed=results.seed, level=1 - alpha)
    return NoiseCost(one.plain, one.kind, metric.name, metric.higher_is_better, len(pairs), unchanged, cost)
