"""What a judge is asked: instructions with places for the material, and a scale of labels."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from rung.errors import BadInput

PLACES: Final = ("prompt", "prediction", "context", "ground_truth", "citations")
"""Placeholders of the instructions of one answer."""

PAIR_PLACES: Final = ("prompt", "first", "second", "context", "ground_truth")
"""Placeholders of the instructions of a comparison."""

CONDITIONS: Final = ("context", "ground_truth", "citations")
"""What an answer may lack, so that a rubric that needs it does not apply."""

_PLACE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_NOT_A_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Label:
    """A step of a scale.

    Args:
        name: what the judge writes.
        score: in [0, 1]; None on a scale of texts, which has no mean.
        value: the number or text of the scale as it was given.
        means: when it is the right one; may be empty.
    """

    name: str
    score: float | None
    value: float | str
    means: str = ""


@dataclass(frozen=True, slots=True)
class Rubric:
    """One question to a judge.

    Args:
        name: of the metric.
        asks: the question in a line.
        instructions: what the judge reads, with `{{placeholders}}`.
        labels: the scale, in the order in which it is shown.
        higher_is_better: False for harm, stereotypes and refusals.
        needs: of `CONDITIONS`: without these it does not apply.
        pairwise: it compares two answers.

    Raises:
        BadInput: an unknown or unclosed placeholder, no scale, labels that read the same, an unknown need.
    """

    name: str
    asks: str
    instructions: str
    labels: tuple[Label, ...]
    higher_is_better: bool = True
    needs: tuple[str, ...] = ()
    pairwise: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadInput("a rubric has no name", mend="give it a `name`")
        self._check_places()
        self._check_labels()
        if unknown := sorted(set(self.needs) - set(CONDITIONS)):
            raise BadInput(
                f"rubric {self.name!r} needs {unknown[0]!r}", mend=f"use some of {', '.join(CONDITIONS)} in `needs`"
            )

    def _check_places(self) -> None:
        known = PAIR_PLACES if self.pairwise else PLACES
        used = places_in(self.instructions)
        listed = ", ".join(f"{{{{{name}}}}}" for name in known)
        if unknown := sorted(used - set(known)):
            raise BadInput(
                f"rubric {self.name!r}: unknown placeholder {{{{{unknown[0]}}}}}", mend=f"use some of {listed}"
            )
        rest = _PLACE.sub("", self.instructions)
        if "{{" in rest or "}}" in rest:
            raise BadInput(
                f"rubric {self.name!r}: '{{{{' or '}}}}' that is part of no placeholder",
                mend=f"write {listed}, without filters or spaces in the names",
            )
        wanted = {"first", "second"} if self.pairwise else {"prediction"}
        if missing := sorted(wanted - used):
            raise BadInput(
                f"rubric {self.name!r} does not show {{{{{missing[0]}}}}}, so nothing is judged",
                mend=f"put {{{{{missing[0]}}}}} into its instructions",
            )

    def _check_labels(self) -> None:
        if len(self.labels) < 2:
            raise BadInput(
                f"rubric {self.name!r} has no rating scale of two labels or more",
                mend="give a `ratingScale` such as {good: 1, bad: 0}",
            )
        for label in self.labels:
            if not normal_form(label.name) or "\n" in label.name.strip():
                raise BadInput(
                    f"rubric {self.name!r}: the label {label.name!r} is no line with a letter or digit",
                    mend="name it in a few words",
                )
        twice = [form for form, count in Counter(normal_form(label.name) for label in self.labels).items() if count > 1]
        if twice:
            raise BadInput(
                f"rubric {self.name!r}: two labels read as {twice[0]!r}",
                mend="give each step of the scale its own words; case and punctuation do not count",
            )

        self._check_places_of_pair()

    def _check_places_of_pair(self) -> None:
        values = {str(label.value) for label in self.labels}
        if self.pairwise and not {"first", "second"} <= values <= {"first", "second", "tie"}:
            raise BadInput(
                f"rubric {self.name!r} compares two answers, and its labels stand for other than first, second, tie",
                mend="give its labels the values first, second and, where wanted, tie",
            )

    @property
    def numeric(self) -> bool:
        """Whether its labels have scores; those of a scale of texts are counted, without a mean."""
        return all(label.score is not None for label in self.labels)

    @property
    def worst(self) -> float | None:
        """The score of a verdict that cannot be read: 0, or 1 where lower is better; None on a scale of texts."""
        if not self.numeric:
            return None
        return 0.0 if self.higher_is_better else 1.0

    def identity(self) -> list[object]:
        """What makes verdicts by it the same; JSON values."""
        return [self.name, self.instructions, [[one.name, one.score, one.means] for one in self.labels]]


def places_in(template: str) -> set[str]:
    """The placeholders of a template."""
    return set(_PLACE.findall(template))


def fill(template: str, contents: dict[str, str]) -> str:
    """Put contents into a template, in one pass: a placeholder inside a content stays what it is, text."""
    return _PLACE.sub(lambda match: contents[match[1]], template)


def normal_form(text: str) -> str:
    """Words in lower case, without punctuation, underscores and markup: what labels are compared by."""
    return _NOT_A_WORD.sub(" ", text.casefold()).strip()
