"""What the data of a workload look like, and whether they are enough to decide."""

from __future__ import annotations

import math
from collections import Counter

from rung.workload.records import Workload


def data_notes(workload: Workload) -> list[str]:
    """The size and shape of the data."""
    splits, brief = workload.splits, workload.brief()
    notes = [
        f"items: {len(splits.train)} train, {len(splits.tune)} tune, {len(splits.evaluation)} evaluation",
        f"mean length: {brief.mean_input_chars:.0f} characters in, {brief.mean_output_chars:.0f} out",
    ]
    if workload.task == "classify":
        counts = Counter(item.output for item in splits.train)
        label, fewest = min(counts.items(), key=lambda pair: (pair[1], pair[0]))
        notes.append(f"labels: {len(counts)}; the smallest class is {label!r} with {fewest} train items")
    if workload.task == "extract":
        notes.append(f"fields: {', '.join(brief.fields)}")
    if workload.knowledge:
        ids = {document.id for document in workload.knowledge}
        notes.append(f"knowledge: {len(ids)} passages")
        named = [item.source for item in splits.evaluation if item.source is not None]
        lost = sum(source not in ids for source in named)
        if lost:
            notes.append(f"{lost} of {len(named)} evaluation items name a source that is no passage")
    return notes


def bar_notes(workload: Workload) -> list[str]:
    """Whether the evaluation items are enough to decide."""
    bar, items = workload.bar, workload.splits.evaluation
    if bar.claim == "dataset" or bar.reference is not None:
        return []
    limits = [(bar.metric, bar.at_least, len(items))]
    for guard in workload.guards:
        count = sum(guard.slice is None or item.slice == guard.slice for item in items)
        if count:  # a guard about no item at all is an error, and told as one
            limits.append((guard.name, guard.at_least, count))
    notes: list[str] = []
    for name, level, count in limits:
        shown = provable_score(level, count, alpha=bar.alpha)
        if shown is None:
            least = math.ceil(math.log(bar.alpha) / math.log(level)) if level < 1 else None
            need = f"about {least} items are needed" if least else "a population is never shown to be perfect"
            notes.append(f"{name} >= {level:g}: {count} items cannot show it, even with every answer right; {need}")
        else:
            notes.append(
                f"{name} >= {level:g}: {count} items can show it for a true score of about {shown:.3f} and above"
            )
    return notes


def provable_score(level: float, count: int, *, alpha: float) -> float | None:
    """The least true score whose superiority to `level` so many items can show; None when not even 1 can be.

    With 0/1 scores, the log-wealth of the best bet against "the mean is below the level" grows by KL(score || level)
    for each item, and log(1 / alpha) is needed (Waudby-Smith and Ramdas 2024, section 4). An estimate for planning.

    Args:
        level: the score asked for, in (0, 1].
        count: items.
        alpha: chance of a false pass.
    """
    needed = -math.log(alpha) / max(count, 1)
    if level >= 1 or -math.log(level) < needed:
        return None
    low, high = level, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        rest = (1 - middle) * math.log((1 - middle) / (1 - level)) if middle < 1 else 0.0
        if middle * math.log(middle / level) + rest < needed:
            low = middle
        else:
            high = middle
    return high
