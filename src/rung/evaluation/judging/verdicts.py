"""What judging gives: verdicts, what they took, and the ledger events that keep both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from rung.ledger import Blobs, NewEvent
from rung.types import Quantity, Reading, TokenUsage, sum_known

Status = Literal["judged", "unparsable", "refused", "answer_error", "not_applicable"]
"""Whether a label was read; if not, why.

`unparsable`: nothing that is a label, also when asked again. `refused`: the judge's provider gave an error for this one
prompt, or it is too long. `answer_error`: there was no answer to judge. These three score the worst and are counted.
`not_applicable`: the rubric needs what the answer or item lacks; there is no score.
"""

PART: Final = "judge"
"""The part of a run's spending that judging is, in `spent` events."""


ASKED: Final = ("judged", "unparsable", "refused")
"""Of verdicts that the judge was asked for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of one answer under one rubric.

    Args:
        item: id.
        system: who answered.
        rubric: name.
        status: whether a label was read.
        label: of the scale, or None.
        score: in [0, 1]; None where the rubric does not apply, or its scale has no numbers.
        reasoning: before the label; where none was read, what was said instead.
        usage: tokens of all calls that it took.
        latency_s: of the batches that it came in [s].
        cost_usd: [USD]; None where the judge has no price.
        energy: its share of what the batches used, here and elsewhere [J]; None is unknown.
        calls: 0, 1, or 2 where the label was asked for once more.
        left_out: characters of the material that did not fit.
        key: of rubric, judge and prompt: an equal one need not be asked for again.
        recalled: an equal prompt was judged before; nothing was spent for it now.
    """

    item: str
    system: str
    rubric: str
    status: Status
    label: str | None
    score: float | None
    reasoning: str = ""
    usage: TokenUsage = field(default_factory=TokenUsage)
    latency_s: float = 0.0
    cost_usd: float | None = None
    energy: Quantity | None = None
    calls: int = 0
    left_out: int = 0
    key: str = ""
    recalled: bool = False

    @property
    def note(self) -> str:
        """For readers of results: label, reasoning, and what was out of the ordinary."""
        odd = [] if self.status == "judged" else [self.status.replace("_", " ")]
        odd += [f"{self.left_out:,} characters were not shown to the judge"] if self.left_out else []
        head = "; ".join([*([self.label] if self.label else []), *odd])
        return f"{head}: {self.reasoning}" if self.reasoning else head


