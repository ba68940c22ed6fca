"""A whole evaluation: every system on every item, scored, metered and kept; it goes on where it was cut short."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from rung.errors import BadInput
from rung.evaluation.asking import Arrived, Asked, System, ask
from rung.evaluation.book import Book
from rung.evaluation.figures import DataFigures, data_figures
from rung.evaluation.formats import Dataset
from rung.evaluation.measures import metric_info, score_response, too_long
from rung.evaluation.metering import Laps
from rung.evaluation.noisy import NoiseCost, NoisySystem, noise_costs
from rung.evaluation.records import EvalItem, EvalResults, ResponseScorer, Scored
from rung.evaluation.summaries import MetricSummary, summaries
from rung.footprint import Factors
from rung.ledger import Ledger, NewEvent
from rung.stats import seeded_order
from rung.types import Footprint, Look, Meter

Heard = Callable[[str, int, int], None]
"""`heard(system, items done, of items)`; called often."""


@dataclass(frozen=True, slots=True)
class EvalSetting:
    """What an evaluation works with.

    Args:
        home: the project's folder; its ledger keeps everything.
        meter: reads this process and its children.
        factors: of the place.
        seed: of the order of the items, and of the bootstrap.
        alpha: 1 - confidence of each interval.
        figures: names of figures of the whole data set, besides the metrics (`rung.evaluation.figures`).
        heard: hears where it stands.
        waiting: called once when another process evaluates the same system, and this one waits.
        since: where its spending starts, e.g. before models were loaded; None is at its start.
    """

    home: Path
    meter: Meter
    factors: Factors
    seed: int = 0
    alpha: float = 0.05
    figures: Sequence[str] = ()
    heard: Heard = lambda system, done, of: None
    waiting: Callable[[str], None] = lambda system: None
    since: Look | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation gave.

    Args:
        run: its id in the ledger.
        results: every response with its scores, items in the seeded order.
        summaries: by system and metric.
        spent: on this start alone; part of what the search took.
        calls: responses that were asked for in this start.
        kept: responses that the ledger had before it.
        figures: of the whole data set.
        noise: what noise costs, for each system that was asked with it.
    """

    run: str
    results: EvalResults
    summaries: tuple[MetricSummary, ...]
    spent: Footprint
    calls: int
    kept: int
    figures: DataFigures = field(default_factory=DataFigures)
    noise: tuple[NoiseCost, ...] = ()


def evaluate(
    dataset: Dataset, systems: Sequence[System], by: Sequence[ResponseScorer], setting: EvalSetting
) -> Evaluated:
    """Evaluate systems on a data set.

    Items are asked in the seeded order, and scores are committed in it, whatever order the responses come in. Each
    response is in the ledger as soon as it came, so that one that was paid is never asked for again.

    Raises:
        BadInput: no system or metric, or two systems with one name.
        RungError: a system does not answer; what came until then is kept, and the next start goes on from there.
    """
    _refuse_nothing(systems, [*by, *setting.figures])
    order = seeded_order([item.id for item in dataset.items], setting.seed)
    items = [dataset.items[at] for at in order]
    run = _run_id()
    with Ledger(setting.home / "ledger.db") as ledger:
        laps = Laps(setting.meter, setting.factors, since=setting.since)
        ledger.append(run, [NewEvent("evaluation", _start(dataset, systems, by, setting))])
        scored: dict[str, Mapping[str, Scored]] = {}
        kept = 0
        for system in systems:
            with _alone(setting, system):
                work = _Work(ledger, run, system, items, by, laps, setting.heard)
                kept += work.run()
                scored[system.name] = work.scored()
        metrics = tuple(metric_info(one) for one in by)
        results = EvalResults(dataset.name, setting.seed, tuple(items), metrics, scored)
        found = summaries(results, alpha=setting.alpha)
        figures = data_figures(results, setting.figures, alpha=setting.alpha)
        noise = noise_costs(results, [one for one in systems if isinstance(one, NoisySystem)], alpha=setting.alpha)
        end = {
            "summaries": [one.to_json() for one in found],
            "figures": [one.to_json() for one in figures.figures],
            "noise": [one.to_json() for one in noise],
            "calls": laps.calls,
            "kept": kept,
        }
        ledger.append(run, [laps.overhead(), NewEvent("results", end)])
    return Evaluated(run, results, found, laps.total, laps.calls, kept, figures, noise)


