"""What the simulation counts: joules by purpose and by the hour, latencies, requests that were refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from rung.prediction.fleet.histogram import LogHistogram
from rung.prediction.fleet.replica import Job
from rung.units import S_PER_HOUR


@dataclass(slots=True)
class Meter:
    """Joules and time of one region's replicas.

    Args:
        zero_s: the moment of the simulation at which hour 0 begins [s].
        decode_j: while decoding, prompts apart [J].
        prefill_j: for prompts [J].
        idle_j: up with nothing to do [J].
        cold_j: starting [J].
        by_hour: hour -> all of these [J].
        busy_s: replicas working [s], summed over replicas.
        up_s: replicas there, from the order to the end [s], summed.
        batch_s: batch size x time, summed [s].
        starts: cold starts.
        most: most replicas there at once.
        hour: the one that was booked last; from `hour_from_s` to `hour_to_s`.
    """

    zero_s: float = 0.0
    decode_j: float = 0.0
    prefill_j: float = 0.0
    idle_j: float = 0.0
    cold_j: float = 0.0
    by_hour: dict[int, float] = field(default_factory=dict[int, float])
    busy_s: float = 0.0
    up_s: float = 0.0
    batch_s: float = 0.0
    starts: int = 0
    most: int = 0
    hour: int = 0
    hour_from_s: float = 0.0
    hour_to_s: float = 0.0

    @property
    def total_j(self) -> float:
        """Everything [J]."""
        return self.decode_j + self.prefill_j + self.idle_j + self.cold_j

    def by_the_hour(self, joules: float, start_s: float, end_s: float) -> None:
        """Book joules to the hours in which they were drawn, evenly over their time."""
        zero_s = self.zero_s
        first, last = int((start_s - zero_s) // S_PER_HOUR), int((end_s - zero_s) // S_PER_HOUR)
        if first == last:
            self.by_hour[first] = self.by_hour.get(first, 0.0) + joules
            self.hour, self.hour_from_s = first, zero_s + first * S_PER_HOUR
            self.hour_to_s = self.hour_from_s + S_PER_HOUR
            return
        rate = joules / (end_s - start_s)
        for hour in range(first, last + 1):
            from_s = zero_s + hour * S_PER_HOUR
            inside = min(end_s, from_s + S_PER_HOUR) - max(start_s, from_s)
            if inside > 0:
                self.by_hour[hour] = self.by_hour.get(hour, 0.0) + rate * inside

    def segment(self, decode_j: float, prefill_j: float, start_s: float, end_s: float, batch: int) -> None:
        """Book a segment of work."""
        took_s = end_s - start_s
        self.decode_j += decode_j
        self.prefill_j += prefill_j
        self.busy_s += took_s
        self.batch_s += batch * took_s
        if start_s >= self.hour_from_s and end_s < self.hour_to_s:  # nearly always
            self.by_hour[self.hour] += decode_j + prefill_j
        else:
            self.by_the_hour(decode_j + prefill_j, start_s, end_s)

    def idle(self, watts: float, start_s: float, end_s: float) -> None:
        """Book waiting."""
        if end_s > start_s:
            joules = watts * (end_s - start_s)
            self.idle_j += joules
            self.by_the_hour(joules, start_s, end_s)

    def cold(self, joules: float, start_s: float, end_s: float) -> None:
        """Book a cold start."""
        self.starts += 1
        self.cold_j += joules
        self.by_the_hour(joules, start_s, end_s)


@dataclass(slots=True)
class Tally:
    """What happened to the requests. Times in [s], as a user at home sees them, energy in [J].

    Args:
        ttft: arrival to first token.
        itl: gaps between tokens; every token after the first counts once.
        latency: arrival to last token.
        wait: arrival to a place in a batch.
        energy: of each request that was served.
        area: requests in the system, integrated over time.
    """

    ttft: LogHistogram = field(default_factory=LogHistogram)
    itl: LogHistogram = field(default_factory=LogHistogram)
    latency: LogHistogram = field(default_factory=LogHistogram)
    wait: LogHistogram = field(default_factory=LogHistogram)
    energy: LogHistogram = field(default_factory=LogHistogram)
    arrived: int = 0
    served: int = 0
    spilled: int = 0
    deferred: int = 0
    late: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    refused: dict[str, int] = field(default_factory=dict[str, int])
    area: float = 0.0
    most_waiting: int = 0

    def first(self, job: Job) -> None:
        """A first token; who may wait is no part of the latencies of who may not."""
        if job.due_s == _NEVER:
            self.ttft.add(job.first_s - job.arrival_s + job.away_s)
            self.wait.add(job.admitted_s - job.arrival_s)

    def done(self, job: Job, now: float) -> None:
        """A last token."""
        self.served += 1
        self.input_tokens += job.prompt
        self.output_tokens += job.output
        self.energy.add(job.energy_j)
        if job.due_s == _NEVER:
            self.latency.add(now - job.arrival_s + job.away_s)
        else:
            self.deferred += 1
            self.late += now + job.away_s > job.due_s

    def refuse(self, reason: str) -> None:
        """A request that cannot be served."""
        self.refused[reason] = self.refused.get(reason, 0) + 1


_NEVER = float("inf")
