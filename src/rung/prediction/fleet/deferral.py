"""Requests that may wait: held until they fill a batch, or until the first of them has to go."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final

from rung.errors import BadInput
from rung.prediction.fleet.replica import Job
from rung.prediction.fleet.service import ReplicaService, best_batch

CAUTION = 2.0
"""A batch is taken to need so many times its mean: outputs are not known before."""

COLD_SHARE = 0.1
"""Where nothing is up, those held start a replica when its cold start is at most so much of their own joules."""

_FIRST_OUTPUT = 256


@dataclass(frozen=True, slots=True)
class Deferral:
    """Which requests may wait, and how long.

    Args:
        share: of the requests, drawn by the seed; those that bring a deadline of their own are deferrable anyway.
        deadline_s: from arrival to the last token [s].
        seed: of the draw.
        batch: held requests plus running ones that are sent off together; None is the batch of least J per token.

    Raises:
        BadInput: a number that cannot be.
    """

    share: float = 0.0
    deadline_s: float = 0.0
    seed: int = 0
    batch: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise BadInput(f"a share of {self.share:g} of the requests cannot wait", mend="give 0 to 1")
        if self.share > 0 and not 0 < self.deadline_s < 1e9:
            raise BadInput(f"a deadline of {self.deadline_s:g} s cannot be", mend="give a positive one, e.g. 10m")


NOBODY: Final = Deferral()
"""All are answered at once."""


class Held:
    """The line of those that may wait.

    Args:
        deferral: the rule.
        service: of the replicas at home: it says the best batch and how long one takes.

    Attributes:
        due_s: the latest moment at which they have to go [s]; infinite while nobody is held.
    """

    def __init__(self, deferral: Deferral, service: ReplicaService) -> None:
        self._rule = deferral
        self._service = service
        self._draw = random.Random(deferral.seed).random
        self._jobs: list[Job] = []
        self._outputs = self._prompts = 0
        self._seen = 0
        self._first_s = self.due_s = math.inf
        self._batch = deferral.batch or best_batch(service, _FIRST_OUTPUT)

    def deadline(self, arrival_s: float, own_s: float | None) -> float | None:
        """By when a request has to be done [s], its own deadline first; None: at once."""
        drawn = self._rule.share > 0 and self._draw() < self._rule.share
        within = own_s if own_s is not None else self._rule.deadline_s if drawn else None
        return None if within is None else arrival_s + within

    def hold(self, job: Job) -> None:
        """Keep a request. They have to go when the slack of the first is what their batches take on one replica."""
        self._jobs.append(job)
        self._seen += 1
        self._outputs += job.output
        self._prompts += job.prompt
        self._first_s = min(self._first_s, job.due_s)
        batches = math.ceil(len(self._jobs) / self._batch)
        takes_s = CAUTION * batches * self._takes_s() + self._service.cold_start_s
        self.due_s = max(job.arrival_s, self._first_s - takes_s)

    def full(self, running: int | None) -> bool:
        """Whether those held, with those `running` where they would go, are a good batch; None: nothing is up."""
        held = len(self._jobs)
        if not held:
            return False
        if running is None:
            return held >= self._batch and self._service.cold_start_j <= COLD_SHARE * held * self._request_j()
        return held + running >= self._batch

    def release(self) -> list[Job]:
        """Everyone that is held, in order of arrival."""
        jobs, self._jobs = self._jobs, []
        self._first_s = self.due_s = math.inf
        return jobs

    def __len__(self) -> int:
        return len(self._jobs)

    def _takes_s(self) -> float:
        """A full batch of mean requests, from the first prompt to the last token [s]."""
        prompt, output = self._mean()
        step = self._service.step_s(self._batch, prompt + output / 2)
        return self._batch * self._service.prefill_s(prompt) + output * step

    def _request_j(self) -> float:
        """A mean request in a full batch [J]."""
        prompt, output = self._mean()
        step_j = self._service.step_s(self._batch, prompt + output / 2) * self._service.decode_w(self._batch)
        return self._service.prefill_s(prompt) * self._service.prefill_w + output * step_j / self._batch

    def _mean(self) -> tuple[int, float]:
        return max(1, round(self._prompts / self._seen)), self._outputs / self._seen
