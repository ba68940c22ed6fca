"""What makes a candidate, an evaluation set and a run itself: the hashes that trials, grants and resumes go by."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import UTC, datetime

from rung import __version__
from rung.climb.trials import item_hash
from rung.ledger import Event, Ledger
from rung.types import Item, content_hash
from rung.workload import Brief, Workload


def material_of(brief: Brief) -> str:
    """Hash of everything that a method may learn from: items, knowledge, instruction, seed; and of rung's version."""
    return content_hash(
        [
            __version__,
            brief.task,
            brief.instruction,
            brief.max_output_tokens,
            brief.seed,
            [[i.input, i.references, i.source] for i in brief.train],
            [[i.input, i.references, i.source] for i in brief.tune],
            [[d.id, d.text] for d in brief.knowledge],
        ]
    )


def evaluation_key(items: tuple[Item, ...], metric: str) -> str:
    """What a share of alpha is spent on: a set of evaluation items, in any order, under one metric.

    The level of the bar is not part of it: in one seeded order the pass wealth falls as the level rises, so that
    all levels share one error (a confidence sequence).
    """
    return content_hash([metric, sorted(item_hash(item) for item in items)])


def workload_key(workload: Workload) -> str:
    """Hash of what a run decides, for finding an unfinished run of the same workload."""
    return content_hash(
        [
            workload.name,
            material_of(workload.brief()),
            evaluation_key(workload.splits.evaluation, workload.bar.metric),
            asdict(workload.bar),
            [asdict(guard) for guard in workload.guards],
            None if workload.slo is None else asdict(workload.slo),
            asdict(workload.volume),
            workload.objective,
            asdict(workload.place),
            [asdict(model) for model in workload.models],
            workload.methods,
            {name: dict(settings) for name, settings in workload.options.items()},
        ]
    )


def new_run_id() -> str:
    """A run id that sorts by time: `20260131-235959-ab12`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def unfinished_run(ledger: Ledger, key: str) -> Event | None:
    """The start of the newest run of this workload that has not finished, or None."""
    finished = {event.run for event in ledger.events(kind="planned") if event.body["finished"]}
    starts = [event for event in ledger.events(kind="started") if event.body["workload_key"] == key]
    return next((event for event in reversed(starts) if event.run not in finished), None)
