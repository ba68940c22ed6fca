"""The numbers of the published guidance, one by one."""

from __future__ import annotations

from typing import Final

from rung.placement.claims import Claim, Evidence, Finding, judge, less
from rung.placement.claims_book import Book
from rung.placement.claims_cloud import carbon_moved, energy_moved
from rung.placement.claims_figures import GPT3, lora_counts, lora_memory, shared_endpoint, silicon

_LENS: Final = "AWS Well-Architected, Machine Learning Lens, MLSUS-12 (read)"
_NO_WATTS: Final = (
    "AWS publishes no watts of its own chips: they are modelled. Peak rates are not what a workload gets. "
    "Nothing was run on such a chip here."
)
_FROM_RATES: Final = (
    "Its watts are modelled from its FLOP/s by the span of other accelerators, so this excludes little. "
)


def _graviton(book: Book) -> Evidence:
    others = ("xeon-8375c", "epyc-7r13", "xeon-8488c", "epyc-9r14")
    return silicon(book, "graviton3", others, ("fp32", "vcpu"), unverified=_NO_WATTS)


def _trainium1(book: Book) -> Evidence:
    return silicon(book, "trainium1", ("A100-40", "V100"), ("bf16", "bandwidth"), unverified=_FROM_RATES + _NO_WATTS)


def _trainium2(book: Book) -> Evidence:
    return silicon(book, "trainium2", ("trainium1",), ("bf16", "fp8", "bandwidth"), unverified=_FROM_RATES + _NO_WATTS)


def _inferentia2(book: Book) -> Evidence:
    others = ("A10G", "T4", "L4")
    return silicon(book, "inferentia2", others, ("bf16", "int8", "bandwidth"), unverified=_FROM_RATES + _NO_WATTS)


def _many_models(book: Book) -> Evidence:
    return shared_endpoint(book, "xeon-8375c", models=10, busy=(0.01, 0.03, 0.05, 0.2))


def _compiled(book: Book) -> Evidence:
    del book
    return Evidence((), "no compiled model was run against its plain form here", "Everything: nothing was run.")


def _efficient_cloud(book: Book) -> Evidence:
    pairs = (("xeon-8259cl", "xeon-8259cl"), ("xeon-8259cl", "xeon-8488c"), ("xeon-8259cl", "graviton3"))
    return energy_moved(book, pairs, "aws")


def _cleaner_cloud(book: Book) -> Evidence:
    moves = (
        ("US-VA", "aws:us-east-1"),
        ("DE", "aws:eu-central-1"),
        ("DE", "aws:eu-north-1"),
        ("PL", "aws:eu-north-1"),
        ("IN", "aws:eu-north-1"),
    )
    return carbon_moved(book, "xeon-8259cl", "graviton3", moves)


CLAIMS: Final = (
    Claim(
        "graviton",
        "Graviton3 uses up to 60% less energy than comparable instances",
        _LENS,
        less(0.6),
        "up to",
        _graviton,
    ),
    Claim(
        "trn1",
        "training on Trn1 takes about 25% less energy than on comparable instances",
        _LENS,
        less(0.25),
        "about",
        _trainium1,
    ),
    Claim(
        "trn2",
        "Trn2 is 3 times as energy efficient as Trn1",
        "AWS, Trainium2 pages of 2024 (from memory; AWS said twice in 2023)",
        3.0,
        "about",
        _trainium2,
    ),
    Claim(
        "inf2",
        "Inf2 has up to 50% better performance per watt than comparable instances",
        _LENS,
        1.5,
        "up to",
        _inferentia2,
    ),
    Claim(
        "multi-model",
        "multi-model endpoints cost up to 90% less",
        "AWS, SageMaker multi-model endpoints (from memory)",
        less(0.9),
        "up to",
        _many_models,
    ),
    Claim(
        "lora-parameters",
        "LoRA trains up to 10,000 times fewer parameters",
        "Hu et al. 2021, arXiv 2106.09685, abstract",
        10_000.0,
        "up to",
        lambda book: lora_counts(GPT3, (1, 4, 8, 64)),
    ),
    Claim(
        "lora-memory",
        "LoRA needs up to 3 times less memory to train",
        "Hu et al. 2021, arXiv 2106.09685, abstract",
        3.0,
        "up to",
        lambda book: lora_memory(GPT3, 4, (0.0, 2.0)),
    ),
    Claim(
        "compiled",
        "compiled models run up to 25 times as fast",
        "AWS, SageMaker Neo (from memory)",
        25.0,
        "up to",
        _compiled,
    ),
    Claim(
        "cloud-energy",
        "the cloud is up to 4.1 times as energy efficient as one's own machines",
        "Accenture for AWS 2024, as reported (read at second hand)",
        4.1,
        "up to",
        _efficient_cloud,
    ),
    Claim(
        "cloud-carbon",
        "moving to the cloud emits up to 99% less",
        "Accenture for AWS 2024, as reported (read at second hand)",
        less(0.99),
        "up to",
        _cleaner_cloud,
    ),
)
"""In the order of the guidance. No verdict stands here: `judge` finds it."""


def findings(book: Book | None = None) -> tuple[Finding, ...]:
    """Every claim held to the facts of a book; without one, to the catalog."""
    facts = book or Book()
    return tuple(judge(claim, facts) for claim in CLAIMS)
