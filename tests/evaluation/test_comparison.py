from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from rung.errors import BadInput
from rung.evaluation.comparison import compare
from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored
from rung.report.compare import render_comparison
from rung.report.compare_page import BINS, histograms, page_data, radar, render_compare_page, shares_by_score
from rung.report.compare_words import dataset_claim, failure_warnings, headline, items_words, population_claim, shown
from rung.types import Origin, Quantity

METRICS = (MetricInfo("good"), MetricInfo("harm", higher_is_better=False))
Scores = Callable[[int, str], Mapping[str, float | None]]


def results(scores: Mapping[str, Scores], count: int = 100, **changes: object) -> EvalResults:
    items = tuple(EvalItem(f"q{n}", f"question {n}", category=f"c{n % 2}" if n % 5 else None) for n in range(count))
    scored = {
        system: {
            item.id: Scored(
                Response(
                    item.id,
                    system,
                    f"answer {n}",
                    cost_usd=0.01,
                    energy=Quantity.of(2.0, "J", Origin.MODELLED),
                    latency_s=0.5,
                ),
                give(n, item.id),
            )
            for n, item in enumerate(items)
        }
        for system, give in scores.items()
    }
    return replace(EvalResults("data", 0, items, METRICS, scored), **changes)  # pyright: ignore[reportArgumentType]


def always(good: float | None, harm: float | None = 0.0) -> Scores:
    return lambda n, item: {"good": good, "harm": harm}


@pytest.mark.capability("eval-compare", verified="real")
def test_differences_are_paired_and_turned() -> None:
    rng = random.Random(0)
    hard = [rng.random() * 0.8 for _ in range(100)]
    noise = [rng.uniform(-0.02, 0.02) for _ in range(100)]
    found = compare(
        [
            (
                "r",
                results(
                    {
                        "a": lambda n, item: {"good": hard[n], "harm": 0.2},
                        "b": lambda n, item: {"good": hard[n] + 0.05 + noise[n], "harm": 0.5},
                    }
                ),
            )
        ]
    )
    good, harm = found.differences
    assert good.mean == pytest.approx(0.05, abs=0.005)
    # Unpaired, items differ so much that the interval would be ten times as wide.
    assert good.high - good.low < 0.01
    means = found.means["a", "good"]
    assert (means.high or 0) - (means.low or 0) > 0.05
    assert shown(found, good)
    assert harm.mean == pytest.approx(-0.3)
    assert found.means["b", "harm"].value == pytest.approx(0.5)
    claim = population_claim(found, harm) or ""
    assert "a is better than b (+0.300" in claim
    assert "error rate 0.05" in claim
    assert (good.wins, good.losses, harm.losses) == (100, 0, 100)


@pytest.mark.capability("eval-compare", verified="real")
def test_equal_systems_are_told_apart_as_rarely_as_it_says() -> None:
    """Three systems of one quality, three pairs each time: any false claim at most in 5% of comparisons."""
    false = 0
    for run in range(120):
        rng = random.Random(run)

        def coin(n: int, item: str, rng: random.Random = rng) -> Mapping[str, float | None]:
            return {"good": float(rng.random() < 0.6), "harm": None}

        found = compare([("r", results({"a": coin, "b": coin, "c": coin}, 40))], metrics=["good"])
        false += any(shown(found, one) for one in found.differences)
    assert false <= 12  # of 120; a binomial at 5% exceeds it in one of 150


def test_items_without_a_score_leave_the_pair() -> None:
    scores = {"a": always(0.5), "b": lambda n, item: {"good": None if n < 40 else 1.0, "harm": None}}
    found = compare([("r", results(scores))])
    (good,) = found.differences
    assert (good.items, good.mean) == (60, 0.5)
    assert found.means["b", "harm"].value is None
    assert "none" in render_comparison(found)


def test_slices_and_footprints() -> None:
    scores = {"a": lambda n, item: {"good": float(n % 2), "harm": 0.0}, "b": always(1.0)}
    found = compare([("r", results(scores))])
    assert set(found.slices) == {"c0", "c1"}
    assert found.slices["c0"]["a", "good"].value == 0
    assert found.slices["c1"]["a", "good"].value == 1
    assert found.slices["c1"]["a", "good"].items == 40
    first = found.footings[0]
    assert first.energy is not None
    assert first.energy.value == pytest.approx(2000)
    assert (first.carbon, first.usd, first.latency_s) == (None, pytest.approx(10.0), pytest.approx(0.5))
    assert "unknown" in render_comparison(found)


