"""Sentences about a plan: the choice, where it flips, why a candidate was not chosen."""

from __future__ import annotations

from typing import Final

from rung.climb.plan import BreakEven, CandidateEvidence, ControlEvidence, Flip, MetricEvidence, Plan
from rung.report.numbers import count, digits, middle, parameters, part_of, probability, score, score_interval, times
from rung.types import Rung

SYMBOLS: Final = {"passed": "✓", "failed": "✗", "inconclusive": "?", "skipped": "–", "untried": "·"}

DECISIONS: Final = {
    "passed": "meets the bar and every guard",
    "failed": "does not meet the bar or a guard",
    "inconclusive": "not decided by the evidence so far",
    "skipped": "left aside, because trying it could not pay",
    "untried": "its turn did not come",
}

# Closer than this, a control run is called as good as the plain one: it is about the noise of some tens of items.
_AS_GOOD = 0.05


def sentence(text: str) -> str:
    """A text with a capital and one full stop, however it came; a name at its start, like `lora(m)`, stays as it is."""
    body = text.strip().rstrip(".")
    first = body.split(maxsplit=1)[0] if body else ""
    if first.rstrip(":,").isalpha():
        body = body[0].upper() + body[1:]
    return f"{body}." if body else ""


def headline(plan: Plan) -> str:
    """The choice in a sentence."""
    opening = "Nothing is chosen." if plan.choice is None else f"Run {plan.choice.name}."
    return f"{opening} {sentence(plan.policies[0].why)}"


def chance(plan: Plan) -> str:
    """P(the choice is cheapest) in a sentence; empty without a choice."""
    if plan.choice is None:
        return ""
    if plan.p_cheapest is None:
        return "How likely it is to be the cheapest that may meet the bar is unknown."
    return (
        f"P(it is the cheapest of those that were not refused) is {probability(plan.p_cheapest)}, "
        "with all candidates under the same grid, power and price."
    )


def volume(plan: Plan) -> str:
    """The lifetime in words, e.g. `3.65 million requests in 365 days`."""
    return f"{count(plan.requests)} requests in {count(plan.lifetime_days)} days"


def flip_sentence(plan: Plan, flip: Flip) -> str:
    """Where the choice changes; a candidate that was not decided would still have to meet the bar."""
    if flip.unit == "requests":
        where = f"{flip.direction.capitalize()} {count(flip.at)} requests (now {count(flip.now)})"
    else:
        level = f"{flip.direction} {digits(flip.at)} {flip.unit} (now {digits(flip.now)})"
        where = f"Where the {flip.driver} is {level}"
    other = next((c for c in plan.candidates if c.name == flip.to), None)
    if other is not None and other.decision != "passed":
        return f"{where}, {flip.to} would be cheaper, if it met the bar; that was not decided."
    return f"{where}, {flip.to} becomes the cheapest that passed."


def break_even_sentence(pair: BreakEven) -> str:
    """When a dearer build has repaid itself."""
    if pair.requests is None:
        return f"{pair.dearer_build} never repays its build against {pair.cheaper_build}."
    return (
        f"{pair.dearer_build} has repaid its build against {pair.cheaper_build} after {count(pair.requests)} requests."
    )


def decision_label(candidate: CandidateEvidence) -> str:
    """A symbol and a word, e.g. `✓ passed`."""
    return f"{SYMBOLS[candidate.decision]} {candidate.decision}"


def bar_evidence(candidate: CandidateEvidence) -> MetricEvidence | None:
    """The evidence on the bar; None when it was not tried."""
    return next((e for e in candidate.evidence if e.role == "bar"), None)


def scored(candidate: CandidateEvidence) -> str:
    """The score on the bar with its interval, or `not tried`."""
    found = bar_evidence(candidate)
    return "not tried" if found is None else score_interval(found.mean, found.low, found.high)


def bar_of(plan: Plan) -> MetricEvidence | None:
    """A record that holds the bar's metric and level; None when nothing was tried."""
    return next((e for c in plan.candidates for e in c.evidence if e.role == "bar"), None)


def reason(plan: Plan, candidate: CandidateEvidence) -> str:
    """Why it is the choice, or why not."""
    if candidate.name == plan.policies[0].candidate:
        return f"Chosen: {plan.policies[0].why.rstrip('.')}"
    if candidate.rejection is not None:
        return candidate.rejection.sentence()
    return DECISIONS[candidate.decision]


def against_choice(plan: Plan, candidate: CandidateEvidence) -> str:
    """What it takes over the lifetime, beside the choice; empty without a choice."""
    choice = plan.choice
    if choice is None or candidate.name == choice.name:
        return ""
    mine, theirs = part_of(candidate.lifetime, plan.objective), part_of(choice.lifetime, plan.objective)
    if mine is None:
        return f"What it takes over {count(plan.requests)} requests is unknown; {choice.name} takes {middle(theirs)}."
    said = f"Over {count(plan.requests)} requests it takes {middle(mine)}, against {middle(theirs)} for {choice.name}"
    if theirs is None:
        return f"{said}."
    if mine.value > theirs.value:
        ratio = times(mine.value, theirs.value)
        return f"{said}: {ratio}." if ratio else f"{said}."
    return f"{said}: it would be cheaper."


def is_bigger(plan: Plan, candidate: CandidateEvidence) -> bool:
    """Whether it has a bigger model or a higher rung than the choice; without a choice, every candidate has."""
    choice = plan.choice
    if choice is None:
        return True
    if candidate.name == choice.name:
        return False
    higher = _height(candidate.rung) > _height(choice.rung)
    larger = candidate.model is not None and (
        choice.model is None or (candidate.parameters or 0) > (choice.parameters or 0)
    )
    return higher or larger


def why_not_bigger(plan: Plan, candidate: CandidateEvidence) -> str:
    """The answer to "why not this one?", in plain words that can be forwarded."""
    needed = bar_evidence(candidate)
    asked = "" if needed is None else f" of {score(needed.at_least)}"
    tried = f"{scored(candidate)} on {count(candidate.items)} items"
    opening = {
        "passed": f"It meets the bar{asked} too ({tried}).",
        "failed": f"It does not meet what is asked ({tried}; the bar is{asked.removeprefix(' of')}).",
        "inconclusive": f"It is not known whether it meets the bar{asked} ({tried}).",
        "skipped": "It was not tried, because even if it met the bar, it could not be the choice.",
        "untried": "It was not tried: the decision was made, or the climb stopped, before its turn.",
    }[candidate.decision]
    sentences = [opening, against_choice(plan, candidate)]
    sentences += [flip_sentence(plan, flip) for flip in plan.flips if flip.to == candidate.name]
    return " ".join(sentence for sentence in sentences if sentence)


def subject(candidate: CandidateEvidence) -> str:
    """What a candidate is, e.g. `rag on rung-4m (3.9M parameters), rung rag`."""
    model = "no generative model" if candidate.model is None else f"model {candidate.model}"
    if candidate.parameters is not None:
        model += f" ({parameters(candidate.parameters)} parameters)"
    return f"rung {candidate.rung}, method {candidate.method}, {model}"


def control_warning(control: ControlEvidence) -> str:
    """What a control run warns of; empty when it does not."""
    if control.mean < control.plain_mean - _AS_GOOD:
        return ""
    if control.control == "closed-book":
        return "Answers are as good without the knowledge: they may be recalled, and miss a change of it."
    if control.control == "wrong-context":
        return "Answers are as good with wrong documents: they do not rest on what was retrieved."
    return "As good as the plain run."


def _height(rung: str) -> int:
    heights = {step.value: step.height for step in Rung}
    return heights.get(rung, 0)
