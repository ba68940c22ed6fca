"""Claims: a verdict follows from the interval and the claimed value; changed facts change it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung import catalog
from rung.catalog import Chip, Fact
from rung.placement.claims import Kind, Pair, interval_of, judge, less, verdict
from rung.placement.claims_book import Book
from rung.placement.claims_figures import GPT3, chips_compared, lora_memory, lora_parameters, shared_endpoint
from rung.placement.claims_list import CLAIMS, findings
from rung.types import Origin, Quantity

FOUND = {finding.claim.key: finding for finding in findings()}
BY_KEY = {claim.key: claim for claim in CLAIMS}
kinds = st.sampled_from(["up to", "about"])
ratios = st.floats(1.01, 1000)


def pair(low: float, high: float, *, firm: bool = True) -> Pair:
    return Pair("p", low, (low + high) / 2, high, firm)


def of(value: float, origin: Origin = Origin.QUOTED) -> Fact:
    return Fact("max-watts:test", Quantity.of(value, "W", origin), "a test", 2026, "file")


def book(**watts: Fact) -> Book:
    """The catalog, with other full-load watts for some chips."""

    def chip(name: str) -> Chip:
        found = catalog.chip(name)
        return replace(found, max_w=watts[name]) if name in watts else found

    return Book(chip=chip)


@pytest.mark.capability("claims", verified="real")
@pytest.mark.parametrize(
    ("kind", "pairs", "expected"),
    [
        ("up to", [], "untestable here"),
        ("up to", [pair(2.0, 3.0)], "reproduced"),
        ("up to", [pair(1.9, 1.9)], "reproduced"),  # within the tenth of rounding
        ("up to", [pair(1.5, 1.7)], "contradicted"),
        ("up to", [pair(1.5, 2.5)], "consistent"),
        ("up to", [pair(5.0, 6.0)], "reproduced"),  # one-sided: more than claimed is no contradiction
        ("up to", [pair(5.0, 6.0, firm=False)], "consistent"),  # what is modelled shows nothing
        ("up to", [pair(1.5, 1.7), pair(2.1, 2.2)], "reproduced"),  # of the best case
        ("up to", [pair(2.1, 2.2, firm=False), pair(1.0, 2.5)], "consistent"),
        ("about", [], "untestable here"),
        ("about", [pair(1.9, 2.1)], "reproduced"),
        ("about", [pair(1.9, 2.1, firm=False)], "consistent"),
        ("about", [pair(1.9, 3.0)], "consistent"),
        ("about", [pair(3.0, 4.0)], "contradicted"),  # two-sided
        ("about", [pair(1.0, 1.5)], "contradicted"),
        ("about", [pair(1.9, 2.1), pair(0.5, 0.6)], "consistent"),  # of all cases
    ],
)
def test_the_rule(kind: Kind, pairs: list[Pair], expected: str) -> None:
    assert verdict(2.0, kind, pairs) == expected


@settings(deadline=None)
@given(ratios, ratios, ratios, kinds)
def test_firm_evidence_of_exactly_the_claim_reproduces_it(ratio: float, a: float, b: float, kind: Kind) -> None:
    assert verdict(ratio, kind, [pair(ratio, ratio)]) == "reproduced"
    low, high = sorted((a, b))
    assert verdict(ratio, kind, [pair(low, high, firm=False)]) != "reproduced"


@settings(deadline=None)
@given(ratios, ratios, st.floats(1, 5))
def test_a_smaller_claim_up_to_is_never_harder(a: float, b: float, by: float) -> None:
    order = ["contradicted", "consistent", "reproduced"]
    low, high = sorted((a, b))
    strong, weak = (verdict(ratio, "up to", [pair(low, high)]) for ratio in (a * by, a))
    assert order.index(weak) >= order.index(strong)


@settings(deadline=None)
@given(st.lists(st.tuples(ratios, ratios), min_size=1, max_size=5))
def test_the_best_case_lies_within_all_cases(ends: list[tuple[float, float]]) -> None:
    pairs = [pair(*sorted(two)) for two in ends]
    best, every = interval_of(pairs, "up to"), interval_of(pairs, "about")
    assert best is not None
    assert every is not None
    assert every[0] <= best[0] <= best[1] == every[1]


def test_every_claim_of_the_guidance_is_there_with_source_and_what_was_not_verified() -> None:
    assert len(CLAIMS) == 10
    assert len({claim.key for claim in CLAIMS}) == 10
    for finding in FOUND.values():
        assert finding.claim.source
        assert finding.evidence.how
        assert finding.evidence.unverified
        assert (finding.interval is None) == (finding.verdict == "untestable here")


def test_the_page_says_what_the_command_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "claims.md").read_text(encoding="utf-8")
    table = page.partition("## What was found")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| ")][1:]
    assert [row[-1].strip() for row in rows] == [finding.verdict for finding in FOUND.values()]
    for row, finding in zip(rows, FOUND.values(), strict=True):
        ends = re.fullmatch(r" ([0-9.]+) to ([0-9.]+)(, out of .*)? ", row[1])
        if ends is not None:
            assert finding.interval == pytest.approx((float(ends[1]), float(ends[2])), rel=0.05), finding.claim.key


def test_the_claims_as_ratios() -> None:
    assert less(0.6) == pytest.approx(2.5)
    assert less(0.9) == pytest.approx(10)
    assert {key: FOUND[key].claim.kind for key in ("graviton", "trn1")} == {"graviton": "up to", "trn1": "about"}


@pytest.mark.parametrize(
    ("watts", "expected"),
    [(10.0, "reproduced"), (1000.0, "contradicted")],
)
def test_other_watts_of_graviton_change_the_verdict(watts: float, expected: str) -> None:
    assert judge(BY_KEY["graviton"], book(graviton3=of(watts))).verdict == expected


def test_published_watts_on_both_sides_would_reproduce_it() -> None:
    """vCPUs are counted, so with published watts that comparison is firm."""
    published = dict.fromkeys(("xeon-8375c", "epyc-7r13", "xeon-8488c", "epyc-9r14"), of(300.0))
    facts = book(graviton3=of(60.0), **published)
    assert judge(BY_KEY["graviton"], facts).verdict == "reproduced"
    modelled = book(graviton3=of(60.0, Origin.MODELLED), **published)
    assert judge(BY_KEY["graviton"], modelled).verdict == "consistent"


@pytest.mark.parametrize(
    ("watts", "expected"), [(5000.0, "contradicted"), (500.0, "consistent"), (20.0, "contradicted")]
)
def test_a_claim_about_all_cases_is_two_sided(watts: float, expected: str) -> None:
    assert judge(BY_KEY["trn2"], book(trainium2=of(watts))).verdict == expected


def test_a_cleaner_or_dirtier_grid_changes_the_verdict_on_carbon() -> None:
    def dirty(name: str) -> catalog.GridRow:
        row = catalog.grid(name)
        coal = Fact("grid:coal", Quantity.of(900, "gCO2e/kWh", Origin.QUOTED), "a test", 2026, "file")
        return replace(row, intensity=coal)

    assert FOUND["cloud-carbon"].verdict == "consistent"
    assert judge(BY_KEY["cloud-carbon"], Book(grid=dirty)).verdict == "contradicted"


def test_what_both_sides_share_does_not_widen_a_ratio() -> None:
    """A chip beside itself is as efficient as itself, however little is known of its watts."""
    (same,) = chips_compared(Book(), "graviton3", "graviton3", ("fp32",))
    assert (same.low, same.mid, same.high) == pytest.approx((1, 1, 1))


def test_lora_on_gpt3_as_published() -> None:
    """Hu et al. 2021, table 4: query and value, rank 1: 4.7M trained; rank 4: 18.9M (35 MB at rank 4 is 17.5M fp16)."""
    assert lora_parameters(GPT3, 1) == pytest.approx(4.7e6, rel=0.01)
    assert lora_parameters(GPT3, 4) == pytest.approx(18.9e6, rel=0.01)
    assert FOUND["lora-parameters"].verdict == "reproduced"


def test_lora_memory_falls_with_activations_and_never_below_one() -> None:
    ratios = [p.mid for p in lora_memory(GPT3, 4, (0.0, 2.0, 50.0)).pairs]
    assert ratios[0] > ratios[1] > ratios[2] > 1
    assert ratios[0] == pytest.approx(3.0, abs=0.01)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 200), st.floats(0.0005, 0.7))
def test_sharing_an_endpoint_saves_at_most_one_machine_for_each_model(models: int, busy: float) -> None:
    evidence = shared_endpoint(Book(), "xeon-8375c", models=models, busy=(busy,))
    hours, energy = evidence.pairs
    assert 1 <= hours.mid <= models
    assert energy.mid <= hours.mid * (1 + 1e-9)


def test_busier_models_leave_less_to_share() -> None:
    assert FOUND["multi-model"].verdict == "reproduced"
    busy = shared_endpoint(Book(), "xeon-8375c", models=10, busy=(0.3,)).pairs
    assert verdict(less(0.9), "up to", busy) == "contradicted"
