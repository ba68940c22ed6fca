"""A simulated fleet in words: the headline, tiles, tables. Nothing is computed here but shares of a printed total."""

from __future__ import annotations

from dataclasses import dataclass

from rung.prediction.fleet import Curve, FleetRun, Kept, Outcome
from rung.prediction.fleet.curve import Step
from rung.prediction.fleet.outcome import QUANTILES, Latencies, SiteOutcome
from rung.report.numbers import UNKNOWN, figure, middle, plain_figure, spread
from rung.types import Quantity

_PURPOSES = {"decode": "writing tokens", "prefill": "reading prompts", "idle": "idle", "cold": "cold starts"}


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure under a name; `below` is small print."""

    name: str
    text: str
    below: str


def seconds(value: float | None) -> str:
    """A time, or a dash where nothing was seen."""
    if value is None:
        return "–"
    return "0 s" if value == 0 else plain_figure(value, "s")


def percent(share: float | None) -> str:
    """A share in per cent; near the ends it keeps a digit that tells."""
    if share is None:
        return "–"
    return f"{100 * share:.2f}%" if 0.99 < share < 1 or 0 < share < 0.01 else f"{100 * share:.0f}%"


def headline(run: FleetRun) -> str:
    """The outcome in a sentence."""
    outcome = run.outcome
    each = middle(outcome.per_request(outcome.energy))
    if not run.kept:
        return f"{each} a request, first token within {seconds(outcome.ttft.at[1])} for 95%"
    missed = [one for one in run.kept if not one.holds]
    if not missed:
        return f"The objectives hold, at {each} a request"
    return f"Missed: {'; '.join(one.objective.words for one in missed)}"


def tiles(run: FleetRun) -> list[Tile]:
    """What a reader sees first."""
    outcome = run.outcome
    per = outcome.per_request
    served = outcome.served or 1
    wasted = outcome.wasted.value / outcome.energy.value if outcome.energy.value else 0.0
    return [
        _tile("Energy a request", per(outcome.energy)),
        _tile("Carbon a request", per(outcome.carbon)),
        _tile("Cost a request", per(outcome.usd)),
        Tile("First token", seconds(outcome.ttft.at[1]), f"p95; median {seconds(outcome.ttft.at[0])}"),
        Tile("Between tokens", seconds(outcome.itl.at[1]), f"p95; median {seconds(outcome.itl.at[0])}"),
        Tile("Utilisation", percent(outcome.utilisation), f"idle and cold starts: {percent(wasted)} of the energy"),
    ] if served else []  # fmt: skip


def _tile(name: str, quantity: Quantity | None) -> Tile:
    return Tile(name, middle(quantity), spread(quantity) if quantity is not None else "no price was given")


def times(outcome: Outcome) -> list[tuple[str, Latencies]]:
    """The times by name, in the order of a request."""
    return [
        ("waiting for a place", outcome.wait),
        ("first token (TTFT)", outcome.ttft),
        ("between tokens (ITL)", outcome.itl),
        ("whole answer", outcome.latency),
    ]


def purposes(site: SiteOutcome) -> list[tuple[str, Quantity, float]]:
    """Energy by purpose, with its share of the region's."""
    whole = sum(part.value for part in site.energy.values()) or 1.0
    return [(_PURPOSES[name], part, part.value / whole) for name, part in site.energy.items()]


def kept_words(one: Kept) -> str:
    """E.g. `p95 ttft within 2 s: holds (1.2 s; 97% within)`."""
    how = "holds" if one.holds else "missed"
    share = "–" if one.share is None else f"{100 * one.share:.2f}%"
    return f"{one.objective.words}: {how} ({seconds(one.value_s)}; {share} within)"


def step_words(step: Step) -> tuple[str, str, str, str, str]:
    """What is asked, the fleet, J, USD a request, and the saving."""
    if step.best is None:
        return step.asked, "no fleet that was tried keeps it", "–", "–", "–"
    outcome = step.best.outcome
    per = outcome.per_request
    saved = "–" if not step.saving else f"{100 * step.saving:.0f}%"
    return step.asked, step.best.words, middle(per(outcome.energy)), middle(per(outcome.usd)), saved


def counts_words(run: FleetRun) -> str:
    """Who was served, refused, sent away, made to wait."""
    counts = run.outcome.counts
    parts = [f"{counts['served']:,} of {counts['arrived']:,} requests served"]
    parts += [f"{number:,} refused: {reason}" for reason, number in counts["refused"].items()]
    if counts["spilled"]:
        parts.append(f"{counts['spilled']:,} sent to the other region")
    if counts["deferred"]:
        parts.append(f"{counts['deferred']:,} waited as they may, {counts['late']:,} of them too long")
    waited = counts["most_waiting"]
    parts.append(f"at most {waited:,} in line" if waited else "nobody in line")
    return "; ".join(parts)


def summary(run: FleetRun) -> str:
    """The outcome in a terminal."""
    outcome = run.outcome
    lines = [headline(run), f"  {run.trace} on {run.service}: {run.fleet}", f"  {counts_words(run)}", ""]
    for name, whole in (("energy", outcome.energy), ("carbon", outcome.carbon), ("cost", outcome.usd)):
        each = outcome.per_request(whole)
        lines.append(f"  {name:<22} {figure(whole)}; {middle(each)} a request")
    lines.append(f"  {'idle and cold starts':<22} {figure(outcome.wasted)}, wasted")
    lines += ["", f"  {'':<22} " + "".join(f"{f'p{100 * q:g}':>10}" for q in QUANTILES) + f"{'mean':>10}"]
    for name, one in times(outcome):
        lines.append(f"  {name:<22} " + "".join(f"{seconds(v):>10}" for v in (*one.at, one.mean)))
    lines += ["", *(f"  {line}" for site in outcome.sites for line in _site(site))]
    lines += [f"  {kept_words(one)}" for one in run.kept]
    if run.curve is not None:
        lines += ["", *_curve(run.curve)]
    lines += ["", *(f"  note: {note}" for note in run.notes)]
    return "\n".join(lines)


def _site(site: SiteOutcome) -> list[str]:
    energy = ", ".join(f"{name} {percent(share)}" for name, _, share in purposes(site))
    starts = f", {site.starts} cold starts" if site.starts else ""
    return [
        f"{site.name}: {site.replica_hours:.1f} replica-hours, at most {site.most} at once{starts}; "
        f"busy {percent(site.utilisation)} of the time, {site.mean_batch:.1f} requests a batch, "
        f"{percent(site.batch_fill)} of the places taken",
        f"  energy: {energy}",
    ]


def _curve(curve: Curve) -> list[str]:
    lines = [f"What a looser objective saves (least J of {len(curve.tried)} fleets)"]
    for title, steps in (("later answers", curve.latency), ("fewer answers in time", curve.availability)):
        lines.append(f"  {title}")
        for step in steps:
            asked, fleet, energy, usd, saved = step_words(step)
            price = "" if usd in (UNKNOWN, "–") else f", {usd}"
            lines.append(f"    {asked:<44} {energy:>9}{price}  saves {saved:>4}  {fleet}")
    return lines
