"""A prediction as a page: energy and latency against the batch, with the SLO's line. Nothing is computed but pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rung.prediction.roofline.predict import Answer, Predicted
from rung.report.axes import Axis, Frame, Tick, axis_around, tick_label
from rung.report.numbers import digits, interval
from rung.report.page import render_page
from rung.report.predict import WORDS, memory_words
from rung.types import Quantity

_GAP = "between two tokens"
_LEFT, _TOP, _BELOW = 64.0, 26.0, 42.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve(Frame):
    """One figure against the batch [px].

    Args:
        name: of the vertical axis.
        points: of the middle, in SVG form.
        band: around the interval, likewise.
        dots: x, y and words of each batch.
        limit: the SLO, or None.
    """

    name: str
    points: str
    band: str
    dots: tuple[tuple[float, float, str], ...]
    limit: Tick | None


def predict_page(found: Answer) -> str:
    """The answer as one HTML page that asks the network for nothing."""
    one = found.one
    return render_page(
        "predict",
        found=found,
        one=one,
        curves=[_both(found, "J per output token", _energy), _both(found, _GAP, _gap)] if len(found.swept) > 1 else [],
        terms=_terms(one),
        memory=memory_words(one.memory, one.serving),
        rows=[_row(found, p) for p in found.swept],
        interval=interval,
        digits=digits,
    )


def _both(found: Answer, name: str, read: Callable[[Predicted], Quantity]) -> dict[str, Curve]:
    wide = curve(found, name, read, width=920, height=300)
    return {"wide": wide, "narrow": curve(found, name, read, width=380, height=260)}


def _energy(predicted: Predicted) -> Quantity:
    return predicted.j_per_token


def _gap(predicted: Predicted) -> Quantity:
    return predicted.itl_s


def curve(found: Answer, name: str, read: Callable[[Predicted], Quantity], *, width: int, height: int) -> Curve:
    """One figure of the sweep; both axes are logarithmic where the range asks for it."""
    swept = found.swept
    right, bottom = width - 16.0, height - _BELOW
    across = _batches(swept, right)
    limit = found.itl_ms / 1e3 if found.itl_ms is not None and name == _GAP else None
    ends = [v for p in swept for v in (read(p).low, read(p).high)]
    up = axis_around([*ends, *([] if limit is None else [limit])], bottom, _TOP, base="data")
    xs = [across.at(p.serving.batch) for p in swept]
    highs = [f"{x},{up.at(read(p).high)}" for x, p in zip(xs, swept, strict=True)]
    lows = [f"{x},{up.at(read(p).low)}" for x, p in zip(xs, swept, strict=True)]
    unit = read(swept[0]).unit
    return Curve(
        name=name,
        width=width,
        height=height,
        left=_LEFT,
        top=_TOP,
        right=right,
        bottom=bottom,
        x_ticks=tuple(Tick(x, f"{p.serving.batch:g}") for x, p in zip(xs, swept, strict=True)),
        y_ticks=tuple(Tick(up.at(v), tick_label(v, unit)) for v in up.ticks(5)),
        points=" ".join(f"{x},{up.at(read(p).value)}" for x, p in zip(xs, swept, strict=True)),
        band=" ".join([*highs, *reversed(lows)]),
        dots=tuple(
            (x, up.at(read(p).value), f"{p.serving.batch:g} in flight: {interval(read(p))}")
            for x, p in zip(xs, swept, strict=True)
        ),
        limit=None if limit is None else Tick(up.at(limit), f"SLO {tick_label(limit, unit)}"),
    )


def _batches(swept: Sequence[Predicted], right: float) -> Axis:
    batches = [p.serving.batch for p in swept]
    return Axis(min(batches), max(batches), _LEFT + 10, right - 10, log=True)


def _terms(one: Predicted) -> list[tuple[str, float, str]]:
    step = sum(one.terms_s.values())
    shown = sorted(one.terms_s.items(), key=lambda item: -item[1])
    return [(WORDS[name], seconds / step, f"{digits(seconds * 1e3)} ms") for name, seconds in shown if seconds > 0]


def _row(found: Answer, p: Predicted) -> tuple[str, ...]:
    kept = {None: "", True: "keeps the SLO", False: "misses the SLO"}[found.meets(p)]
    return (
        f"{p.serving.batch:g}",
        interval(p.j_per_token),
        interval(p.itl_s),
        digits(p.tokens_per_s.value),
        WORDS[p.binding],
        kept,
    )
