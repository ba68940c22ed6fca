"""The betting test over a whole sequence at once: the same numbers as `betting`, with numpy; and its inversion."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rung.stats.betting import MOST, ROOM, STAKES, TINY, Claim, sharp_levels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


def null_means(scores: Sequence[float] | Vector, tau: float, *, claim: Claim, size: int) -> Vector:
    """m_i for every score: tau, or (size tau - S_{i-1}) / (size - i + 1) without replacement; not clipped."""
    import numpy as np

    x = np.asarray(scores, dtype=np.float64)
    if claim == "population":
        return np.full(len(x), tau)
    before = np.concatenate(([0.0], np.cumsum(x)[:-1]))
    return (size * tau - before) / (size - np.arange(len(x)))


def log_pass_path(scores: Sequence[float] | Vector, means: Vector, paces: Vector | None = None) -> Vector:
    """Pass wealth, ln E_t, for t = 1.. over scores; a mean of 0 leaves the wealth as it is.

    Args:
        scores: in [0, 1].
        means: m_i of each, in [0, 1].
        paces: how much stakes have grown at each; None: not at all.
    """
    import numpy as np

    x = np.asarray(scores, dtype=np.float64)
    known = means > ROOM
    return _log_mixture(np.where(known, (x - means) / np.where(known, means, 1.0), 0.0), paces)


def log_fail_path(scores: Sequence[float] | Vector, means: Vector, paces: Vector | None = None) -> Vector:
    """Fail wealth, ln F_t, for t = 1..; a mean of 1 leaves the wealth as it is. Arguments as of `log_pass_path`."""
    import numpy as np

    x = np.asarray(scores, dtype=np.float64)
    room = 1 - means
    return _log_mixture(np.where(room > ROOM, (means - x) / np.where(room > ROOM, room, 1.0), 0.0), paces)


def growth(scores: Sequence[float] | Vector, tau: float, *, claim: Claim, size: int) -> tuple[Vector, Vector]:
    """Paces of passing and of failing at a level, for every score, as `BettingTest` has them."""
    import numpy as np

    x = np.asarray(scores, dtype=np.float64)
    if claim == "population":
        return np.ones(len(x)), np.ones(len(x))
    before = np.concatenate(([0.0], np.cumsum(x)[:-1]))
    return _paces(size * (1 - tau), np.arange(len(x), dtype=np.float64) - before), _paces(size * tau, before)


def _paces(at_first: float, used: Vector) -> Vector:
    import numpy as np

    left = at_first - used
    grown = left * MOST > at_first * STAKES[0]
    return np.where(grown, at_first / np.where(grown, left, 1.0), MOST / STAKES[0])


def _log_mixture(gains: Vector, paces: Vector | None) -> Vector:
    import numpy as np

    grown = np.ones(len(gains)) if paces is None else paces
    stakes = np.minimum(np.multiply.outer(grown, np.array(STAKES)), MOST)
    logs = np.cumsum(np.log1p(gains[:, None] * stakes), axis=0)
    top = logs.max(axis=1)
    return top + np.log(np.exp(logs - top[:, None]).mean(axis=1))


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a betting test stops: after `items` scores, with `verdict` (None: all seen and still open)."""

    items: int
    verdict: str | None


