"""The front: options that no other beats on every objective. No weights, so no score hides what was traded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def dominates(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether `a` is nowhere worse than `b`, and somewhere better; less is better."""
    return all(x <= y for x, y in zip(a, b, strict=True)) and any(x < y for x, y in zip(a, b, strict=True))


def front(points: Mapping[str, Sequence[float]]) -> tuple[str, ...]:
    """Names of the points that none dominates, in order of the first objective; equal points are all on it."""
    ordered = sorted(points, key=lambda name: (tuple(points[name]), name))
    kept: list[str] = []
    for name in ordered:
        # Sorted by the first objective, then the next: what dominates a point stands before it, and on the front
        # there is one that does (dominance is transitive).
        if not any(dominates(points[other], points[name]) for other in kept):
            kept.append(name)
    return tuple(kept)


def beaten_by(name: str, points: Mapping[str, Sequence[float]], on_front: Sequence[str]) -> str | None:
    """The first option of the front that dominates another; None for those on the front."""
    return next((other for other in on_front if dominates(points[other], points[name])), None)
