"""Laws of the splits: disjoint, covering, made by content and seed alone, never leaking."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.types import Item
from rung.workload.data import Row
from rung.workload.splits import find_leaks, normalised, repeated_inputs, split_rows, without_leaks

inputs = st.text(alphabet="abA !.", min_size=1, max_size=6)
labels = st.sampled_from(["x", "y", "z"])
groups = st.none() | st.sampled_from(["g1", "g2", "g3"])
tables = st.lists(st.tuples(inputs, labels, groups), max_size=40).map(
    lambda cells: [Row(Item(f"i{n}", text, (label,)), n + 1, group) for n, (text, label, group) in enumerate(cells)]
)
shares = st.lists(st.floats(0.05, 1), min_size=2, max_size=4)
seeds = st.integers(0, 1000)


def content(rows: tuple[Row, ...]) -> Counter[tuple[str, str]]:
    return Counter((row.item.id, row.item.input) for row in rows)


@pytest.mark.capability("splits", verified="real")
@given(tables, shares, seeds, st.booleans())
def test_sets_are_disjoint_and_cover(rows: list[Row], parts: list[float], seed: int, stratify: bool) -> None:
    sets = split_rows(rows, parts, seed=seed, stratify=stratify)
    assert len(sets) == len(parts)
    assert sorted(row.place for part in sets for row in part) == [row.place for row in rows]


@given(tables, shares, seeds, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    rows: list[Row], parts: list[float], seed: int, stratify: bool, shuffler: random.Random
) -> None:
    moved = list(rows)
    shuffler.shuffle(moved)
    one = split_rows(rows, parts, seed=seed, stratify=stratify)
    other = split_rows(moved, parts, seed=seed, stratify=stratify)
    assert [content(part) for part in one] == [content(part) for part in other]


@pytest.mark.capability("leakage", verified="real")
@given(tables, shares, seeds, st.booleans())
def test_sets_that_are_made_never_leak(rows: list[Row], parts: list[float], seed: int, stratify: bool) -> None:
    first, second, *_ = split_rows(rows, parts, seed=seed, stratify=stratify)
    assert not find_leaks(second, first, groups=True)


@given(tables, shares, seeds)
def test_every_label_has_an_item_to_learn_from(rows: list[Row], parts: list[float], seed: int) -> None:
    first, *_ = split_rows(rows, parts, seed=seed, stratify=True)
    assert {row.item.output for row in first} == {row.item.output for row in rows}


@given(st.integers(1, 300), shares, seeds)
def test_ungrouped_sets_have_their_shares_to_within_one_per_set(count: int, parts: list[float], seed: int) -> None:
    rows = [Row(Item(str(n), f"input {n}", ("x",)), n, None) for n in range(count)]
    sets = split_rows(rows, parts, seed=seed, stratify=False)
    for part, share in zip(sets, parts, strict=True):
        assert abs(len(part) - share / sum(parts) * count) <= len(parts)


def test_labels_keep_their_shares() -> None:
    rows = [Row(Item(f"{label}{n}", f"{label} {n}", (label,)), n, None) for label in "abcde" for n in range(40)]
    train, tune, evaluation = split_rows(rows, (0.6, 0.15, 0.25), seed=3, stratify=True)
    assert set(Counter(row.item.output for row in train).values()) <= {23, 24, 25}
    assert set(Counter(row.item.output for row in tune).values()) <= {5, 6, 7}
    assert set(Counter(row.item.output for row in evaluation).values()) <= {9, 10, 11}


def test_another_seed_makes_other_sets() -> None:
    rows = [Row(Item(str(n), f"input {n}", ("x",)), n, None) for n in range(50)]
    assert split_rows(rows, (1, 1), seed=0, stratify=False) != split_rows(rows, (1, 1), seed=1, stratify=False)


@given(st.text(max_size=30))
def test_normalising_is_idempotent_up_to_empty_forms(text: str) -> None:
    once = normalised(text)
    assert normalised(f"  {text}\n") == once


def test_what_counts_as_the_same_input() -> None:
    assert normalised("What is the top-up limit?") == normalised(" what is  the top up limit")
    assert normalised("2 - 5") == normalised("2 -  5")
    assert normalised("is it 2-5?") != normalised("is it 2.5?")
    assert normalised("-5") != normalised("5")
    assert normalised("?!") != normalised("...")


@given(tables, tables)
def test_dropping_leaves_no_leak_and_takes_nothing_else(evaluation: list[Row], other: list[Row]) -> None:
    kept = without_leaks(other, evaluation, groups=True)
    assert not find_leaks(evaluation, kept, groups=True)
    gone = [row for row in other if row not in kept]
    assert all(find_leaks(evaluation, [row], groups=True) for row in gone)


def test_repeats_are_found() -> None:
    rows = [Row(Item(str(n), text, ("x",)), n, None) for n, text in enumerate(["a", "A!", "b"])]
    assert [[row.place for row in same] for same in repeated_inputs(rows).values()] == [[0, 1]]