def first_stop(
    scores: Sequence[float] | Vector,
    tau: float,
    *,
    claim: Claim,
    size: int,
    log_pass_at: float,
    log_fail_at: float,
    binary: bool = False,
) -> Stop:
    """Run the test over scores in order until its first verdict. Equal to feeding `BettingTest` one by one."""
    import numpy as np

    x = np.asarray(scores, dtype=np.float64)
    steps = np.arange(1, len(x) + 1)
    never = len(x) + 1
    sure_pass = sure_fail = never
    if claim == "dataset":
        needed = size * tau - np.cumsum(x)
        sure_pass = _first(needed <= TINY, never)
        sure_fail = _first(needed > size - steps + TINY, never)
    elif 1 - tau <= ROOM:
        sure_fail = _first(x < 1 - ROOM, never)
    sure = min(sure_pass, sure_fail)
    open_until = min(sure - 1, len(x))
    passed, failed = sure_pass, sure_fail
    if open_until:
        rest = x[:open_until]
        levels = sharp_levels(tau, claim=claim, size=size, binary=binary)
        means = [np.clip(null_means(rest, level, claim=claim, size=size), 0.0, 1.0) for level in levels]
        pass_paces = growth(rest, levels[0], claim=claim, size=size)[0]
        fail_paces = growth(rest, levels[1], claim=claim, size=size)[1]
        passed = min(passed, _first(log_pass_path(rest, means[0], pass_paces) >= log_pass_at, never))
        failed = min(failed, _first(log_fail_path(rest, means[1], fail_paces) >= log_fail_at, never))
    if min(passed, failed) == never:
        return Stop(len(x), None)
    return Stop(passed, "passed") if passed <= failed else Stop(failed, "failed")


def _first(hits: Any, never: int) -> int:
    """1-based position of the first True, or `never`."""
    place = int(hits.argmax()) if len(hits) else 0
    return place + 1 if len(hits) and hits[place] else never


def anytime_interval(
    scores: Sequence[float], *, alpha: float, claim: Claim = "population", size: int | None = None
) -> tuple[float, float]:
    """Confidence interval for the mean that is valid at any stopping time.

    A level m is outside when a wealth for it, at any time so far, has reached 2/alpha: E for levels too low, F for
    levels too high (each half of alpha). E falls and F rises in m, so both ends are found by bisection. Under the
    dataset claim the interval is also cut by what is certain: [S_t/N, (S_t + N - t)/N].

    Args:
        scores: in the order in which they were seen, in [0, 1].
        alpha: 1 - confidence, in (0, 1).
        claim: what the mean is of: the `population`, or the `dataset` of `size` items.
        size: count of items in all (dataset claim).

    Returns:
        (low, high). It never grows as scores are added (to the tolerance of the bisection, 1e-9).
    """
    import numpy as np

    if claim == "dataset" and size is None:
        raise ValueError("the dataset claim needs the count of items")
    n = len(scores)
    total_size = size if size is not None else max(n, 1)
    least, most = 0.0, 1.0
    if claim == "dataset":
        least, most = sum(scores) / total_size, min(1.0, (sum(scores) + total_size - n) / total_size)
    if n == 0 or most - least <= TINY:
        return least, max(least, most)
    x = np.asarray(scores, dtype=np.float64)
    reach = math.log(2 / alpha)

    def too_low(m: float) -> bool:
        means = np.clip(null_means(x, m, claim=claim, size=total_size), 0.0, 1.0)
        return bool((log_pass_path(x, means, growth(x, m, claim=claim, size=total_size)[0]) >= reach).any())

    def too_high(m: float) -> bool:
        means = np.clip(null_means(x, m, claim=claim, size=total_size), 0.0, 1.0)
        return bool((log_fail_path(x, means, growth(x, m, claim=claim, size=total_size)[1]) >= reach).any())

    low = _bisect(too_low, inside=most, outside=least)
    high = _bisect(too_high, inside=least, outside=most)
    return (low, high) if low <= high else (high, low)


def _bisect(rejected: Callable[[float], bool], *, inside: float, outside: float) -> float:
    """The level nearest to `outside` that is not rejected, given that rejection is monotone from there."""
    if abs(inside - outside) <= TINY:
        return outside
    step = 1e-9 * (1 if inside > outside else -1)
    if not rejected(outside + step):
        return outside
    if rejected(inside - step):
        return inside
    while abs(inside - outside) > TINY:
        middle = (inside + outside) / 2
        if rejected(middle):
            outside = middle
        else:
            inside = middle
    return outside
