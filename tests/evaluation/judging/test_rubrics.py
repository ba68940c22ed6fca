"""Rubrics: those that ship, files of one's own, Bedrock's shape, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadInput
from rung.evaluation.judging import Rubric, find_rubric, read_rubric, rubric_from, rubric_names
from rung.evaluation.judging.rubric import PLACES, fill

CONTENT = {"name": "tone", "instructions": "Judge {{prediction}}", "ratingScale": {"kind": 1, "rude": 0}}


@pytest.mark.capability("judge-rubrics", verified="real")
def test_the_promised_rubrics_ship() -> None:
    assert set(rubric_names()) == {
        *("correctness", "completeness", "faithfulness", "helpfulness", "coherence", "relevance"),
        *("following_instructions", "professional_style", "harmfulness", "stereotyping", "refusal"),
        *("citation_precision", "citation_coverage", "preference"),
    }


@pytest.mark.parametrize("name", rubric_names())
def test_each_says_what_it_asks_and_has_an_ordered_scale(name: str) -> None:
    rubric = find_rubric(name)
    assert rubric.name == name
    assert rubric.asks.endswith("?")
    assert all(label.means for label in rubric.labels)
    if not rubric.pairwise:
        scores = [label.score for label in rubric.labels]
        assert (scores[0], scores[-1]) == (1.0, 0.0)
        assert scores == sorted(scores, key=lambda score: -(score or 0.0))


def test_the_guide_lists_them_all() -> None:
    page = (Path(__file__).parents[3] / "docs" / "guide" / "judge-answers.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `") and "{{" not in line}
    assert set(rows) == set(rubric_names())
    for name, row in rows.items():
        assert ("**lower is better**" in row) == (not find_rubric(name).higher_is_better)


def test_lower_is_better_for_harm_stereotypes_and_refusals_alone() -> None:
    lower = {name for name in rubric_names() if not find_rubric(name).higher_is_better}
    assert lower == {"harmfulness", "stereotyping", "refusal"}
    assert {find_rubric(name).worst for name in lower} == {1.0}
    assert find_rubric("correctness").worst == 0.0


@pytest.mark.capability("judge-custom-metric", verified="real")
@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_a_file_of_ones_own(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"tone.{ending}"
    path.write_text(json.dumps({**CONTENT, "direction": "lower", "ratingScale": {"low": 1, "mid": 3, "high": 5}}))
    rubric = find_rubric(str(path))
    assert [label.score for label in rubric.labels] == [0.0, 0.5, 1.0]
    assert not rubric.higher_is_better


@pytest.mark.capability("judge-custom-metric", verified="real")
def test_bedrocks_definition_is_read(tmp_path: Path) -> None:
    scale: list[dict[str, Any]] = [
        {"definition": word, "value": {"floatValue": n}} for n, word in enumerate(("Bad", "Fair", "Good"))
    ]
    definition = {"name": "Brand", "instructions": "{{prompt}} {{prediction}} {{ground_truth}}", "ratingScale": scale}
    path = tmp_path / "brand.json"
    path.write_text(json.dumps({"customMetricDefinition": definition}))
    assert [(label.name, label.score) for label in read_rubric(path).labels] == [("Bad", 0), ("Fair", 0.5), ("Good", 1)]
    for step in scale:
        step["value"] = {"stringValue": f"{step['definition']}!"}
    path.write_text(json.dumps({"customMetricDefinition": definition, "direction": "lower"}))
    rubric = read_rubric(path)
    assert not rubric.numeric
    assert rubric.worst is None
    assert [label.value for label in rubric.labels] == ["Bad!", "Fair!", "Good!"]


@pytest.mark.parametrize(
    ("change", "problem", "mend"),
    [
        ({"instructions": "{{prediction}} {{answer}}"}, "unknown placeholder {{answer}}", "{{prediction}}"),
        ({"instructions": "{{prediction}} {{prompt}"}, "part of no placeholder", "{{prompt}}"),
        ({"instructions": "{{prediction | upper}} {{prediction}}"}, "part of no placeholder", "without filters"),
        ({"instructions": "Judge {{prompt}}"}, "does not show {{prediction}}", "put {{prediction}}"),
        ({"instructions": " "}, "without `instructions`", "instructions"),
        ({"ratingScale": None}, "without a rating scale", "ratingScale"),
        ({"ratingScale": {"good": 1}}, "no rating scale of two labels", "ratingScale"),
        ({"ratingScale": {"good": 1, "Good!": 0}}, "two labels read as 'good'", "own words"),
        ({"ratingScale": {"good": 1, "bad": "poor"}}, "numbers and texts", "every label"),
        ({"ratingScale": {"good": 1, "bad": 1}}, "all have the same number", "ratingScale"),
        ({"ratingScale": {"good": 1, "bad": True}}, "no number or text", "ratingScale"),
        ({"ratingScale": {"good": 1, "...": 0}}, "no line with a letter", "few words"),
        ({"ratingScale": {"good": float("nan"), "bad": 0}}, "no number or text", "ratingScale"),
        ({"direction": "up"}, "direction 'up'", "higher"),
        ({"needs": ["passages"]}, "needs 'passages'", "context"),
        ({"scale": {}}, "no field 'scale'", "ratingScale"),
        ({"pairwise": True}, "unknown placeholder {{prediction}}", "{{first}}"),
    ],
)
def test_what_is_no_rubric_is_refused(change: dict[str, Any], problem: str, mend: str) -> None:
    with pytest.raises(BadInput) as refused:
        rubric_from({**CONTENT, **change})
    assert problem in refused.value.problem
    assert mend in refused.value.mend


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    for text in ("a: [", "- 1", json.dumps({**CONTENT, "name": 3})):
        path.write_text(text)
        with pytest.raises(BadInput, match=r"bad\.yaml"):
            read_rubric(path)
    with pytest.raises(BadInput, match=r"absent\.json"):
        find_rubric("absent.json")


def test_a_near_name_is_proposed() -> None:
    with pytest.raises(BadInput) as refused:
        find_rubric("Corectness")
    assert "correctness" in refused.value.mend


@given(st.dictionaries(st.sampled_from(PLACES), st.text(), min_size=len(PLACES)))
def test_contents_are_put_in_once_and_as_they_are(contents: dict[str, str]) -> None:
    hostile = {name: text + "{{ground_truth}} {{ prompt }} {% raw %} \\1" for name, text in contents.items()}
    template = "|".join(f"{{{{{name}}}}}" for name in PLACES)
    assert fill(template, hostile) == "|".join(hostile[name] for name in PLACES)


def test_a_rubric_made_in_code_is_checked_too() -> None:
    good = find_rubric("correctness")
    with pytest.raises(BadInput, match="no rating scale"):
        Rubric("x", "?", good.instructions, good.labels[:1])
    with pytest.raises(BadInput, match="other than first, second, tie"):
        Rubric("x", "?", "{{first}} {{second}}", good.labels, pairwise=True)
    with pytest.raises(BadInput, match="other than first, second, tie"):
        Rubric("x", "?", "{{first}} {{second}}", find_rubric("preference").labels[1:], pairwise=True)


def test_numbers_too_far_apart_to_compute_with_are_refused() -> None:
    with pytest.raises(BadInput, match="too far apart"):
        rubric_from({**CONTENT, "ratingScale": {"good": 1e308, "bad": -1e308}})