@dataclass(frozen=True, slots=True)
class JudgeSpending:
    """What judging took; part of the search footprint.

    Args:
        reading: of this machine.
        usd: what the provider charged for the calls that have a price [USD].
        remote: energy spent elsewhere [J]; None is unknown.
        calls: to the judge, those for the label alone included.
        unpriced: calls without a price, as those of a local judge.
        usage: tokens.
    """

    reading: Reading = field(default_factory=lambda: Reading(0.0, 0.0, Quantity.zero("J")))
    usd: float = 0.0
    remote: Quantity | None = field(default_factory=lambda: Quantity.zero("J"))
    calls: int = 0
    unpriced: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)

    def __add__(self, other: JudgeSpending) -> JudgeSpending:
        return JudgeSpending(
            self.reading + other.reading,
            self.usd + other.usd,
            sum_known((self.remote, other.remote), "J"),
            self.calls + other.calls,
            self.unpriced + other.unpriced,
            self.usage + other.usage,
        )

    @property
    def energy(self) -> Quantity | None:
        """Here and elsewhere [J]; None is unknown."""
        return sum_known((self.reading.energy, self.remote), "J")

    def event(self, judge: str, *, part: str = PART) -> NewEvent:
        """The `spent` event of a run, as a climb writes them; the caller appends it."""
        body = {
            "part": part,
            "candidate": judge,
            "reading": self.reading.to_json(),
            "usd": self.usd,
            "remote": None if self.remote is None else self.remote.to_json(),
            "calls": self.calls,
        }
        return NewEvent("spent", body)

    def to_json(self) -> dict[str, Any]:
        """JSON values for programs that read `--json`."""
        return {
            "calls": self.calls,
            "wall_s": self.reading.wall_s,
            "cpu_s": self.reading.cpu_s,
            "input_tokens": self.usage.input,
            "output_tokens": self.usage.output,
            "usd": self.usd,
            "calls_without_price": self.unpriced,
            "energy": None if self.energy is None else self.energy.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdicts, in the order in which they were asked for, and what they took."""

    verdicts: tuple[Verdict, ...]
    spending: JudgeSpending

    def __add__(self, other: Judged) -> Judged:
        return Judged(self.verdicts + other.verdicts, self.spending + other.spending)

    def counted(self, rubric: str) -> dict[str, int]:
        """How many verdicts of a rubric were not `judged`, by status."""
        of = Counter(one.status for one in self.verdicts if one.rubric == rubric and one.status != "judged")
        return dict(sorted(of.items()))

    @property
    def readable(self) -> bool:
        """Whether a label was read from any reply of the judge; also where none was asked for."""
        asked = [one.status for one in self.verdicts if one.status in ASKED]
        return not asked or "judged" in asked

    def warning(self, rubric: str) -> str | None:
        """What is to be said where most replies under a rubric could not be read; None otherwise."""
        asked = [one.status for one in self.verdicts if one.rubric == rubric and one.status in ASKED]
        unread = len(asked) - asked.count("judged")
        if unread * 2 <= len(asked):
            return None
        head = "no verdict could be read" if unread == len(asked) else "most verdicts could not be read"
        return f"{rubric}: {head} ({unread} of {len(asked)}): this says nothing about the answers"

    def events(self, judge: str) -> tuple[list[NewEvent], list[str]]:
        """The ledger events of this batch and the texts that they name, for `Ledger.append`.

        A verdict that was recalled, or made without a call, is no event. Nothing is spent without a `spent` event.
        """
        made = [one for one in self.verdicts if one.calls and not one.recalled]
        spent = [self.spending.event(judge)] if self.spending.calls else []
        return [*spent, *(_event(one, judge) for one in made)], [one.reasoning for one in made]


def _event(verdict: Verdict, judge: str) -> NewEvent:
    usage = verdict.usage
    body = {
        "judge": judge,
        "rubric": verdict.rubric,
        "item": verdict.item,
        "system": verdict.system,
        "status": verdict.status,
        "label": verdict.label,
        "score": verdict.score,
        "reasoning": Blobs.hash_of(verdict.reasoning),
        "usage": [usage.input, usage.output, usage.cached, usage.reasoning],
        "latency_s": verdict.latency_s,
        "usd": verdict.cost_usd,
        "energy": None if verdict.energy is None else verdict.energy.to_json(),
        "calls": verdict.calls,
        "left_out": verdict.left_out,
    }
    return NewEvent("judged", body, key=verdict.key)


def verdict_from_event(key: str, body: Mapping[str, Any], *, reasoning: str) -> Verdict:
    """The verdict of a `judged` event.

    Args:
        key: of the event.
        body: of the event.
        reasoning: the text that its hash names; empty where it was forgotten.
    """
    return Verdict(
        item=body["item"],
        system=body["system"],
        rubric=body["rubric"],
        status=body["status"],
        label=body["label"],
        score=body["score"],
        reasoning=reasoning,
        usage=TokenUsage(*body["usage"]),
        latency_s=body["latency_s"],
        cost_usd=body["usd"],
        energy=None if body["energy"] is None else Quantity.from_json(body["energy"]),
        calls=body["calls"],
        left_out=body["left_out"],
        key=key,
    )


def recalled(verdict: Verdict, *, item: str, system: str) -> Verdict:
    """A known verdict for an answer that reads the same."""
    return replace(verdict, item=item, system=system, recalled=True)
