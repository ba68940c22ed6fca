"""A replica between changes of its batch: segments of equal steps, so that a thousand tokens are one event.

An iteration of the engine decodes one token for each request of the batch and reads up to `chunk` prompt tokens. While
neither joins nor leaves a request, iterations are alike, and a *segment* of them is planned at once. A request finishes
at a step that is known when it joins, so the batch is a heap by that step: an event costs O(log batch).

The context grows within a segment; the step time is taken at its middle, which is exact in sum where time is a straight
line of context. A segment ends at the latest when the mean context has grown by a quarter (at least 64 steps).
"""

from __future__ import annotations

import math
from collections import deque
from heapq import heappop, heappush
from typing import Final, Literal

from rung.prediction.fleet.service import ReplicaService

State = Literal["starting", "up", "draining", "off"]

WHOLE: Final = 1 << 60
"""As `chunk`: prompts are read whole, and decoding waits for them."""


class Job:
    """A request on its way.

    Args:
        arrival_s: when it came [s].
        prompt: tokens to read.
        output: tokens to write, at least 1.
        due_s: when it has to be done [s]; infinite when it is answered at once.
        away_s: the round trip to a region that is not home [s].
    """

    __slots__ = (
        "admitted_s",
        "arrival_s",
        "away_s",
        "due_s",
        "energy_j",
        "first_s",
        "left",
        "output",
        "prompt",
        "s_per_token",
        "share_0",
    )

    def __init__(self, arrival_s: float, prompt: int, output: int, due_s: float = math.inf, away_s: float = 0.0):
        self.arrival_s = arrival_s
        self.prompt = prompt
        self.output = output
        self.due_s = due_s
        self.away_s = away_s
        self.left = prompt
        self.s_per_token = 0.0
        self.energy_j = 0.0
        self.share_0 = 0.0
        self.admitted_s = 0.0
        self.first_s = 0.0


