"""Where candidates are made: artifacts built once and kept by key, answerers opened and closed."""

from __future__ import annotations

import shutil
from collections import OrderedDict
from pathlib import Path

from rung.climb.containing import blamed, candidate_at
from rung.climb.costing import Costing
from rung.climb.listener import Listener, Status
from rung.climb.spending import Purse, sum_readings
from rung.climb.standing import Standing
from rung.ledger import Ledger, NewEvent
from rung.methods import Engines
from rung.types import Answerer, Footprint, Reading
from rung.workload import Brief


class Workshop:
    """Builds and opens the candidates of one climb.

    Args:
        folder: artifacts stand in it, one folder a candidate key, whole or not at all.
        brief: what methods may see of the workload.
        engines: where models come from.
        ledger: builds are written to it.
        run: id of the run.
        purse: meters them.
        costing: for their footprints.
        listener: hears the progress of builds.
        keep_open: how many answerers stay loaded at once.
    """

    def __init__(
        self,
        folder: Path,
        *,
        brief: Brief,
        engines: Engines,
        ledger: Ledger,
        run: str,
        purse: Purse,
        costing: Costing,
        listener: Listener,
        keep_open: int = 2,
    ) -> None:
        self._folder = folder
        self._brief = brief
        self._engines = engines
        self._ledger = ledger
        self._run = run
        self._purse = purse
        self._costing = costing
        self._listener = listener
        self._keep_open = keep_open
        self._open: OrderedDict[str, Answerer] = OrderedDict()

    def artifact(self, key: str) -> Path:
        """Where the artifact of a candidate stands."""
        return self._folder / key

    def built(self, key: str) -> Footprint | None:
        """The footprint of building a candidate when that was done before, on this project's ledger; else None."""
        event = self._ledger.find("built", key)
        if event is None or not self.artifact(key).is_dir():
            return None
        return self._costing.of_reading(Reading.from_json(event.body["reading"]))

    def has(self, key: str) -> bool:
        """Whether building a candidate would find it built."""
        return self.artifact(key).is_dir() and self._ledger.find("built", key) is not None

    def built_in_this_run(self, key: str) -> bool:
        """Whether this run, in an earlier start, was the first to build a candidate."""
        event = self._ledger.find("built", key)
        return event is not None and event.run == self._run

    def build(self, standing: Standing) -> None:
        """Build a candidate, metered, unless its artifact is here already.

        A build that is cut short leaves no artifact; what it took until then is in the ledger.
        """
        known = self.built(standing.key)
        if known is not None:
            standing.built = known
            return
        self._purse.spend("overhead")
        work = self._folder / f".making-{standing.key}"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        first_seq = max((e.seq for e in self._ledger.events(run=self._run, kind="spent")), default=0)

        def progress(what: str, share: float) -> None:
            self._purse.tap("build", candidate=standing.name)
            self._listener.status(self._status(standing, what, share))

        try:
            progress("starting", 0.0)
            with blamed(candidate_at(standing.candidate, "being built")):
                standing.method.build(standing.candidate, self._brief, self._engines, work, progress)
            self._purse.spend("build", candidate=standing.name)
        except BaseException:
            self._purse.spend("build", candidate=standing.name)
            shutil.rmtree(work, ignore_errors=True)
            raise
        home = self.artifact(standing.key)
        shutil.rmtree(home, ignore_errors=True)
        work.rename(home)
        reading = sum_readings(
            Reading.from_json(event.body["reading"])
            for event in self._ledger.events(run=self._run, kind="spent")
            if event.seq > first_seq and event.body["part"] == "build"
        )
        body = {"candidate": standing.name, "reading": reading.to_json()}
        # An artifact that was deleted by hand and made again has a first build in the ledger already; that one stands.
        self._ledger.append(self._run, [NewEvent("built", body, key=standing.key)])
        standing.built = self.built(standing.key)

    def _status(self, standing: Standing, what: str, share: float) -> Status:
        energy = self._purse.energy
        return Status(
            candidate=standing.name,
            step="build",
            share_done=share,
            detail=what,
            items=0,
            of_items=self._brief.eval_size,
            mean=None,
            pass_share=0.0,
            fail_share=0.0,
            spent_j=None if energy is None else energy.value,
            spent_usd=self._purse.usd,
        )

    def answerer(self, standing: Standing) -> Answerer:
        """The loaded answerer of a built candidate; loading is metered as its own part."""
        answerer = self._open.get(standing.key)
        if answerer is None:
            self._purse.spend("overhead")
            while len(self._open) >= self._keep_open:
                self._open.popitem(last=False)[1].close()
            with blamed(candidate_at(standing.candidate, "being loaded")):
                answerer = standing.method.load(standing.candidate, self.artifact(standing.key), self._engines)
            self._purse.spend("load", candidate=standing.name)
            self._open[standing.key] = answerer
        self._open.move_to_end(standing.key)
        return answerer

    def close(self) -> None:
        """Close every open answerer."""
        while self._open:
            self._open.popitem()[1].close()