def test_results_files_are_joined_by_their_items() -> None:
    one, two = results({"m": always(0.5)}), results({"m": always(0.7), "n": always(0.1)})
    found = compare([("old", one), ("new", two)])
    assert found.systems == ("m (old)", "m (new)", "n")
    shuffled = replace(two, items=two.items[::-1])
    assert compare([("old", one), ("new", shuffled)]).differences == found.differences
    fewer = replace(one, metrics=METRICS[:1])
    assert compare([("old", fewer), ("new", two)]).left_out == ("harm",)


def test_what_cannot_be_compared_is_refused() -> None:
    one = results({"a": always(0.5)})
    with pytest.raises(BadInput, match="one system"):
        compare([("r", one)])
    other = replace(one, items=tuple(replace(item, input="else") for item in one.items))
    turned = replace(results({"b": always(1)}), metrics=(MetricInfo("good", higher_is_better=False),))
    with pytest.raises(BadInput, match="100 items of new"):
        compare([("old", one), ("new", other)])
    with pytest.raises(BadInput, match="50 items of new"):
        compare([("old", one), ("new", results({"b": always(1)}, 50))])
    with pytest.raises(BadInput, match="what is better by 'good'"):
        compare([("old", one), ("new", turned)])
    with pytest.raises(BadInput, match="metric 'taste'"):
        compare([("r", results({"a": always(1), "b": always(0)}))], metrics=["taste"])
    with pytest.raises(BadInput, match="two systems are called 'a \\(r\\)'"):
        compare([("r", one), ("r", one)])


def test_drawings_hold_the_figures() -> None:
    found = compare([("r", results({"a": always(0.55, 0.25), "b": always(1.0, 1.0)}))])
    drawn = radar(found, 460)
    # The first spoke points up: the mean .55 stands at .55 of its length.
    x, y = map(float, drawn.outlines[0].points.split()[0].split(","))
    assert (x, y) == (230, pytest.approx(230 - 0.55 * 160, abs=0.1))
    down = drawn.outlines[1].points.split()[1].split(",")
    assert [float(one) for one in down] == [230, 230]  # harm of 1, turned, is 0: the middle
    good, harm = histograms(found, 300, 130)
    tall = [column for column in good.columns if column.height > 0]
    assert [(column.height, column.style) for column in tall] == [(130, 0), (130, 1)]
    assert "lower is better" in harm.name
    assert page_data(found)["items"][0]["scores"] == [[0.55, 0.75], [1.0, 0.0]]


def test_histograms_hold_every_score_once() -> None:
    shares = shares_by_score([n / 100 for n in range(101)])
    assert len(shares) == BINS
    assert sum(shares) == pytest.approx(1)
    # Decimal tenths fall into the part that they begin.
    assert [round(share * 101) for share in shares] == [10] * 9 + [11]


@pytest.mark.capability("eval-compare", verified="real")
def test_texts_of_the_page_are_not_trusted() -> None:
    bad = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    data = results({bad: always(0.5), "b": always(0.7)})
    scored = {
        system: {item: replace(one, response=replace(one.response, text=bad, error=bad)) for item, one in mine.items()}
        for system, mine in data.scored.items()
    }
    items = tuple(replace(item, input=bad, category=bad, references=(bad,)) for item in data.items)
    page = render_compare_page(compare([("r", replace(data, items=items, scored=scored))]), script="")
    assert "alert(1)</script>" not in page
    assert "<img" not in page
    assert "pip install" in page
    assert page.count("<script") == 2


def judged(system: str, failed: Mapping[int, str], count: int = 40) -> EvalResults:
    """A system that a judge gave .5 to 1 by `good`, and nothing at some items."""
    data = results({system: lambda n, item: {"good": 0.0 if n in failed else 0.5 + n % 2 / 2, "harm": 0.0}}, count)
    mine = {
        item: replace(one, failed={"good": failed[n]} if n in failed else {}, notes={"good": failed.get(n, "right")})
        for n, (item, one) in enumerate(data.scored[system].items())
    }
    return replace(data, scored={system: mine})


