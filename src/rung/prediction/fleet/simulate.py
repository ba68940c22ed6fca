"""The simulation: a calendar of events, arrivals from a trace, one clock. Deterministic for a trace and a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from rung.errors import BadInput
from rung.prediction.fleet.books import Tally
from rung.prediction.fleet.deferral import NOBODY, Deferral, Held
from rung.prediction.fleet.replica import Job, Replica
from rung.prediction.fleet.site import BOUNDARY, DUE, IDLE, LOOK, STARTED, Site, SiteSpec

TOO_LONG = "longer than the KV capacity of a replica"
_SAY_EVERY = 2000


class Request(NamedTuple):
    """A row of a trace: arrival [s], tokens in and out, and within how many seconds it has to be done (None: now)."""

    arrival_s: float
    prompt: int
    output: int
    within_s: float | None = None


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """What is simulated.

    Args:
        home: where requests go.
        spill: where they go when too many wait at home; None: nowhere.
        spill_queue: so many may wait at home before.
        deferral: who may wait.
        load: arrivals come so many times as fast as in the trace.
        past_hour_s: how long after a whole hour the first request comes [s]; for grids by the hour.
    """

    home: SiteSpec
    spill: SiteSpec | None = None
    spill_queue: int = 0
    deferral: Deferral = NOBODY
    load: float = 1.0
    past_hour_s: float = 0.0

    def __post_init__(self) -> None:
        if not 1e-3 <= self.load <= 1e3:
            raise BadInput(f"a load of {self.load:g} cannot be", mend="give a factor from 0.001 to 1000, e.g. 2")
        if self.spill_queue < 0:
            raise BadInput(f"{self.spill_queue} requests cannot wait", mend="give 0 or more")


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of it.

    Args:
        tally: of the requests.
        sites: home, then the region for spillover.
        start_s: the first arrival [s].
        end_s: the last token [s], or the last arrival if that is later.
        events: how many were worked off.
    """

    tally: Tally
    sites: tuple[Site, ...]
    start_s: float
    end_s: float
    events: int


def simulate(
    requests: Iterable[Request], spec: FleetSpec, progress: Callable[[int, float], None] | None = None
) -> Simulated:
    """Send the requests through the fleet.

    Args:
        requests: in order of arrival; read as they are needed, so a trace of any length fits.
        spec: the fleet.
        progress: told now and then how many have arrived, and the moment of the simulation [s].

    Raises:
        BadInput: no request at all.
    """
    arrivals = iter(requests)
    first = next(arrivals, None)
    if first is None:
        raise BadInput("there is no request to simulate", mend="give a trace with at least one usable row")
    return _Run(spec, first.arrival_s / spec.load).through(first, arrivals, progress)


class _Run:
    def __init__(self, spec: FleetSpec, start_s: float) -> None:
        self._spec = spec
        self._start_s = self._end_s = start_s
        self._events: list[tuple[float, int, int, Site, Replica | None, float]] = []
        self._number = 0
        self._tally = Tally()
        sites = [spec.home] if spec.spill is None else [spec.home, spec.spill]
        zero_s = start_s - spec.past_hour_s
        self._sites = tuple(Site(one, self._schedule, self._tally.itl, start_s, zero_s) for one in sites)
        self._home = self._sites[0]
        self._held = Held(spec.deferral, spec.home.service)

    def _schedule(self, at_s: float, kind: int, site: Site, replica: Replica | None, void: float) -> None:
        self._number += 1
        heappush(self._events, (at_s, self._number, kind, site, replica, void))

    def through(
        self, first: Request, arrivals: Iterator[Request], progress: Callable[[int, float], None] | None
    ) -> Simulated:
        """The loop: what comes first, an event or an arrival."""
        events, load, tally = self._events, self._spec.load, self._tally
        upcoming: Request | None = first
        at_s = first.arrival_s / load
        while True:
            if upcoming is None and not any(site.in_system for site in self._sites):
                break
            if events and (upcoming is None or events[0][0] <= at_s):
                now, _, kind, site, replica, void = heappop(events)
                if kind == BOUNDARY and replica is not None:
                    if replica.version == void:
                        self._boundary(site, replica, now)
                else:
                    self._other(kind, site, replica, void, now)
            elif upcoming is not None:
                self._arrive(upcoming, at_s)
                if progress is not None and tally.arrived % _SAY_EVERY == 0:
                    progress(tally.arrived, at_s)
                upcoming = next(arrivals, None)
                if upcoming is None:
                    self._close(at_s)
                else:
                    at_s = upcoming.arrival_s / load
        return self._ended()

    def _close(self, now: float) -> None:
        """The trace is over: nobody will come to fill the batch of those that are held, so they go."""
        if len(self._held):
            self._release(now)

    def _ended(self) -> Simulated:
        for site in self._sites:
            site.close(self._end_s)
        self._tally.area = self._home.area
        return Simulated(self._tally, self._sites, self._start_s, self._end_s, self._number)

    # -- arrivals ------------------------------------------------------------------------------------------------------

    def _arrive(self, request: Request, now: float) -> None:
        tally = self._tally
        tally.arrived += 1
        self._end_s = max(self._end_s, now)
        due_s = self._held.deadline(now, request.within_s)
        if not self._home.can_ever_take(request.prompt + request.output):
            tally.refuse(TOO_LONG)
        elif due_s is None:
            self._send(Job(now, request.prompt, request.output), now)
            self._top_up(now)
        else:
            self._hold(Job(now, request.prompt, request.output, due_s), now)

    def _send(self, job: Job, now: float) -> None:
        site = self._home
        if len(self._sites) > 1 and self._spills(job):
            site = self._sites[1]
            job.away_s = site.spec.away_s
            self._tally.spilled += 1
            self._home.missed(now)
        site.arrive(now)
        site.offer(job, now)
        waiting = len(site.queue)
        if waiting > self._tally.most_waiting:
            self._tally.most_waiting = waiting

    def _spills(self, job: Job) -> bool:
        home, away = self._home, self._sites[1]
        if home.room() or len(home.queue) < self._spec.spill_queue or not away.can_ever_take(job.prompt + job.output):
            return False
        return away.room() or away.can_start()

    # -- who may wait --------------------------------------------------------------------------------------------------

    def _hold(self, job: Job, now: float) -> None:
        before = self._held.due_s
        self._held.hold(job)
        if self._held.due_s != before:
            self._schedule(self._held.due_s, DUE, self._home, None, self._held.due_s)
        self._top_up(now)

    def _top_up(self, now: float) -> None:
        if len(self._held) and self._held.full(self._home.running_beside()):
            self._release(now)

    def _release(self, now: float) -> None:
        jobs = self._held.release()
        for _ in jobs:
            self._home.arrive(now)
        self._home.offer_together(jobs, now)

    # -- events --------------------------------------------------------------------------------------------------------

    def _boundary(self, site: Site, replica: Replica, now: float) -> None:
        tally = self._tally
        first, done = site.boundary(replica, now)
        for job in first:
            tally.first(job)
        if done:
            self._end_s = now
            for job in done:
                tally.done(job, now)
        site.advance(replica, now)

    def _other(self, kind: int, site: Site, replica: Replica | None, void: float, now: float) -> None:
        if kind == DUE:
            if void == self._held.due_s:
                self._release(now)
        elif kind == LOOK:
            site.look(now)
            self._schedule(now + site.spec.scaling.interval_s, LOOK, site, None, 0)
        elif replica is not None and kind == STARTED:
            site.started(replica, now)
        elif replica is not None and kind == IDLE:
            site.idle(replica, void, now)
