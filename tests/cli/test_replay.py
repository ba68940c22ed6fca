"""`rung replay` on tables of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Project


@pytest.fixture
def scores(tmp_path: Path) -> Project:
    """A table: `small` is right on 60% of 400 items, `middle` on 85%, `large` on 95%."""
    right = {"small": 5, "middle": 17, "large": 19}
    rows = ["item,small,middle,large"]
    for n in range(400):
        rows.append(",".join([str(n), *(str(int(n * 7 % 20 < (12 if s == "small" else c))) for s, c in right.items())]))
    project = Project(tmp_path)
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "t.models.json").write_text('{"small": {"params_b": 1}, "middle": {"params_b": 8}, "large": {}}')
    return project


def test_the_cheapest_that_meets_the_bar_is_chosen(scores: Project) -> None:
    answer = scores.rung("replay", "t.csv", "--at-least", "0.75", "--json").json()
    assert (answer["choice"], answer["truth"], answer["exact"]) == ("middle", "middle", True)
    assert [one["verdict"] for one in answer["tried"]] == ["failed", "passed"]
    assert 0 < answer["share_of_calls"] < 0.5
    assert answer["assumed_200b"] == ["large"]
    for one in answer["tried"]:
        assert one["low"] <= one["mean"] <= one["high"]
    again = scores.rung("replay", "t.csv", "--at-least", "0.75", "--json").json()
    assert again == answer


def test_in_words(scores: Project) -> None:
    ran = scores.rung("replay", "t.csv", "--at-least", "0.9", "--claim", "population")
    assert ran.code == 0
    assert "large is the first that passes" in ran.out
    assert "the population of the 400 items" in ran.out
    assert "taken as 200B: large" in ran.out


def test_nothing_that_passes_is_an_answer(scores: Project) -> None:
    ran = scores.rung("replay", "t.csv", "--at-least", "0.9", "--systems", "small,middle")
    assert ran.code == 1
    assert "nothing passes" in ran.out
    assert "nothing meets it" in ran.out


def test_costs_that_are_a_guess_are_said(scores: Project) -> None:
    (scores.folder / "t.models.json").unlink()
    ran = scores.rung("replay", "t.csv", "--at-least", "0.75")
    assert "Size not known, taken as 200B: large, middle, small" in ran.out
    assert "Warning: costs are the same for large, middle, small" in ran.out
    assert scores.rung("replay", "t.csv", "--at-least", "0.75", "--json").json()["same_cost"] == [
        "large",
        "middle",
        "small",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("t.csv", "--at-least", "0.9", "--systems", "tiny"), "no system 'tiny'"),
        (("t.csv", "--at-least", "1.5"), "cannot be tested"),
        (("t.csv", "--at-least", "0.9", "--alpha", "1"), "cannot be tested"),
        (("none.csv", "--at-least", "0.9"), "cannot be read"),
    ],
)
def test_bad_input_is_one_error(scores: Project, arguments: tuple[str, ...], said: str) -> None:
    ran = scores.rung("replay", *arguments)
    assert ran.code == 2
    assert said in ran.err
