"""Calls besides the trials, counted as they are made: also those of a probe that breaks off."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from rung.climb.costing import NOTHING_REMOTE
from rung.climb.spending import Purse
from rung.errors import RungError
from rung.ledger import NewEvent
from rung.prediction import remote_energy
from rung.types import Answer, Answerer, Candidate, Control, Quantity, sum_known


class Paid:
    """An answerer that keeps account of what its answers took.

    Args:
        answerer: what answers.
        candidate: for its model's energy, and its name in the ledger.
    """

    def __init__(self, answerer: Answerer, candidate: Candidate) -> None:
        self._answerer = answerer
        self._candidate = candidate
        self.calls = 0
        self.usd = 0.0
        self.remote: Quantity | None = NOTHING_REMOTE

    @property
    def batch_size(self) -> int:
        """That of the answerer."""
        return self._answerer.batch_size

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        """The answers; what a batch had brought before it broke off is counted too."""
        try:
            answers = self._answerer.answer(inputs, control=control)
        except RungError as problem:
            self._count(list(problem.done.values()))
            raise
        self._count(answers)
        return answers

    def _count(self, answers: Sequence[Answer]) -> None:
        self.calls += len(answers)
        self.usd += sum(answer.cost_usd or 0.0 for answer in answers)
        energies = [remote_energy(self._candidate.model, answer.usage) for answer in answers]
        self.remote = sum_known([self.remote, *energies], "J")

    def close(self) -> None:
        """The answerer is its owner's to close."""

    @contextmanager
    def written(self, purse: Purse, part: str) -> Generator[list[NewEvent]]:
        """Ends a lap of the purse with the calls made inside, however it ends, and appends it.

        Yields:
            a list for the events that belong to the lap and are appended with it.
        """
        more: list[NewEvent] = []
        try:
            yield more
        finally:
            name = self._candidate.name
            _, spent = purse.lap(part, candidate=name, usd=self.usd, remote=self.remote, calls=self.calls)
            purse.write([spent, *more])
