"""Verdicts of a judge as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rung.evaluation.judging import JudgeQuality, JudgeSpending, PairFigures, Share
from rung.report.numbers import figure


@dataclass(frozen=True, slots=True)
class JudgedMetric:
    """One rubric on one system.

    Args:
        name: of the metric.
        system: whose answers.
        mean: of the scores, with its interval; None where there is none.
        higher_is_better: the direction.
        labels: how often each was given.
        counted: verdicts that are none, by why.
    """

    name: str
    system: str
    mean: Share | None
    higher_is_better: bool
    labels: dict[str, int]
    counted: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "metric": self.name,
            "system": self.system,
            "mean": None if self.mean is None else self.mean.to_json(),
            "higher_is_better": self.higher_is_better,
            "labels": self.labels,
            "counted": self.counted,
        }


@dataclass(frozen=True, slots=True)
class JudgedPairs:
    """One pairwise rubric on two systems."""

    name: str
    systems: tuple[str, str]
    figures: PairFigures

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {"metric": self.name, "A": self.systems[0], "B": self.systems[1], **self.figures.to_json()}


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that `rung judge` tells; `warnings` come first, `pairs_out` is where the verdicts on pairs are."""

    judge: str
    metrics: Sequence[JudgedMetric]
    pairs: Sequence[JudgedPairs]
    people: dict[str, JudgeQuality]
    spending: JudgeSpending
    recalled: int
    out: str | None
    notes: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())
    pairs_out: str | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "judge": self.judge,
            "metrics": [one.to_json() for one in self.metrics],
            "pairwise": [one.to_json() for one in self.pairs],
            "people": {name: one.to_json() for name, one in self.people.items()},
            "spending": self.spending.to_json(),
            "recalled": self.recalled,
            "out": self.out,
            "pairs_out": self.pairs_out,
            "warnings": list(self.warnings),
            "notes": list(self.notes),
        }


def judged_text(shown: Shown) -> str:
    """The lines."""
    lines = [f"WARNING: {one}" for one in shown.warnings] + [_metric(one) for one in shown.metrics]
    for one in shown.pairs:
        lines += _pairs(one)
    for name, quality in shown.people.items():
        lines += _people(name, quality)
    lines += [_spent(shown), *(f"note: {note}" for note in shown.notes)]
    return "\n".join([*lines, *(f"wrote {out}" for out in (shown.out, shown.pairs_out) if out)])


def _metric(one: JudgedMetric) -> str:
    direction = "" if one.higher_is_better else ", lower is better"
    labels = ", ".join(f"{count} {name}" for name, count in one.labels.items())
    odd = "".join(f", {count} {name.replace('_', ' ')}" for name, count in one.counted.items())
    return f"{one.name} of {one.system}: {_share(one.mean)}{direction}; {labels}{odd}"


def _pairs(one: JudgedPairs) -> list[str]:
    figures, (a, b) = one.figures, one.systems
    wins = f"{figures.wins[0]} won, {figures.wins[1]} lost, {figures.wins[2]} tied"
    odd = f", {figures.unreadable} of them unreadable" if figures.unreadable else ""
    return [
        f"{one.name}: {a} against {b}: win rate {_share(figures.win_rate)}, a tie counts half; {wins}{odd}",
        f"  first position wins {_share(figures.first_wins)} (.5 is no bias); "
        f"both orders agree in {_share(figures.consistent)}",
    ]


def _people(name: str, quality: JudgeQuality) -> list[str]:
    kappas = [("kappa", quality.kappa), ("linear", quality.linear), ("quadratic", quality.quadratic)]
    told = ", ".join(
        f"{word} {one.value:.2f} ({one.low:.2f} to {one.high:.2f})" for word, one in kappas if one is not None
    )
    lines = [f"{name} against people: agreement {_share(quality.agreement)}; {told or 'kappa is not defined'}"]
    for label, one in quality.by_label.items():
        recall = "-" if one.recall is None else f"{one.recall:.2f}"
        precision = "-" if one.precision is None else f"{one.precision:.2f}"
        lines.append(f"  {label}: people {one.people}, judge {one.judge}, recall {recall}, precision {precision}")
    return [*lines, *([f"  unparsable: {quality.unparsable}"] if quality.unparsable else [])]


def _share(share: Share | None) -> str:
    return "none" if share is None else f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f}, n = {share.of})"


def _spent(shown: Shown) -> str:
    spent = shown.spending
    price = f"{spent.usd:.4g} USD" + (f" ({spent.unpriced} calls have no price)" if spent.unpriced else "")
    again = f"; {shown.recalled} verdicts were in the ledger" if shown.recalled else ""
    return f"judging by {shown.judge}: {spent.calls} calls, {figure(spent.energy)}, {price}{again}"
