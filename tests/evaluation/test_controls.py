"""Scoring of answers, and the controls: each trap is sprung by an answerer that walks into it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rung.errors import BadScore
from rung.evaluation import ControlState, Places, Warn, run_controls, score_answer, scorer, scorers, warnings_of
from rung.types import Answer, Control, Item

ITEMS = [Item(id=f"i{n}", input=str(n), references=(f"value {n}",), source=f"d{n}") for n in range(40)]


class Reader:
    """Knows the passages `dN: value N`. `habit` says how it answers, `shuffled` where the gold one stands."""

    batch_size = 7

    def __init__(self, habit: str, *, shuffled: bool = True) -> None:
        self.habit = habit
        self.shuffled = shuffled
        self.sizes: list[int] = []

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        self.sizes.append(len(inputs))
        return [self._one(int(text), control) for text in inputs]

    def _one(self, n: int, control: Control) -> Answer:
        others = [n + 100, n + 200]
        place = n % 3 if self.shuffled else 0
        shown = [*others[:place], n, *others[place:]]
        if control is Control.WRONG_CONTEXT:
            shown = [m + 1000 for m in shown]
        if control is Control.CLOSED_BOOK:
            shown = []
        if self.habit == "remembers":
            text = f"value {n}"
        elif self.habit == "copies the first":
            text = f"value {shown[0]}" if shown else "?"
        else:
            text = f"value {n}" if n in shown else "?"
        return Answer(text, contexts=tuple(f"d{m}" for m in shown))

    def close(self) -> None:
        pass


def test_an_honest_reader_raises_no_warning() -> None:
    reader = Reader("reads")
    run = run_controls(reader, ITEMS, scorer("exact_match"))
    assert run.states == (ControlState("closed-book", 40, 0.0, 1.0), ControlState("wrong-context", 40, 0.0, 1.0))
    assert run.warnings == ()
    assert run.places.items == 40
    assert run.places.chance_first == pytest.approx(1 / 3)
    assert reader.sizes == [7, 7, 7, 7, 7, 5] * 3


@pytest.mark.capability("controls", verified="real")
def test_one_that_remembers_does_not_need_its_documents() -> None:
    run = run_controls(Reader("remembers"), ITEMS, scorer("exact_match"))
    assert run.warnings == (Warn.CONTEXT_UNUSED, Warn.CONTEXT_IGNORED)
    assert all(warning.sentence for warning in Warn)


def test_the_gold_document_always_first_proves_nothing() -> None:
    """The trap that overturned a result: "copy the first value" looks perfect, and both controls look sound."""
    run = run_controls(Reader("copies the first", shuffled=False), ITEMS, scorer("exact_match"))
    assert [state.plain_mean for state in run.states] == [1.0, 1.0]
    assert [state.mean for state in run.states] == [0.0, 0.0]
    assert run.warnings == (Warn.GOLD_ALWAYS_FIRST,)


@pytest.mark.capability("controls", verified="real")
def test_shuffled_documents_show_who_copies_the_first() -> None:
    run = run_controls(Reader("copies the first"), ITEMS, scorer("exact_match"))
    places = run.places
    assert (places.items, places.first, places.first_mean, places.later_mean) == (40, 14, 1.0, 0.0)
    assert run.warnings == (Warn.FIRST_FAVOURED,)


def test_one_control_and_no_items() -> None:
    run = run_controls(Reader("reads"), ITEMS, scorer("exact_match"), controls=[Control.NONE, Control.CLOSED_BOOK])
    assert [state.control for state in run.states] == ["closed-book"]
    assert run_controls(Reader("reads"), [], scorer("exact_match")).states == ()


def test_a_candidate_that_answers_nothing_right_shows_nothing() -> None:
    nothing = Places(0, 0, None, None, 0.0)
    assert warnings_of([ControlState("closed-book", 40, 0.0, 0.0)], nothing) == ()
    assert warnings_of([ControlState("closed-book", 40, 0.5, 0.54)], nothing) == (Warn.CONTEXT_UNUSED,)
    assert warnings_of([ControlState("closed-book", 40, 0.5, 0.56)], nothing) == ()


def test_an_answer_with_an_error_scores_0_by_every_metric() -> None:
    by = scorers(["exact_match", "token_f1", "exact_match"])
    assert score_answer(Answer("value 1"), ITEMS[1], by) == {"exact_match": 1.0, "token_f1": 1.0}
    assert score_answer(Answer("value 1", error="refused"), ITEMS[1], by) == {"exact_match": 0.0, "token_f1": 0.0}


@pytest.mark.parametrize("value", [float("nan"), 1.5, -1.0])
def test_a_scorer_that_leaves_0_1_is_named(value: float) -> None:
    class Wild:
        name = "wild"

        def score(self, answer: str, item: Item) -> float:
            return value

    with pytest.raises(BadScore, match="'wild' gave"):
        score_answer(Answer("x"), ITEMS[0], [Wild()])
