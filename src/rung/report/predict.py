"""A prediction of serving in words and columns."""

from __future__ import annotations

from rung.prediction.roofline.memory import Memory
from rung.prediction.roofline.predict import Answer
from rung.prediction.roofline.serving import Serving
from rung.report.numbers import digits, interval
from rung.types import Quantity

WORDS = {
    "weights": "reading weights",
    "experts": "reading experts",
    "cache": "reading the KV cache",
    "compute": "arithmetic",
    "layers": "latency of layers",
    "communication": "exchange between accelerators",
    "host": "the host",
    "prefill": "prefill of newcomers",
}


def predict_text(found: Answer) -> str:
    """The answer for a terminal."""
    one = found.one
    step = sum(one.terms_s.values())
    parts = sorted(one.terms_s.items(), key=lambda item: -item[1])
    shares = ", ".join(f"{WORDS[name]} {seconds / step:.0%}" for name, seconds in parts if seconds > 0.02 * step)
    lines = [
        _title(one.serving, fits=one.memory.fits),
        "",
        f"  energy            {_per(one.j_per_token, 'output token')}; {_per(one.j_per_request, 'request')}",
        f"  between tokens    {interval(one.itl_s)} in the median{_kept(found.meets(one))}",
        f"  first token       {interval(one.ttft_s)} (the range is assumed)",
        f"  throughput        {interval(one.tokens_per_s)}; {interval(one.requests_per_s)}",
        f"  power             {interval(one.watts)} of the accelerators, mean",
        f"  memory            {memory_words(one.memory, one.serving)}",
        f"  a step            {step * 1e3:.3g} ms: {shares}",
    ]
    for name, quantity in (("carbon", found.grams), ("cost", found.usd)):
        if quantity is not None:
            lines.append(f"  {name:<17} {interval(quantity)} per 1,000 requests")
    if found.swept:
        lines += ["", *sweep_lines(found)]
    return "\n".join([*lines, "", *(f"Note: {note}" for note in one.notes)])


def _title(one: Serving, *, fits: bool) -> str:
    held = "" if fits else "\n\n  It does not fit; the figures are as if it did."
    return (
        f"{one.model.name}, {one.precision}, on {one.count} x {one.accelerator.key} ({one.generation}): "
        f"{one.batch:g} in flight, {one.prompt:g} tokens in, {one.output:g} out{held}"
    )


def _per(quantity: Quantity, what: str) -> str:
    return f"{interval(quantity)} per {what}"


def _kept(meets: bool | None) -> str:
    return "" if meets is None else "; keeps the SLO" if meets else "; misses the SLO"


def memory_words(memory: Memory, one: Serving) -> str:
    """What fits, in a sentence."""
    weights, whole = memory.weights_bytes / 1e9, one.accelerator.memory_bytes / 1e9
    if not memory.holds_weights:
        return f"does not fit: {weights:.3g} GB of weights on each accelerator of {whole:.3g} GB"
    room = f"{weights:.3g} of {whole:.3g} GB are weights; the cache holds {memory.capacity_tokens:,.0f} tokens"
    most = f"{memory.sequences:,.0f} such sequences"
    return f"{room}, {most}" if memory.fits else f"the batch does not fit: {room}, {most} at most"


def sweep_lines(found: Answer) -> list[str]:
    """A line for each batch."""
    head = f"{'batch':>7}  {'J per output token':<24}{'between tokens':<24}{'tokens/s':>10}  largest term"
    lines = [head]
    for p in found.swept:
        kept = {None: "", True: "  keeps the SLO", False: "  misses the SLO"}[found.meets(p)]
        figures = f"{interval(p.j_per_token):<24}{interval(p.itl_s):<24}{digits(p.tokens_per_s.value):>10}"
        lines.append(f"{p.serving.batch:>7g}  {figures}  {WORDS[p.binding]}{kept}")
    return lines