class Replica:
    """The engine of one replica. Times are moments of the simulation [s], energy is in [J].

    Attributes:
        inside: requests admitted and not done.
        kv: tokens that they reserve.
        iteration_s: time of an iteration of the segment planned last: the gap between tokens.
        count: iterations of the planned segment; 0 while nothing is planned.
        planned_s: when it begins.
        end_s: when it ends.
        version: an event of an older plan is void.
        batch: requests that decode in the segment.
        spent_decode_j: of the segment that was settled last, for decoding; `spent_prefill_j` for prompts.
    """

    __slots__ = (
        "_chunk",
        "_decode_w",
        "_pieces",
        "_prefill_s",
        "_prefill_w",
        "_share_j",
        "_step_j",
        "_step_s",
        "_steps",
        "batch",
        "context",
        "count",
        "decoding",
        "end_s",
        "idle_since",
        "inside",
        "iteration_s",
        "kv",
        "number",
        "ordered_s",
        "planned_s",
        "prefills",
        "spent_decode_j",
        "spent_prefill_j",
        "state",
        "version",
    )

    def __init__(self, number: int, service: ReplicaService, *, chunk: int, now: float) -> None:
        self.number = number
        self.state: State = "up"
        self.ordered_s = now
        self.idle_since = now
        self.inside = self.kv = self.count = self.version = self.batch = self.context = 0
        self.end_s = now
        self.decoding: list[tuple[int, int, Job]] = []
        self.prefills: deque[Job] = deque()
        self.spent_decode_j = self.spent_prefill_j = 0.0
        # Bound once: they are called for every segment.
        self._step_s, self._decode_w, self._prefill_s = service.step_s, service.decode_w, service.prefill_s
        self._prefill_w = service.prefill_w
        self._chunk = chunk
        self._steps = 0
        self._share_j = self.planned_s = self.iteration_s = self._step_j = 0.0
        self._pieces: tuple[tuple[Job, int], ...] = ()

    # -- joining -------------------------------------------------------------------------------------------------------

    def admit(self, job: Job, now: float) -> None:
        """Take a request in; `plan` or `cut` has to follow."""
        job.admitted_s = now
        job.s_per_token = self._prefill_s(job.prompt) / job.prompt
        self.inside += 1
        self.kv += job.prompt + job.output
        self.prefills.append(job)

    def cut(self, now: float) -> bool:
        """End a decoding segment at its next step, so that who came can join; False when it ends no earlier."""
        if self.count < 2 or self._pieces or not self.iteration_s:
            return False
        count = max(1, math.ceil((now - self.planned_s) / self.iteration_s))
        if count >= self.count:
            return False
        self.count = count
        self.end_s = self.planned_s + count * self.iteration_s
        return True

    # -- a segment -----------------------------------------------------------------------------------------------------

    def plan(self, now: float) -> None:
        """Plan the next segment; there must be a request inside."""
        batch = self.batch = len(self.decoding)
        extra = 0.0
        count = 1
        if self.prefills:
            count, extra = self._plan_prompts(batch)
        else:
            self._pieces = ()
            count = max(64, self.context // (4 * batch))
        step = 0.0
        if batch:
            ahead = self.decoding[0][0] - self._steps
            if ahead < count:
                count = ahead
            step = self._step_s(batch, self.context / batch + (count - 1) / 2)
            self._step_j = step * self._decode_w(batch)
        self.count = count
        self.planned_s = now
        self.iteration_s = step + extra
        self.end_s = now + count * self.iteration_s
        self.version += 1

    def _plan_prompts(self, batch: int) -> tuple[int, float]:
        """Iterations, and the time that prompts take of each [s]: whole chunks of the first, or what fits in one."""
        head = self.prefills[0]
        chunk = self._chunk
        if batch and head.left > chunk:
            self._pieces = ((head, chunk),)
            return (head.left - 1) // chunk, chunk * head.s_per_token
        room = chunk - head.left
        if room <= 0 or len(self.prefills) == 1:
            self._pieces = ((head, head.left),)
            return 1, head.left * head.s_per_token
        pieces: list[tuple[Job, int]] = []
        room = chunk
        for job in self.prefills:
            if job.left > room:
                break
            pieces.append((job, job.left))
            room -= job.left
        self._pieces = tuple(pieces)
        return 1, sum(job.s_per_token * tokens for job, tokens in pieces)

    def settle(self) -> tuple[list[Job], list[Job]]:
        """End the segment: energy to those who caused it; who wrote their first token, and who are done.

        Energy of decoding is shared equally by those who decode (each gets a token), energy of a prompt is its own.
        """
        count, batch = self.count, self.batch
        self.count = 0
        self.spent_decode_j = self.spent_prefill_j = 0.0
        done: list[Job] = []
        if batch:
            self._steps += count
            self.context += count * batch
            spent = self.spent_decode_j = count * self._step_j
            self._share_j += spent / batch
            decoding = self.decoding
            while decoding and decoding[0][0] <= self._steps:
                job = heappop(decoding)[2]
                self.context -= job.prompt + job.output
                self._leave(job)
                job.energy_j += self._share_j - job.share_0
                done.append(job)
            if not decoding:
                self._share_j = 0.0
        if not self._pieces:
            return _NONE, done
        return self._settle_prompts(count, done), done

    def _settle_prompts(self, count: int, done: list[Job]) -> list[Job]:
        first: list[Job] = []
        watts = self._prefill_w
        for job, tokens in self._pieces:
            spent = count * tokens * job.s_per_token * watts
            self.spent_prefill_j += spent
            job.energy_j += spent
            job.left -= count * tokens
            if job.left:
                continue
            self.prefills.popleft()
            job.first_s = self.end_s
            first.append(job)
            if job.output == 1:
                self._leave(job)
                done.append(job)
            else:
                job.share_0 = self._share_j
                self.context += job.prompt + 1
                heappush(self.decoding, (self._steps + job.output - 1, self._tick(), job))
        return first

    def _tick(self) -> int:
        self.version += 1
        return self.version

    def _leave(self, job: Job) -> None:
        self.inside -= 1
        self.kv -= job.prompt + job.output


_NONE: list[Job] = []
