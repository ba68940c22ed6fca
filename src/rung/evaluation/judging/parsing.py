"""From what a judge wrote to a label: the last line, or none. Nothing is guessed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rung.evaluation.judging.rubric import Label, normal_form

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.IGNORECASE | re.DOTALL)
_THINKING = re.compile(r"<(?:think|thinking|reasoning)>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z]+>")
_HEAD = re.compile(
    r"^\W*(?:(?:the|my|final|overall)\s+)*(?:label|verdict|rating|score|answer|judge?ment|grade|result)\W*[:=](.*)$",
    re.IGNORECASE,
)
_LABEL_KEYS: Final = ("label", "verdict", "rating", "score", "judgement", "judgment", "grade", "result")
_REASON_KEYS: Final = ("reasoning", "reason", "explanation", "rationale")
_ROOM: Final = 100
"""Characters that a line may have besides its label."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A verdict as it was read; `label` is None where there is none."""

    label: Label | None
    reasoning: str


def parse_verdict(text: str, labels: Sequence[Label], *, cut_short: bool = False) -> Parsed:
    """The label on the last line, and what stands before it.

    Case, punctuation, Markdown, brackets, tags, a word such as `Verdict:` before the label and JSON do not matter; a
    label within a sentence is none, nor is one in a question. Lines without a word are passed over (`---`, a closing
    fence or tag). A label on an earlier line is none: it may be quoted from the answer. The number of a label stands
    for it where no other label has it. A thought between tags is left out.

    Args:
        text: what the judge wrote.
        labels: of the rubric.
        cut_short: the output ended at its cap, so that its end is not to be trusted: there is no verdict.
    """
    said = _THOUGHT.sub("", text).strip()
    if cut_short or _THINKING.search(said):
        return Parsed(None, text.strip())
    names = _names(labels)
    objects = list(_objects(said))
    for found in objects:
        named = next((found[key] for key in _LABEL_KEYS if key in found), None)
        label = _label(named, names)
        if label is not None:
            reasons = [str(found[key]) for key in _REASON_KEYS if key in found]
            return Parsed(label, reasons[0] if reasons else said)
    lines = said.splitlines()
    while lines and _is_decoration(lines[-1]):
        lines.pop()
    longest = max(len(label.name) for label in labels) + _ROOM
    if objects or not lines or len(lines[-1]) > longest or (label := _of_line(lines[-1], names)) is None:
        return Parsed(None, said)
    return Parsed(label, "\n".join(lines[:-1]).strip())


def _is_decoration(line: str) -> bool:
    """Whether it has no word; a bracket may close something of which the line before is a part."""
    return re.search(r"[^\W_]|[{}\[\]()?]", _TAG.sub("", line)) is None


def _names(labels: Sequence[Label]) -> dict[str, Label]:
    """Normal form -> label; numbers only where they are told apart and are no label themselves."""
    numbers = Counter(label.value for label in labels if isinstance(label.value, float))
    names = {
        normal_form(f"{label.value:g}"): label
        for label in labels
        if isinstance(label.value, float) and numbers[label.value] == 1 and label.value >= 0
    }
    return {**names, **{normal_form(label.name): label for label in labels}}


def _of_line(line: str, names: dict[str, Label]) -> Label | None:
    bare = _TAG.sub(" ", line)
    if "?" in bare:
        return None
    if (found := names.get(normal_form(bare))) is not None and not _negative(bare):
        return found
    head = _HEAD.match(bare)
    return None if head is None or _negative(head[1]) else names.get(normal_form(head[1]))


def _negative(text: str) -> bool:
    """Whether it is a number below 0, whose sign the normal form drops."""
    return re.fullmatch(r"\W*-\d[\d.]*\W*", text) is not None and not text.lstrip().startswith("- ")


def _label(named: object, names: dict[str, Label]) -> Label | None:
    if isinstance(named, bool) or named is None:
        return None
    if isinstance(named, (int, float)):
        try:
            number = float(named)
        except OverflowError:
            return None
        return names.get(normal_form(f"{number:g}")) if number >= 0 else None
    return names.get(normal_form(named)) if isinstance(named, str) else None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """JSON objects that end the text, in a fence or not; else those that are the last line."""
    body = re.sub(r"^```\w*\s*\n|\n?```\s*$", "", text.strip())
    lines = body.splitlines()
    starts = [body, *([body[body.rindex("\n{") :]] if "\n{" in body else []), lines[-1] if lines else ""]
    for candidate in starts:
        candidate = candidate.strip()
        if candidate.startswith("{") and candidate.endswith("}"):
            try:
                found: object = json.loads(candidate)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found  # pyright: ignore[reportUnknownVariableType]
