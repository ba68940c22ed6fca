"""Pairs in both orders: the laws of winners and shares, and judges with and without a bias."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadInput
from rung.evaluation.judging import Desk, PairJudge, PairVerdict, find_rubric, pair_figures
from rung.evaluation.judging.pairs import Place
from rung.evaluation.records import EvalItem, Response
from rung.testing.chat import ChatServer

PREFERENCE = find_rubric("preference")
PLACES: tuple[Place | None, ...] = ("first", "second", "tie", None)
Items = dict[str, EvalItem]
Answers = Callable[[str], list[Response]]
VERDICTS = st.lists(st.builds(PairVerdict, st.just("q"), st.sampled_from(PLACES), st.sampled_from(PLACES)))


def pairs_of(answers: Answers) -> list[tuple[Response, Response]]:
    return list(zip(answers("good"), answers("half"), strict=True))


@pytest.mark.capability("judge-pairs", verified="real")
def test_a_judge_without_bias(desk: Desk, server: ChatServer, items: Items, answers: Answers) -> None:
    pairs, judged = PairJudge(desk, PREFERENCE).judge(pairs_of(answers), items)
    assert [pair.winner for pair in pairs] == ["tie", "A"] * 10
    figures = pair_figures(pairs)
    assert figures.wins == (10, 0, 10)
    assert figures.win_rate is not None
    assert figures.win_rate.value == 0.75
    assert figures.first_wins is not None
    assert figures.first_wins.value == 0.5
    assert figures.consistent is not None
    assert figures.consistent.value == 1
    assert judged.spending.calls == len(server.bodies) == 30  # equal answers need one call, not two


@pytest.mark.capability("judge-pairs", verified="real")
@pytest.mark.parametrize(("always", "share"), [("A", 1.0), ("B", 0.0)])
def test_a_judge_that_looks_at_the_place_alone(
    desk: Desk, server: ChatServer, items: Items, answers: Answers, always: str, share: float
) -> None:
    server.reply = lambda messages: f"I prefer this one.\n{always}"
    pairs, _ = PairJudge(desk, PREFERENCE).judge(pairs_of(answers), items)
    figures = pair_figures(pairs)
    assert figures.wins == (0, 0, 20)
    assert figures.first_wins is not None
    assert figures.first_wins.value == share
    assert not figures.first_wins.low <= 0.5 <= figures.first_wins.high
    assert figures.consistent is not None
    assert figures.consistent.value == 0


def test_a_verdict_that_cannot_be_read_is_a_tie_and_counted(
    desk: Desk, server: ChatServer, items: Items, answers: Answers
) -> None:
    server.reply = lambda messages: "who knows"
    pairs, judged = PairJudge(desk, PREFERENCE).judge(pairs_of(answers), items)
    figures = pair_figures(pairs)
    assert (figures.wins, figures.unreadable) == ((0, 0, 20), 20)
    assert (figures.first_wins, figures.consistent) == (None, None)
    assert judged.counted("preference") == {"unparsable": 40}
    assert judged.spending.calls == 60


def test_an_error_loses_without_a_call(desk: Desk, server: ChatServer, items: Items, answers: Answers) -> None:
    good = answers("good")[0]
    bad = replace(good, system="bad", text="", error="timed out")
    worse = replace(bad, system="worse")
    found, _ = PairJudge(desk, PREFERENCE).judge([(good, bad), (bad, good), (bad, worse)], items)
    assert [pair.winner for pair in found] == ["A", "B", "tie"]
    assert not server.bodies


def test_known_verdicts_are_not_asked_for_again(desk: Desk, server: ChatServer, items: Items, answers: Answers) -> None:
    first, judged = PairJudge(desk, PREFERENCE).judge(pairs_of(answers), items)
    known = {one.key: one for one in judged.verdicts}
    before = len(server.bodies)
    again, _ = PairJudge(desk, PREFERENCE, known=known).judge(pairs_of(answers), items)
    assert again == first
    assert len(server.bodies) == before


def test_what_is_no_pair_is_refused(desk: Desk, items: Items, answers: Answers) -> None:
    with pytest.raises(BadInput, match="for single answers"):
        PairJudge(desk, find_rubric("correctness")).judge([], items)
    one, other = answers("good")[:2]
    with pytest.raises(BadInput, match="no pair"):
        PairJudge(desk, PREFERENCE).judge([(one, other)], items)


@pytest.mark.parametrize(("forward", "backward"), [*product(PLACES, PLACES)])
def test_only_agreement_of_both_orders_makes_a_winner(forward: Place | None, backward: Place | None) -> None:
    pair = PairVerdict("q", forward, backward)
    expected = {("first", "second"): "A", ("second", "first"): "B"}.get((str(forward), str(backward)), "tie")
    assert pair.winner == expected
    assert pair.consistent == ((forward, backward) in {("first", "second"), ("second", "first"), ("tie", "tie")})


@given(VERDICTS)
def test_naming_the_systems_the_other_way_round_mirrors_the_figures(pairs: list[PairVerdict]) -> None:
    here, there = (pair_figures(some) for some in (pairs, [PairVerdict(p.item, p.backward, p.forward) for p in pairs]))
    assert here.wins == (there.wins[1], there.wins[0], there.wins[2])
    assert (here.first_wins, here.consistent) == (there.first_wins, there.consistent)
    if here.win_rate is None or there.win_rate is None:
        assert not pairs
    else:
        assert here.win_rate.value == pytest.approx(1 - there.win_rate.value)
        assert here.win_rate.low <= here.win_rate.value <= here.win_rate.high
    assert sum(here.wins) == len(pairs)
