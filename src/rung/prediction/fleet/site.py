"""A region: its replicas, the line of requests before them, and what keeping them costs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rung.prediction.fleet.books import Meter
from rung.prediction.fleet.histogram import LogHistogram
from rung.prediction.fleet.replica import Job, Replica
from rung.prediction.fleet.routing import Takers
from rung.prediction.fleet.scaling import Scaler, Scaling, Seen
from rung.prediction.fleet.service import ReplicaService

BOUNDARY, STARTED, IDLE, LOOK, DUE = range(5)

Routing = Literal["spread", "pack"]

Schedule = Callable[[float, int, "Site", Replica | None, float], None]
"""When, what, where, whom, and what makes it void: the version of a plan, or the moment since which it idles."""


@dataclass(frozen=True, slots=True)
class SiteSpec:
    """A region as it is asked for.

    Args:
        name: for readers.
        service: its replicas.
        scaling: how many.
        away_s: round trip for users at home [s]; it is in every latency.
        chunk: prompt tokens read in one iteration, while others decode.
        routing: who takes the next request: the replica with the fewest inside, or (`pack`) the fullest that is below
            the target of the scaling, so that the others run empty.
    """

    name: str
    service: ReplicaService
    scaling: Scaling
    away_s: float = 0.0
    chunk: int = 2048
    routing: Routing = "spread"


class Site:
    """A region in a simulation.

    Replicas take from one line, first come, first served: an ideal router. A replica has room when its batch is not
    full and the tokens of the request, output included, fit.

    Args:
        spec: as asked.
        schedule: puts an event on the calendar.
        itl: counts the gaps between tokens.
        start_s: when the simulation begins [s].
        zero_s: when the hour begins in which that is [s].
    """

    def __init__(self, spec: SiteSpec, schedule: Schedule, itl: LogHistogram, start_s: float, zero_s: float) -> None:
        self.spec = spec
        self.meter = Meter(zero_s)
        self.queue: deque[Job] = deque()
        self.patient: deque[Job] = deque()
        self.in_system = 0
        self.area = 0.0
        self._service = spec.service
        self._schedule = schedule
        self._itl = itl
        self._start_s = self._seen_s = start_s
        self._made = 0
        self._there: list[Replica] = []
        self._up: list[Replica] = []
        pack_to = min(spec.scaling.target, spec.service.max_batch) if spec.routing == "pack" else 0
        self._takers = Takers(spec.service, pack_to)
        self._starting = 0
        self._scaler = Scaler(spec.scaling, spec.service.cold_start_s)
        self._last_area = self._service_sum = 0.0
        self._arrived = self._ended = 0
        for _ in range(spec.scaling.least):
            self._ready(self._new("up", start_s), start_s)
        if spec.scaling.looks:
            schedule(start_s + spec.scaling.interval_s, LOOK, self, None, 0)

    # -- requests ------------------------------------------------------------------------------------------------------

    def arrive(self, now: float) -> None:
        """Count a request in."""
        self.area += self.in_system * (now - self._seen_s)
        self._seen_s = now
        self.in_system += 1
        self._arrived += 1

    def leave(self, job: Job, now: float) -> None:
        """Count a request out."""
        self.area += self.in_system * (now - self._seen_s)
        self._seen_s = now
        self.in_system -= 1
        self._service_sum += now - job.admitted_s
        self._ended += 1

    def offer(self, job: Job, now: float) -> None:
        """Give a request to a replica, or put it in line."""
        if not self.queue and (replica := self._takers.for_job(job, self._up)) is not None:
            replica.admit(job, now)
            self._wake(replica, now)
            return
        self.queue.append(job)
        if self.spec.scaling.kind == "zero":
            self._start_for_line(now)

    def offer_together(self, jobs: list[Job], now: float) -> None:
        """Give requests to one replica as far as it has room, so that they make one batch.

        The others go in a line of their own, behind all that are to be answered at once; it starts one replica at most.
        """
        self.patient.extend(jobs)
        if not self.queue and (replica := self._takers.for_job(jobs[0], self._up)) is not None:
            while self.patient and self._takers.fits(replica, self.patient[0]):
                replica.admit(self.patient.popleft(), now)
            self._wake(replica, now)
        if self.spec.scaling.kind == "zero" and not self._up and not self._starting:
            self._start_for_line(now)

    def room(self) -> bool:
        """Whether some replica's batch is not full, and nobody waits."""
        if self.queue:
            return False
        top = self._takers.first()
        return top is not None and top.inside < self._service.max_batch

    def can_start(self) -> bool:
        """Whether a request without a place would start a replica here."""
        rule = self.spec.scaling
        return rule.kind == "zero" and not self.queue and len(self._there) < rule.most

    def missed(self, now: float) -> None:
        """A request went elsewhere for want of a place: one more replica, where requests start them."""
        if not self._starting and self.can_start():
            self._start(now)

    def running_beside(self) -> int | None:
        """Requests inside the replica that would take the next one; None when nothing is up or starting."""
        top = self._takers.first()
        if top is None:
            return 0 if self._starting else None
        return top.inside

    def can_ever_take(self, tokens: int) -> bool:
        """Whether so many tokens fit in an empty cache."""
        return tokens <= self._service.kv_capacity_tokens

    # -- events --------------------------------------------------------------------------------------------------------

    def boundary(self, replica: Replica, now: float) -> tuple[list[Job], list[Job]]:
        """A segment is over: who wrote the first token, and who are done. `advance` has to follow."""
        first, done = self._settle(replica)
        for job in done:
            self.leave(job, now)
        if done and replica.state == "up":
            self._takers.note(replica, self._up)
        return first, done

    def advance(self, replica: Replica, now: float) -> None:
        """Fill free places from the line, then go on, idle or switch off."""
        if self.queue or self.patient:
            self.serve_line(now, at_boundary=replica)
        if replica.inside:
            self._plan(replica, now)
            return
        replica.idle_since = now
        if replica.state == "draining":
            self._off(replica, now)
        elif self.spec.scaling.kind == "zero":
            self._schedule(now + self.spec.scaling.keep_s, IDLE, self, replica, now)

    def serve_line(self, now: float, at_boundary: Replica | None = None) -> None:
        """Give places to those who wait, in order."""
        for queue in (self.queue, self.patient):
            while queue and (replica := self._takers.for_job(queue[0], self._up)) is not None:
                replica.admit(queue.popleft(), now)
                if replica is at_boundary:
                    self._takers.note(replica, self._up)
                else:
                    self._wake(replica, now)
            if queue:
                return

    def started(self, replica: Replica, now: float) -> None:
        """A cold start is over."""
        self._starting -= 1
        self._ready(replica, now)
        self.serve_line(now)
        if not replica.inside and self.spec.scaling.kind == "zero":
            self._schedule(now + self.spec.scaling.keep_s, IDLE, self, replica, now)

    def idle(self, replica: Replica, since: float, now: float) -> None:
        """A replica was not used for as long as it is kept."""
        waits = replica.state == "up" and not replica.inside and replica.idle_since == since
        if waits and len(self._up) + self._starting > self.spec.scaling.least:
            self._up.remove(replica)
            self._off(replica, now)

    def look(self, now: float) -> None:
        """The scaling rule looks at the interval that ends."""
        self.area += self.in_system * (now - self._seen_s)
        self._seen_s = now
        step = self.spec.scaling.interval_s
        mean_s = self._service_sum / self._ended if self._ended else 0.0
        seen = Seen(now, self._arrived / step, (self.area - self._last_area) / step, mean_s)
        self._last_area, self._service_sum, self._arrived, self._ended = self.area, 0.0, 0, 0
        self._scale(self._scaler.wanted(seen), now)

    def close(self, now: float) -> None:
        """Switch all off at the end of the simulation."""
        for replica in list(self._there):
            self._off(replica, now)

    # -- replicas ------------------------------------------------------------------------------------------------------

    def _scale(self, wanted: int, now: float) -> None:
        while len(self._up) + self._starting < wanted:
            self._start(now)
        for _ in range(len(self._up) - wanted):
            replica = min(self._up, key=lambda one: (one.inside, -one.number))
            self._up.remove(replica)
            if replica.inside:
                replica.state = "draining"
            else:
                self._off(replica, now)

    def _start_for_line(self, now: float) -> None:
        rule = self.spec.scaling
        places = (len(self._up) + self._starting) * rule.target
        if self.in_system > places and len(self._there) < rule.most:
            self._start(now)

    def _start(self, now: float) -> None:
        draining = next((one for one in self._there if one.state == "draining"), None)
        if draining is not None:
            self._ready(draining, now)
            self.serve_line(now)
            return
        replica = self._new("starting", now)
        self._starting += 1
        ready_s = now + self._service.cold_start_s
        self.meter.cold(self._service.cold_start_j, now, ready_s)
        self._schedule(ready_s, STARTED, self, replica, 0)

    def _new(self, state: str, now: float) -> Replica:
        self._made += 1
        replica = Replica(self._made, self._service, chunk=self.spec.chunk, now=now)
        replica.state = "starting" if state == "starting" else "up"
        self._there.append(replica)
        self.meter.most = max(self.meter.most, len(self._there))
        return replica

    def _ready(self, replica: Replica, now: float) -> None:
        replica.state = "up"
        if not replica.inside:
            replica.idle_since = now
        self._up.append(replica)
        self._takers.note(replica, self._up)

    def _off(self, replica: Replica, now: float) -> None:
        if replica.state != "starting" and not replica.inside:
            self.meter.idle(self._service.idle_w, replica.idle_since, now)
        replica.state = "off"
        self._there.remove(replica)
        self.meter.up_s += now - replica.ordered_s

    # -- a replica's next segment --------------------------------------------------------------------------------------

    def _wake(self, replica: Replica, now: float) -> None:
        """A replica took a request in: its segment ends at the next step, or it begins one."""
        self._takers.note(replica, self._up)
        if not replica.count:
            self.meter.idle(self._service.idle_w, replica.idle_since, now)
            self._plan(replica, now)
        elif replica.planned_s >= now:  # the segment has not begun: it begins with one more
            self._plan(replica, replica.planned_s)
        elif replica.cut(now):
            # Nobody is done at a cut, so it needs no event of its own: the rest of the step is booked ahead.
            self._settle(replica)
            self._plan(replica, replica.end_s)

    def _settle(self, replica: Replica) -> tuple[list[Job], list[Job]]:
        if replica.batch:
            self._itl.add(replica.iteration_s, replica.count * replica.batch)
        first, done = replica.settle()
        decode_j, prefill_j = replica.spent_decode_j, replica.spent_prefill_j
        self.meter.segment(decode_j, prefill_j, replica.planned_s, replica.end_s, replica.batch)
        return first, done

    def _plan(self, replica: Replica, now: float) -> None:
        replica.plan(now)
        self._schedule(replica.end_s, BOUNDARY, self, replica, replica.version)
