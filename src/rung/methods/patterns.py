"""Rung `traditional`, task `extract`: rules learnt from examples."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rung.errors import BadData
from rung.methods.artifact import read_json, read_settings, write_json, write_settings
from rung.methods.protocol import Engines
from rung.methods.rules import LONGEST_VALUE, FieldRules, Text, learn_field
from rung.prediction import MachineSpeed, local_effort
from rung.types import Answer, Answerer, Candidate, Control, Item, Prediction, Progress, Rung
from rung.workload import Brief

RULES: Final = "rules.json"
REACHES: Final = (1, 2, 3)
CHARS_PER_TOKEN: Final = 5.0
KEY_CALLS: Final = 1.0
"""Making one rule's name and looking it up, in small numpy calls."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Decision lists over contexts and shapes (`rules`); the reach of the contexts is the best of `reaches` on tune."""

    name: str = "patterns"
    rung: Rung = Rung.TRADITIONAL

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate, where the outputs are JSON objects with fields."""
        if brief.task != "extract" or not brief.train or not brief.fields:
            return ()
        recipe = {"reaches": list(REACHES), **brief.options.get(self.name, {})}
        return (Candidate(self.name, self.rung, self.name, recipe),)

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """By the stretches of a text, times the rule names of each, times fields."""
        stretches = brief.mean_input_chars / CHARS_PER_TOKEN * LONGEST_VALUE
        reaches = [int(reach) for reach in candidate.recipe["reaches"]]
        # Each reach gives 2 names per word of context and none; learning counts twice what answering looks up once.
        once = [stretches * 2 * (reach + 1) * KEY_CALLS * speed.call_s * len(brief.fields) for reach in reaches]
        build = sum(3 * cost * len(brief.train) + cost * len(brief.tune) for cost in once)
        return Prediction(local_effort(build + 0.01), local_effort(max(once)))

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Learn with each reach, keep the best on tune."""
        texts = [Text.of(item.input) for item in brief.train]
        outputs = [_fields(item) for item in brief.train]
        tried: dict[str, float] = {}
        best: tuple[float, list[FieldRules]] = (-1.0, [])
        reaches = sorted(int(reach) for reach in candidate.recipe["reaches"])
        for at, reach in enumerate(reaches):
            progress("rules", at / len(reaches))
            rules = [learn_field(name, texts, outputs, reach) for name in brief.fields]
            worth = _fields_right(rules, brief.tune)
            tried[str(reach)] = worth
            best = max(best, (worth, rules), key=lambda pair: pair[0])
        write_json(into / RULES, [rules.to_json() for rules in best[1]])
        write_settings(into, self.name, {"tune_fields_right_by_reach": tried})
        progress("saved", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open the rules."""
        read_settings(artifact, self.name)
        return RuleAnswerer([FieldRules.from_json(rules) for rules in read_json(artifact / RULES)])


class RuleAnswerer:
    """Answers with a JSON object of the fields that rules find."""

    batch_size = 32

    def __init__(self, rules: Sequence[FieldRules]) -> None:
        self._rules = tuple(rules)

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        """One compact JSON object for each input."""
        return [self._one(text) for text in inputs]

    def _one(self, raw: str) -> Answer:
        start = time.perf_counter()
        text = json.dumps(extract(self._rules, raw), ensure_ascii=False, separators=(",", ":"))
        return Answer(text, latency_s=time.perf_counter() - start)

    def close(self) -> None:
        """Nothing is held."""


def extract(rules: Sequence[FieldRules], raw: str) -> dict[str, Any]:
    """The fields of a text: what the best rule finds; the most frequent value where none fires and one is due."""
    text = Text.of(raw)
    found: dict[str, Any] = {}
    for field in rules:
        value, precision = field.find(text)
        if precision > 0 and (field.always or precision >= 0.5):
            found[field.name] = value
        elif field.always:
            found[field.name] = field.default
    return found


def _fields_right(rules: Sequence[FieldRules], items: Sequence[Item]) -> float:
    right = total = 0
    for item in items:
        wanted, got = _fields(item), extract(rules, item.input)
        right += sum(got.get(name) == value for name, value in wanted.items())
        total += max(len(wanted), len(got))
    return right / max(1, total)


def _fields(item: Item) -> dict[str, Any]:
    value = json.loads(item.output)
    if not isinstance(value, dict):
        raise BadData(f"the output of item {item.id!r} is no JSON object", mend="give one JSON object per item")
    return value


PATTERNS: Final = Patterns()
