"""Where `rung judge` writes to: new results or those of an earlier rubric, and a line for each verdict on a pair."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rung.errors import BadInput, RungError
from rung.evaluation.judging import Judged, Rubric
from rung.evaluation.judging.scoring import judged_before, merged, same_responses
from rung.evaluation.records import EvalResults
from rung.evaluation.results import read_results, write_results

FORM: Final = 1
"""Version of the lines of verdicts on pairs, in each as `rung_pair`."""

_MEND: Final = "name another file by --out, or remove this one"


@dataclass(frozen=True, slots=True)
class Kept:
    """The files that judging writes; None is none."""

    results: Path | None
    pairs: Path | None

    @classmethod
    def at(cls, out: Path | None, given: Path, *, single: bool, pairwise: bool) -> Kept:
        """By `--out` and what is judged; where it is both, verdicts on pairs go to `OUT.pairs.jsonl`."""
        if not single:
            return cls(None, out)
        pairs = out.with_suffix(".pairs.jsonl") if pairwise and out is not None else None
        return cls(out or given.with_name(given.name.removesuffix(".gz")).with_suffix(".judged.jsonl"), pairs)

    @property
    def results_name(self) -> str | None:
        """For the reader."""
        return None if self.results is None else str(self.results)

    @property
    def pairs_name(self) -> str | None:
        """For the reader."""
        return None if self.pairs is None else str(self.pairs)

    def check(self, results: EvalResults, rubrics: Sequence[Rubric]) -> None:
        """Refuse what would overwrite something, before anything is spent.

        Raises:
            BadInput: a file is there that holds something else.
        """
        earlier = self._earlier(results)
        for rubric in rubrics:
            refuse_computed(results, rubric)
            if earlier is not None:
                refuse_computed(earlier, rubric)
        self._earlier_pairs()

    def write(self, results: EvalResults, lines: list[dict[str, Any]]) -> None:
        """Write both; scores by other rubrics and lines on other pairs that are there are kept."""
        if self.results is not None:
            earlier = self._earlier(results)
            write_results(self.results, results if earlier is None else merged(results, earlier))
        if self.pairs is not None:
            new = {_about(line) for line in lines}
            every = [*(line for line in self._earlier_pairs() if _about(line) not in new), *lines]
            self.pairs.parent.mkdir(parents=True, exist_ok=True)
            whole = self.pairs.with_name(f".{self.pairs.name}.part")
            whole.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in every), encoding="utf-8")
            whole.replace(self.pairs)

    def _earlier(self, results: EvalResults) -> EvalResults | None:
        if self.results is None or not self.results.exists():
            return None
        try:
            found = read_results(self.results)
        except RungError as error:
            raise BadInput(f"{self.results} is there, and is no results file to add to", mend=_MEND) from error
        if not same_responses(found, results):
            raise BadInput(f"{self.results} is there, and holds results of other responses", mend=_MEND)
        return found

    def _earlier_pairs(self) -> list[dict[str, Any]]:
        if self.pairs is None or not self.pairs.exists():
            return []
        try:
            lines: list[Any] = [json.loads(text) for text in self.pairs.read_text("utf-8").split("\n") if text.strip()]
        except (OSError, ValueError, RecursionError):
            lines = [None]
        if not all(_is_pair_line(line) for line in lines):
            raise BadInput(f"{self.pairs} is there, and holds no verdicts on pairs to add to", mend=_MEND)
        return lines


def refuse_computed(results: EvalResults, rubric: Rubric) -> None:
    """Refuse a rubric that would take the place of a metric that no judge gave.

    Raises:
        BadInput: the results have such scores.
    """
    if not judged_before(results, rubric.name):
        raise BadInput(
            f"the results have scores of {rubric.name!r} that no judge gave, and the rubric has that name",
            mend="give the rubric a `name` of its own; one that ships can be written to a file and renamed",
        )


def pair_lines(rubric: Rubric, systems: tuple[str, str], judged: Judged) -> list[dict[str, Any]]:
    """A line for each verdict: `order` says which system stood first, `prefers` which of them it is for."""
    a, b = systems
    values = {label.name: label.value for label in rubric.labels}
    lines: list[dict[str, Any]] = []
    for one in judged.verdicts:
        order = "backward" if one.system.endswith("(backward)") else "forward"
        first, second = (a, b) if order == "forward" else (b, a)
        prefers = {"first": first, "second": second, "tie": "tie"}.get(str(values.get(one.label or "")))
        lines.append(
            {
                "rung_pair": FORM,
                "rubric": rubric.name,
                "item": one.item,
                "A": a,
                "B": b,
                "order": order,
                "label": one.label,
                "prefers": prefers,
                "status": one.status,
                "reasoning": one.reasoning,
            }
        )
    return lines


def _is_pair_line(line: Any) -> bool:
    return isinstance(line, dict) and line.get("rung_pair") == FORM  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]


def _about(line: dict[str, Any]) -> tuple[object, object, object]:
    return line.get("rubric"), line.get("A"), line.get("B")
