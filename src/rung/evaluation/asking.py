"""Asking a system for responses: several requests at once, and what came in is kept whatever breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol, runtime_checkable

from rung.errors import BadInput, BadModel, RungError, Unexpected
from rung.evaluation.records import EvalItem, Response
from rung.types import Quantity

REFUSALS: Final = 5
"""So many refused requests before the first answer are a wrong setting, not hard items."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A response that was asked for.

    Args:
        response: without energy and carbon; the caller meters.
        remote: energy spent elsewhere [J]; zero for local work, None is unknown.
        called: whether a model was called for it.
    """

    response: Response
    remote: Quantity | None
    called: bool = True


@runtime_checkable
class System(Protocol):
    """What is evaluated: something that responds to items."""

    @property
    def name(self) -> str:
        """Unique in an evaluation."""
        ...

    @property
    def key(self) -> str:
        """Content hash of everything that its responses depend on, the item aside."""
        ...

    @property
    def batch_size(self) -> int:
        """How many items it likes in one call."""
        ...

    @property
    def parallel(self) -> int:
        """How many calls it takes at once."""
        ...

    def prepare(self) -> None:
        """Load what responding needs; it may be called twice."""
        ...

    def respond(self, items: Sequence[EvalItem]) -> list[Asked]:
        """A response to each item, in order.

        Raises:
            RungError: with the responses that there are as `done`; a plain `BadInput` refuses these items alone.
        """
        ...

    def close(self) -> None:
        """Free what it holds; it may be called twice."""
        ...


Arrived = Sequence[tuple[EvalItem, Asked]]


def ask(
    system: System, items: Sequence[EvalItem], arrived: Callable[[Arrived], None], *, answered: bool = False
) -> None:
    """Ask for all items, in order, `parallel` calls at once; hand over each call's responses when they come.

    A request that the system refuses is a response with an error, once anything else was answered. When a call breaks,
    or the user interrupts, those under way are awaited and handed over, and then the error is raised: they were made
    and paid.

    Args:
        system: what is asked.
        items: in the seeded order.
        arrived: called in this thread, in the order in which calls end.
        answered: whether the system is known to answer.

    Raises:
        RungError: the system does not answer, or refuses everything.
    """
    batches = iter([items[at : at + system.batch_size] for at in range(0, len(items), system.batch_size)])
    refusals = _Refusals(system.name, arrived, answered=answered)
    waiting: dict[Future[list[Asked]], Sequence[EvalItem]] = {}
    with ThreadPoolExecutor(max_workers=max(1, system.parallel)) as pool:
        try:
            while True:
                for batch in islice(batches, max(1, system.parallel) - len(waiting)):
                    waiting[pool.submit(system.respond, batch)] = batch
                if not waiting:
                    break
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    _take(future, waiting.pop(future), refusals)
        except BaseException:
            _rescue(waiting, refusals)
            raise
    refusals.end()


def _take(future: Future[list[Asked]], batch: Sequence[EvalItem], refusals: _Refusals) -> None:
    try:
        found = future.result()
    except RungError as problem:
        if problem.done:
            refusals.hand_over([(batch[at], asked) for at, asked in sorted(problem.done.items())])
        if not isinstance(problem, BadInput) or isinstance(problem, BadModel):
            raise
        refusals.add([item for at, item in enumerate(batch) if at not in problem.done], problem)
    except Exception as error:
        raise Unexpected(f"the system {refusals.system!r} broke while answering", error) from error
    else:
        refusals.hand_over(list(zip(batch, found, strict=True)))


def _rescue(waiting: dict[Future[list[Asked]], Sequence[EvalItem]], refusals: _Refusals) -> None:
    """Hand over what was under way; of calls that broke, what they brought."""
    for future in waiting:
        future.cancel()
    for future, batch in waiting.items():
        if future.cancelled():
            continue
        problem = future.exception()
        if problem is None:
            refusals.hand_over(list(zip(batch, future.result(), strict=True)))
        elif isinstance(problem, RungError) and problem.done:
            refusals.hand_over([(batch[at], asked) for at, asked in sorted(problem.done.items())])


class _Refusals:
    """Holds refused requests back until the system has answered anything."""

    def __init__(self, system: str, arrived: Callable[[Arrived], None], *, answered: bool) -> None:
        self.system = system
        self._arrived = arrived
        self._answered = answered
        self._held: list[tuple[EvalItem, BadInput]] = []

    def hand_over(self, found: Arrived) -> None:
        self._answered = self._answered or any(asked.response.error is None for _, asked in found)
        self._arrived(found)
        self._let_go()

    def add(self, items: Sequence[EvalItem], problem: BadInput) -> None:
        self._held += [(item, problem) for item in items]
        self._let_go()
        if len(self._held) >= REFUSALS:
            raise problem

    def end(self) -> None:
        if self._held:
            raise self._held[0][1]

    def _let_go(self) -> None:
        if self._answered and self._held:
            self._arrived([(item, self._as_error(item, problem)) for item, problem in self._held])
            self._held = []

    def _as_error(self, item: EvalItem, problem: BadInput) -> Asked:
        response = Response(item.id, self.system, "", error=f"refused: {problem.problem}")
        return Asked(response, Quantity.zero("J"), called=False)
