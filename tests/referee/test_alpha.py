"""The account of alpha never gives more than the whole."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BudgetExhausted
from rung.referee import AlphaAccount, Grant

steps = st.lists(
    st.one_of(
        st.tuples(st.just("late"), st.integers(0, 5), st.integers(0, 2)),
        st.tuples(st.just("initial"), st.integers(1, 40), st.integers(0, 2)),
        st.tuples(st.just("reopen"), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@pytest.mark.capability("alpha-account", verified="real")
@given(steps, st.sampled_from([0.0, 0.25, 0.5, 0.9]))
def test_the_weights_never_sum_to_more_than_one(history: list[tuple[str, int, int]], reserve: float) -> None:
    account = AlphaAccount(reserve=reserve)
    for kind, number, seed in history:
        before = account.grants
        try:
            if kind == "late":
                account.grant_late(f"late-{number}", seed)
            elif kind == "initial":
                account.grant_initial([f"c{i}" for i in range(number)], seed)
            else:
                account = AlphaAccount(account.grants, reserve=reserve)
        except BudgetExhausted:
            pass
        assert math.fsum(grant.weight for grant in account.grants) <= 1
        assert account.grants[: len(before)] == before


def test_the_first_half_is_shared_and_late_ones_halve_what_is_left() -> None:
    account = AlphaAccount()
    assert [g.weight for g in account.grant_initial(["a", "b"], 1)] == pytest.approx([0.25, 0.25])
    assert account.grant_late("c", 1).weight == pytest.approx(0.25)
    assert account.grant_late("d", 1).weight == pytest.approx(0.125)
    assert account.grant_late("c", 1).weight == pytest.approx(0.25)


def test_a_closed_list_gets_everything_and_leaves_nothing_for_a_repeat() -> None:
    account = AlphaAccount(reserve=0.0)
    assert sum(g.weight for g in account.grant_initial(list("abcde"), 1)) == pytest.approx(1.0)
    with pytest.raises(BudgetExhausted, match="used up") as raised:
        AlphaAccount(account.grants, reserve=0.0).grant_initial(["a"], 2)
    assert "fresh items" in raised.value.mend


@pytest.mark.capability("alpha-account", verified="real")
def test_a_repeat_with_another_seed_spends_from_the_reserve() -> None:
    past = AlphaAccount().grant_initial(["a", "b"], 1)
    repeat = AlphaAccount(past)
    assert [g.weight for g in repeat.grant_initial(["a", "b"], 2)] == pytest.approx([0.125, 0.125])
    assert repeat.left == pytest.approx(0.25)


def test_a_resumed_climb_gets_what_it_had() -> None:
    past = AlphaAccount().grant_initial(["a", "b"], 1)
    assert AlphaAccount(past).grant_initial(["a", "b"], 1) == past
    assert Grant(**past[0].to_json()) == past[0]


def test_a_reserve_is_a_share() -> None:
    with pytest.raises(ValueError, match="reserve"):
        AlphaAccount(reserve=1.0)