class _Work:
    """One system's part of an evaluation."""

    def __init__(
        self,
        ledger: Ledger,
        run: str,
        system: System,
        items: Sequence[EvalItem],
        by: Sequence[ResponseScorer],
        laps: Laps,
        heard: Heard,
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._system = system
        self._items = items
        self._by = by
        self._laps = laps
        self._heard = heard
        self._book = Book(ledger, run, system.name, system.key)
        self._committed = 0
        self._arrived = 0

    def run(self) -> int:
        """Ask for what the ledger lacks, and score everything; how many responses it had."""
        missing = [item for item in self._items if self._book.response(item) is None]
        self._arrived = kept = len(self._items) - len(missing)
        if missing:
            try:
                self._system.prepare()
                # Loading is nobody's share.
                self._ledger.append(self._run, [self._laps.overhead()])
                ask(self._system, missing, self._keep, answered=self._book.answered)
            finally:
                self._system.close()
        self._commit()
        return kept

    def scored(self) -> dict[str, Scored]:
        """Every item's response with its scores, in order."""
        return {item.id: self._book.scored(item, self._by)[0] for item in self._items}

    def _keep(self, arrived: Arrived) -> None:
        """Append responses, with what they took: all of it or nothing."""
        paid, spent = self._laps.responses(self._system.name, [_bounded(asked) for _, asked in arrived])
        events, texts = [spent], list[str]()
        for (item, _), one in zip(arrived, paid, strict=True):
            event, more = self._book.event_of(item, one.response, one.body)
            events.append(event)
            texts += more
        self._ledger.append(self._run, events, texts=texts)
        self._arrived += len(arrived)
        self._heard(self._system.name, self._arrived, len(self._items))
        self._commit()

    def _commit(self) -> None:
        """Score what is next in the seeded order, as far as responses reach without a gap."""
        events = list(self._next_scores())
        if events:
            self._ledger.append(self._run, events)

    def _next_scores(self) -> Iterator[NewEvent]:
        while self._committed < len(self._items):
            item = self._items[self._committed]
            if self._book.response(item) is None:
                return
            known, lacking = self._book.scored(item, self._by)
            if lacking:
                yield self._book.score_event(item, lacking, score_response(known.response, item, lacking))
            self._committed += 1


def _bounded(asked: Asked) -> Asked:
    """A response that is too long to be scored is one with an error."""
    response = asked.response
    why = None if response.error is not None else too_long(response.text)
    return asked if why is None else replace(asked, response=replace(response, error=why))


@contextmanager
def _alone(setting: EvalSetting, system: System) -> Generator[None]:
    """Hold a system's lock: a second evaluation of it waits, and then finds its responses in the ledger."""
    setting.home.mkdir(parents=True, exist_ok=True)
    with (setting.home / f"eval-{system.key[:16]}.lock").open("a") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                setting.waiting(system.name)
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _refuse_nothing(systems: Sequence[System], metrics: Sequence[object]) -> None:
    if not systems:
        raise BadInput(
            "there is nothing to evaluate: the data hold no responses, and no model is named",
            mend="name a model, an endpoint, a command or a knowledge folder, or give data with responses",
        )
    if not metrics:
        raise BadInput("no metric is named", mend="name one, e.g. --metric exact_match")
    names = [system.name for system in systems]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"two systems are called {twice[0]!r}", mend="give them names of their own")


def _start(
    dataset: Dataset, systems: Sequence[System], by: Sequence[ResponseScorer], setting: EvalSetting
) -> dict[str, object]:
    return {
        "name": dataset.name,
        "items": len(dataset.items),
        "systems": {system.name: system.key for system in systems},
        "metrics": [*(one.name for one in by), *setting.figures],
        "seed": setting.seed,
        "meter": setting.meter.describe,
        "factors": {factor.name: factor.quantity.to_json() for factor in setting.factors.used()},
    }


def _run_id() -> str:
    return f"eval-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
