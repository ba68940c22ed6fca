"""One candidate in words, on one page: `rung explain RUN CANDIDATE`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from difflib import get_close_matches

from rung.climb.broken import BrokenRun, Reached
from rung.climb.plan import CandidateEvidence, MetricEvidence, Plan
from rung.errors import NoSuch
from rung.report.numbers import OBJECTIVES, count, duration, figure, interval, part_of, score, score_interval, wealth
from rung.report.words import (
    DECISIONS,
    against_choice,
    break_even_sentence,
    control_warning,
    flip_sentence,
    reason,
    sentence,
    subject,
)

_WIDTH = 80


def explain(plan: Plan, candidate_name: str) -> str:
    """What a candidate is, what it scored, what it costs, and why it was or was not chosen.

    Args:
        plan: what a climb decided.
        candidate_name: its name, as the report prints it.

    Returns:
        Paragraphs of plain text, at most 80 columns wide.

    Raises:
        NoSuch: the plan has no candidate of that name; the mend names close ones.
    """
    candidate = _find(plan, candidate_name)
    sections = [
        ("", [f"{candidate.name}: {candidate.decision}, {DECISIONS[candidate.decision]}", subject(candidate)]),
        ("What it scored", _scores(candidate)),
        ("What it takes", _costs(plan, candidate)),
        (_verdict(plan, candidate), _why(plan, candidate)),
        ("When it would be another answer", _otherwise(plan, candidate)),
    ]
    return "\n\n".join(_section(title, [sentence(line) for line in lines]) for title, lines in sections if lines) + "\n"


def explain_broken(broken: BrokenRun, reached: Reached) -> str:
    """What is known of a candidate of a run that has no plan, and how the run goes on.

    Args:
        broken: the run.
        reached: how far the candidate came.

    Returns:
        Paragraphs of plain text, at most 80 columns wide.
    """
    ended = "It was cut short" if broken.problem is None else f"It ended with an error: {broken.problem}"
    mend = [] if broken.mend is None else [broken.mend]
    tried = f"{reached.items:,} evaluation items are answered and kept" if reached.items else "It was not tried yet"
    found = "no verdict yet" if reached.decision is None else f"its verdict in this run: {reached.decision}"
    sections = [
        ("", [f"{reached.name}: nothing is decided, because run {broken.run} has no plan"]),
        ("What happened", [ended]),
        ("How far it came", [f"{'Built' if reached.built else 'Not built'}; {found}", tried]),
        ("What to do", [*mend, "go on with rung climb WORKLOAD --resume; what is kept is not paid twice"]),
    ]
    return "\n\n".join(_section(title, [sentence(line) for line in lines]) for title, lines in sections) + "\n"


def _find(plan: Plan, name: str) -> CandidateEvidence:
    for candidate in plan.candidates:
        if candidate.name == name:
            return candidate
    raise no_candidate(name, [candidate.name for candidate in plan.candidates], plan.run)


def no_candidate(name: str, names: Sequence[str], run: str) -> NoSuch:
    """The error for a name that is none of a run's candidates; its mend names close ones."""
    by_lower = {n.lower(): n for n in names}
    close = [by_lower[n] for n in get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.4)]
    close += [n for n in names if name.lower() in n.lower() and n not in close][:3]
    mend = f"did you mean {' or '.join(repr(n) for n in close)}?" if close else "the report lists every candidate"
    return NoSuch(f"no candidate {name!r} in run {run}", mend=mend)


def _scores(candidate: CandidateEvidence) -> list[str]:
    if not candidate.evidence:
        return ["It was not tried, so no score is known"]
    lines: list[str] = []
    for found in candidate.evidence:
        lines += [_scored(found), _evidence(found)]
    if candidate.errors:
        lines.append(f"{candidate.errors:,} of its answers ended in an error and count as 0")
    for control in candidate.controls:
        lines.append(
            f"Control {control.control}: {score(control.mean)} against {score(control.plain_mean)} plain, "
            f"on {control.items:,} items. {control_warning(control)}"
        )
    return lines


def _scored(found: MetricEvidence) -> str:
    scored = score_interval(found.mean, found.low, found.high)
    return f"{found.metric} ({found.role}): {scored} on {found.items:,} items; {score(found.at_least)} is asked"


def _evidence(found: MetricEvidence) -> str:
    return (
        f"The evidence: someone who bet 1 at fair odds that it reaches the level would now hold "
        f"{wealth(found.log_pass_wealth)}, and {wealth(found.log_pass_at)} decides that it passes; someone who bet 1 "
        f"that it does not would hold {wealth(found.log_fail_wealth)}, and {wealth(found.log_fail_at)} decides that "
        f"it fails. So far: {found.decision}"
    )


def _costs(plan: Plan, candidate: CandidateEvidence) -> list[str]:
    how = "metered here" if candidate.origin == "metered" else "predicted, it was not run here"
    lines = [f"Figures are {how}, with low and high"]
    for name in OBJECTIVES:
        build, each, all_of_it = (
            part_of(f, name) for f in (candidate.build, candidate.per_request, candidate.lifetime)
        )
        lines.append(
            f"{name}: {interval(build)} to build, {interval(each)} per {plan.functional_unit}, "
            f"{figure(all_of_it)} for {count(plan.requests)} requests"
        )
    if candidate.origin == "metered":
        build, each = (part_of(f, plan.objective) for f in (candidate.predicted_build, candidate.predicted_per_request))
        lines.append(
            f"predicted before it was run, {plan.objective}: {interval(build)} to build, "
            f"{interval(each)} per {plan.functional_unit}"
        )
    if candidate.latency_p50_s is not None:
        tail = candidate.latency_quantile_s
        lines.append(f"latency: {duration(candidate.latency_p50_s)} median, {duration(tail)} at the tail")
    return lines


def _verdict(plan: Plan, candidate: CandidateEvidence) -> str:
    return "Why it was chosen" if candidate.name == plan.policies[0].candidate else "Why it was not chosen"


def _why(plan: Plan, candidate: CandidateEvidence) -> list[str]:
    lines = [reason(plan, candidate), against_choice(plan, candidate)]
    for policy in plan.policies:
        if policy.candidate == candidate.name:
            lines.append(f"The policy {policy.policy} chooses it: {policy.why}")
    if plan.choice is None:
        lines.append(f"Nothing was chosen in this run: {plan.policies[0].why}")
    return [line for line in lines if line]


def _otherwise(plan: Plan, candidate: CandidateEvidence) -> list[str]:
    chosen = candidate.name == plan.policies[0].candidate
    lines = [flip_sentence(plan, flip) for flip in plan.flips if chosen or flip.to == candidate.name]
    lines += [
        break_even_sentence(pair)
        for pair in plan.break_evens
        if candidate.name in (pair.cheaper_build, pair.dearer_build)
    ]
    if not lines and candidate.decision == "passed" and not chosen:
        lines.append("No volume, grid intensity or energy price was found at which it becomes the cheapest")
    return lines


def _section(title: str, lines: list[str]) -> str:
    body = [textwrap.fill(line, _WIDTH, initial_indent="  ", subsequent_indent="    ") for line in lines]
    if title:
        return "\n".join([title, *body])
    return "\n".join(textwrap.fill(line, _WIDTH) for line in lines)