@pytest.mark.capability("eval-compare", verified="real")
def test_a_metric_of_which_most_verdicts_are_missing_claims_nothing() -> None:
    none = judged("none", dict.fromkeys(range(40), "unparsable"))
    some = judged("some", {0: "unparsable", 1: "refused"})
    found = compare([("n", none), ("s", some)])
    good, harm = found.differences
    assert found.failures["none", "good"].named() == {"unparsable": 40}
    assert found.failures["some", "good"].named() == {"unparsable": 1, "refused": 1}
    assert found.failures["some", "harm"].named() == {}
    assert good.p_adjusted < found.alpha  # else there were nothing to hold back
    assert (shown(found, good), dataset_claim(found, good), population_claim(found, good)) == (None, None, None)
    assert shown(found, harm) is False
    (warning,) = failure_warnings(found)
    assert "no verdict could be read in 40 of 40: this says nothing about the answers" in warning
    text = render_comparison(found)
    assert warning in text
    assert "1 unparsable, 1 refused" in text
    assert "no claim" in text
    assert "scores 0." not in text
    page = render_compare_page(found, script="")
    assert warning in page
    assert "1 unparsable, 1 refused" in page
    assert headline(compare([("n", none), ("s", some)], metrics=["good"])).startswith("No claim can be made")


def test_errors_empty_answers_and_what_does_not_apply_are_counted_apart() -> None:
    def give(n: int, item: str) -> Mapping[str, float | None]:
        return {"good": None if n < 10 else 0.0, "harm": 1.0}

    data = results({"a": give, "b": always(1.0)}, 40)
    mine = {
        item: replace(one, response=replace(one.response, text="", error="timeout" if n % 2 else None))
        for n, (item, one) in enumerate(data.scored["a"].items())
    }
    found = compare([("r", replace(data, scored={**data.scored, "a": mine}))])
    assert found.failures["a", "good"].named() == {"errors": 15, "empty": 15, "not applicable": 10}
    assert found.failures["a", "good"].scored == 30
    assert "30 of 30 scores are failures (15 errors, 15 empty, 10 not applicable)" in failure_warnings(found)[0]
    half = {item: one if n < 20 else data.scored["a"][item] for n, (item, one) in enumerate(mine.items())}
    fewer = compare([("r", replace(data, scored={**data.scored, "a": half}))])
    assert fewer.failures["a", "harm"].failed == 20
    assert failure_warnings(fewer) == []  # half is not more than half


def test_scores_that_are_all_alike_have_an_interval_with_a_width() -> None:
    found = compare([("r", results({"a": always(0.0), "b": always(0.0)}, 40))])
    mean = found.means["a", "good"]
    assert (mean.low, mean.high) == (0, pytest.approx(1 - 0.025 ** (1 / 40)))  # .088, Clopper & Pearson's
    (good, _) = found.differences
    assert (good.low, good.high) == (pytest.approx(-good.high), mean.high)
    assert "0.000 (0.000 to 0.000)" not in render_comparison(found)


def test_every_statement_is_of_the_better_minus_the_worse() -> None:
    scores = {"a": lambda n, item: {"good": float(n > 0), "harm": 0.0}, "b": lambda n, item: {"good": 0.2 * (n == 0)}}
    found = compare([("r", results(scores, metrics=METRICS[:1]))])
    (one,) = found.differences
    assert (one.second, one.mean < 0) == ("b", True)
    turned = one.better_minus_worse()
    assert turned.better_minus_worse() == turned
    assert (turned.second, turned.mean, turned.low, turned.high) == ("a", -one.mean, -one.high, -one.low)
    assert items_words(one) == "99 wins, 1 loss, 0 ties"
    assert "for the population a is better than b (+0.98" in (population_claim(found, one) or "")
    (row,) = [line for line in render_comparison(found).splitlines() if "a minus b" in line]
    assert "99/1/0" in row
    assert "+0.988" in row
    assert row.endswith("shown")


def test_the_headline_and_the_lead_speak_of_all_metrics() -> None:
    systems = {"a": always(0.1), "b": always(0.5), "c": always(0.9)}
    found = compare([("r", results(systems))])
    assert headline(found) == "3 of 6 differences are shown"
    text, page = render_comparison(found), render_compare_page(found, script="")
    assert text.startswith("3 of 6 differences are shown")
    assert text.count("is better than") == 3
    assert "no difference is shown" not in text
    assert "Others follow below: 3 not shown." in page
    assert "radar" not in page.split("<main>")[1].split("<script")[0]  # two metrics make no radar


def test_energy_has_its_origin() -> None:
    found = compare([("r", results({"a": always(0.1), "b": always(0.5)}))])
    assert "2.0 kJ, modelled" in render_comparison(found)
    assert "2.0 kJ, modelled" in render_compare_page(found, script="")
