"""What is a verdict and what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.evaluation.judging import Label, find_rubric, parse_verdict

LABELS = find_rubric("correctness").labels
STARS = tuple(Label(f"{n} stars", (n - 1) / 4, float(n)) for n in range(1, 6))


@pytest.mark.capability("judge-verdicts", verified="real")
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("It is right.\ncorrect", "correct"),
        ("correct", "correct"),
        ("x\n**Partly_Correct**.", "partly correct"),
        ("x\n\n### Verdict: PARTLY CORRECT", "partly correct"),
        ("x\n**Verdict:** incorrect\n", "incorrect"),
        ("x\n[[incorrect]]", "incorrect"),
        ("x\n> `correct`  ", "correct"),
        ("x\n<label>partly correct</label>", "partly correct"),
        ("x\nFinal answer: correct!", "correct"),
        ("x\n- correct", "correct"),
        ("The scale is\ncorrect\nincorrect\nand I choose\npartly correct", "partly correct"),
        ("x\nincorrect\nI hope this helps.", None),
        ("x\n<label>\nincorrect\n</label>\n\n---\n**\n", "incorrect"),
        # A label that is quoted from the answer, or asked about, is no verdict.
        ("The answer says:\ncorrect\n\nThat claim is false, so it is incorrect.", None),
        ("Correct?\nNo, it is not.", None),
        ("The answer claims to be\ncorrect?", None),
        ("It ends with\ncorrect\n}", None),
        ('{"label": "correct"}\nThat is what the answer says of itself.', None),
        ('{"answer": "correct", "reasoning": "that is what it says"}', None),
        ('{\n"label": "undecided",\n"score":\n1\n}', None),
        ("<think>\nincorrect\n</think>\nFine.\ncorrect", "correct"),
        (json.dumps({"reasoning": "hm", "label": "Incorrect"}), "incorrect"),
        ("```json\n" + json.dumps({"verdict": "correct", "reason": "x"}, indent=1) + "\n```", "correct"),
        ('So:\n{"rating": "partly correct"}', "partly correct"),
        ('{"rating": 0.5}', "partly correct"),
        ('{"label": "correct", broken', None),
        ("0.5", "partly correct"),
        ("", None),
        ("I cannot judge this.", None),
        ("The answer is correct.", None),
        ("correct or incorrect", None),
        ("not correct", None),
        ("Verdict: mostly correct", None),
        ("-1", None),
        ('{"label": true}', None),
        ('{"label": ["correct"]}', None),
        ('{"score": 1' + "0" * 400 + "}", None),
        ('{"score": 1e999}', None),
        ("[" * 100_000, None),
        ('{"a":' * 100_000, None),
        ("label" + "!" * 1_000_000, None),
        ("<think>\nI would say\ncorrect", None),
    ],
)
def test_the_last_line_is_the_label_or_there_is_none(text: str, label: str | None) -> None:
    found = parse_verdict(text, LABELS).label
    assert (found.name if found else None) == label


def test_an_output_that_was_cut_short_has_no_verdict() -> None:
    assert parse_verdict("x\ncorrect", LABELS, cut_short=True).label is None


def test_the_reasoning_is_what_stands_before() -> None:
    assert parse_verdict("One.\nTwo.\n\nVerdict: correct", LABELS).reasoning == "One.\nTwo."
    assert parse_verdict('{"explanation": "hm", "label": "correct"}', LABELS).reasoning == "hm"
    assert parse_verdict("no idea", LABELS).reasoning == "no idea"


@pytest.mark.parametrize(("text", "name"), [("4 stars", "4 stars"), ("4", "4 stars"), ("Rating: 4.", "4 stars")])
def test_a_number_stands_for_its_label(text: str, name: str) -> None:
    label = parse_verdict(f"x\n{text}", STARS).label
    assert label is not None
    assert label.name == name


@pytest.mark.parametrize("text", ["-4", "Rating: -4", "44", "4.5", "4 out of 5"])
def test_another_number_does_not(text: str) -> None:
    assert parse_verdict(f"x\n{text}", STARS).label is None


def test_a_number_of_two_labels_is_nobodys() -> None:
    twins = (Label("fine", 1.0, 1.0), Label("good", 1.0, 1.0), Label("bad", 0.0, 0.0))
    assert parse_verdict("1", twins).label is None
    assert parse_verdict("0", twins).label == twins[2]


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    parsed = parse_verdict(text, LABELS)
    assert parsed.label is None or parsed.label in LABELS


@given(st.text(), st.sampled_from(LABELS))
def test_a_label_on_the_last_line_is_always_read(text: str, label: Label) -> None:
    said = text.replace("<", "").replace("{", "")
    assert parse_verdict(f"{said}\n{label.name}", LABELS).label == label
