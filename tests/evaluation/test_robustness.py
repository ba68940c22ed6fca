"""Noise keeps the meaning, its rate is what it says, and its cost is found again."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadData
from rung.evaluation import Noise, perturb, robustness_delta, scorer
from rung.evaluation.metrics import edit_distance
from rung.evaluation.robustness import RATES
from rung.types import Item

from .shared import shared_rows

TEXT = (
    "The quick brown foxes jumped over 12 lazy dogs at https://example.com/path in {placeholder}, mail me@example.com!"
)
prose = st.lists(
    st.sampled_from(["the", "quick", "Brown", "foxes,", "ÉTUDES", "straße", "12", "3.50", "a/b", "{name}", "x_y"]),
    max_size=30,
).map(" ".join)
KINDS: tuple[Noise, ...] = ("typo", "case", "whitespace")


def slips(word: str, other: str) -> int:
    """Edits between two words; two neighbours that changed places are one."""
    for at in range(len(word) - 1):
        if word[:at] + word[at + 1] + word[at] + word[at + 2 :] == other:
            return int(word != other)
    return edit_distance(list(word), list(other))


@pytest.mark.capability("robustness", verified="real")
@given(prose, st.integers(0, 9), st.floats(0, 1))
def test_a_typo_is_one_slip_inside_a_word(text: str, seed: int, rate: float) -> None:
    found = perturb(text, "typo", seed=seed, rate=rate)
    before, after = text.split(), found.text.split()
    assert len(before) == len(after)
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert len(changed) == found.changed
    for a, b in changed:
        assert slips(a, b) == 1
        assert (a[0], a[-1]) == (b[0], b[-1])
        assert a.strip(",").isalpha()


@pytest.mark.capability("robustness", verified="real")
@given(prose, st.integers(0, 9), st.floats(0, 1))
def test_case_noise_changes_case_alone(text: str, seed: int, rate: float) -> None:
    found = perturb(text, "case", seed=seed, rate=rate)
    assert found.text.lower() == text.lower()
    assert sum(a != b for a, b in zip(text, found.text, strict=True)) == found.changed


@pytest.mark.capability("robustness", verified="real")
@given(st.text(), st.integers(0, 9), st.floats(0, 1))
def test_white_space_noise_keeps_words_and_lines(text: str, seed: int, rate: float) -> None:
    found = perturb(text, "whitespace", seed=seed, rate=rate)
    assert found.text.split() == text.split()
    assert found.text.count("\n") == text.count("\n")
    assert len(found.text) >= len(text) + found.changed


@given(st.text(max_size=60), st.sampled_from(KINDS), st.integers(0, 99))
def test_laws_of_all_noise(text: str, kind: Noise, seed: int) -> None:
    found = perturb(text, kind, seed=seed)
    assert found == perturb(text, kind, seed=seed)
    assert 0 <= found.rate <= 1
    assert (found.text == text) == (found.changed == 0)
    assert found.changed >= min(1, found.places)
    assert perturb(text, kind, seed=seed, rate=0).text == text
    assert perturb(text, kind, seed=seed, rate=1).rate in (0, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_addresses_and_placeholders_stay(kind: Noise) -> None:
    for seed in range(20):
        found = perturb(TEXT, kind, seed=seed, rate=1).text
        for fixed in ("12", "https://example.com/path", "{placeholder},", "me@example.com!"):
            assert fixed in found


def test_seeds_give_other_noise_at_about_the_stated_rate() -> None:
    rows = shared_rows("tasks/banking77_test.jsonl.gz")[:300]
    texts = [str(next(v for v in row.values() if isinstance(v, str) and " " in v)) for row in rows]
    for kind in KINDS:
        noisy = [perturb(text, kind) for text in texts]
        rate = sum(one.changed for one in noisy) / sum(one.places for one in noisy)
        # Short texts round up: each is changed somewhere.
        assert RATES[kind] - 0.02 < rate < RATES[kind] + 0.1, kind
    assert len({perturb(TEXT, "typo", seed=seed).text for seed in range(30)}) > 10


@pytest.mark.capability("robustness", verified="real")
def test_what_noise_costs_is_found_again() -> None:
    """A reader that knows words as they are written loses the items whose word was hit, and no others."""
    names = ["cancel", "refund", "transfer", "balance", "exchange", "passcode"] * 60
    draw = random.Random(0)
    items = [Item(f"i{n}", f"please {name} now, thanks {n}", (name,)) for n, name in enumerate(names)]
    by = scorer("exact_match")

    def answer(text: str) -> str:
        return next((name for name in names if name in text), draw.choice(["", "none"]))

    plain = [by.score(answer(item.input), item) for item in items]
    noisy = [by.score(answer(perturb(item.input, "typo").text), item) for item in items]
    found = robustness_delta(plain, noisy)
    assert found.plain.value == 1
    assert found.delta.value == pytest.approx(found.noisy.value - 1)
    assert found.delta.low is not None
    assert found.delta.high is not None
    # One of the three words of four letters or more is hit.
    assert found.delta.low <= -1 / 3 <= found.delta.high < 0
    assert found.moved.value == -found.delta.value


def test_scores_of_other_items_are_refused() -> None:
    with pytest.raises(BadData, match="2 rows beside 1"):
        robustness_delta([1.0], [1.0, 0.0])
