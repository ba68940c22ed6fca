"""`rung.track`: what a step of a program used, in the ledger.

    with rung.track("training"):
        ...

Steps nest: a step's own part is what was used while no step inside it ran; own parts sum to the whole. Time is cut
into laps at each beginning and end of a step, in any thread. A lap's energy goes to the innermost steps that are open:
each gets the CPU time of its thread, and an equal share of the rest (children, accelerators, threads without a step).
So what all steps get is exactly what the meter saw while any was open.

A process that was started while a step was open is in that step already. Steps in it are metered, but not written.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

from rung.accounting.steps import Step, refuse_name
from rung.errors import BadLedger
from rung.types import Quantity, Reading

if TYPE_CHECKING:
    from rung.types import Look, Meter

Function = TypeVar("Function", bound=Callable[..., Any])

FLUSH_AFTER_S: Final = 5.0
FLUSH_AFTER_EVENTS: Final = 256
MOST_WAITING: Final = 10_000
TRACKED_BY: Final = "RUNG_TRACKED_BY"
"""Set in the environment while a step is open: whose step a child process is part of."""


class Tracker:
    """Cuts time into laps, shares them among open steps, and writes ended steps to a ledger.

    Args:
        meter: reads this process and its descendants.
        ledger: path of the ledger file.
        owner: team, cost centre and environment, copied into each event.
    """

    def __init__(self, meter: Meter, ledger: Path, *, owner: dict[str, str | None] | None = None) -> None:
        self._meter = meter
        self._ledger = ledger
        self._owner = owner or {}
        self._lock = threading.RLock()
        self._open: dict[int, Step] = {}
        self._last: Look | None = None
        self._clocks: dict[int, int] = {}
        self._waiting: list[Step] = []
        self._flushed = time.monotonic()
        self._part_of_another = os.environ.get(TRACKED_BY, "") not in ("", str(os.getpid()))

    def begin(self, name: str, parent: Step | None) -> Step:
        """Open a step inside another."""
        with self._lock:
            self._cut()
            path = name if parent is None else f"{parent.path}/{name}"
            step = Step(path, parent, _thread_clock(), self._meter, self._lock)
            if parent is not None:
                parent.open_children += 1
            if not self._open and not self._part_of_another:
                os.environ[TRACKED_BY] = str(os.getpid())
            self._open[id(step)] = step
            if step.clock is not None:
                self._clocks[step.clock] = time.clock_gettime_ns(step.clock)
            return step

    def end(self, step: Step) -> None:
        """Close a step, and put its own part down for the ledger."""
        with self._lock:
            if id(step) not in self._open:
                return  # opened before a fork, in the parent
            self._cut()
            del self._open[id(step)]
            if step.parent is not None:
                step.parent.open_children -= 1
                step.parent.holds(step)
            if not self._open:
                self._last = None
                self._clocks = {}
                if not self._part_of_another:
                    os.environ.pop(TRACKED_BY, None)
            if not self._part_of_another:
                self._waiting.append(step)
            due = time.monotonic() - self._flushed > FLUSH_AFTER_S
        if due or len(self._waiting) >= FLUSH_AFTER_EVENTS:
            self.flush()

    def flush(self) -> None:
        """Write what waits; called every few seconds, and when the program ends.

        A ledger that cannot be written must not end the program that is metered: it warns, and tries again later.
        """
        with self._lock:
            self._flushed = time.monotonic()
            if not self._waiting:
                return
            from rung.ledger import Ledger, NewEvent

            events = [NewEvent("spent", _body(step)) for step in self._waiting]
            try:
                with Ledger(self._ledger, owner=self._owner) as ledger:
                    ledger.append("", events)
            except BadLedger as problem:
                warnings.warn(f"rung.track: {problem.problem}; {problem.mend}", RuntimeWarning, stacklevel=2)
                del self._waiting[:-MOST_WAITING]
            else:
                self._waiting = []

    def _cut(self) -> None:
        """End the lap that runs, and share it among the innermost open steps."""
        now = self._meter.look()
        last, self._last = self._last, now
        innermost = [step for step in self._open.values() if step.open_children == 0]
        if last is None or not innermost:
            return
        if len(innermost) == 1:
            if innermost[0].clock is not None:
                self._since(innermost[0].clock)  # a lap that is shared later begins here
            innermost[0].lap(last, now, 1.0)
            return
        cpu_s = self._meter.between(last, now).cpu_s
        for step, share in zip(innermost, self._shares(innermost, cpu_s), strict=True):
            step.lap(last, now, share)

    def _shares(self, steps: list[Step], cpu_s: float) -> list[float]:
        """Shares that sum to 1: the thread's CPU time, and an equal part of the rest."""
        used = {clock: self._since(clock) for clock in {step.clock for step in steps} if clock is not None}
        sharing = {clock: sum(step.clock == clock for step in steps) for clock in used}
        own = [0.0 if step.clock is None else used[step.clock] / sharing[step.clock] for step in steps]
        rest = max(cpu_s - sum(own), 0.0) / len(steps)
        whole = sum(own) + rest * len(steps)
        return [(mine + rest) / whole if whole > 0 else 1 / len(steps) for mine in own]

    def _since(self, clock: int) -> float:
        try:
            now = time.clock_gettime_ns(clock)
        except OSError:  # the thread has ended with its step open
            return 0.0
        before, self._clocks[clock] = self._clocks.get(clock, now), now
        return (now - before) * 1e-9

    def after_fork(self) -> None:
        """In a child process: what waits and what is open are the parent's."""
        self._lock = threading.RLock()
        self._part_of_another = self._part_of_another or bool(self._open)
        self._waiting, self._open, self._last, self._clocks = [], {}, None, {}


def _body(step: Step) -> dict[str, Any]:
    """A `spent` event, as a climb writes it; the part is the path of the step."""
    return {
        "part": step.path,
        "candidate": None,
        "reading": step.own.to_json(),
        "usd": 0.0,
        "remote": Quantity.zero("J").to_json(),
        "calls": 1,
    }


def _thread_clock() -> int | None:
    """The CPU clock of this thread, readable from any other; None where the system has none."""
    get = getattr(time, "pthread_getcpuclockid", None)
    return None if get is None else cast("int", get(threading.get_ident()))


_current: ContextVar[Step | None] = ContextVar("rung_step", default=None)
_tracker: Tracker | None = None
_making = threading.Lock()


def the_tracker() -> Tracker:
    """The tracker of this process: the local meter, and the ledger in RUNG_HOME or `.rung`."""
    global _tracker  # one meter and one buffer in a process
    with _making:
        if _tracker is None:
            from rung.meters import local_meter

            home = Path(os.environ.get("RUNG_HOME") or ".rung").absolute()
            owner = {n: os.environ.get(f"RUNG_{n.upper()}") for n in ("team", "cost_center", "environment")}
            _tracker = Tracker(local_meter(), home / "ledger.db", owner=owner)
            atexit.register(_tracker.flush)
            os.register_at_fork(after_in_child=_tracker.after_fork)
        return _tracker


def _refuse_function(function: Any) -> None:
    if not callable(function):
        raise TypeError(f"rung.track decorates functions, not a {type(function).__name__}")
    if isgeneratorfunction(function) or isasyncgenfunction(function):
        what = getattr(function, "__name__", "it")
        raise TypeError(f"{what} makes a generator, whose work comes after the call: write `with rung.track` inside it")


class track:  # noqa: N801 - reads as a verb: `with rung.track("step"):`
    """Meter a step, as a context manager or a decorator of functions, async ones included.

    The step's own part goes to the ledger when it ends; `.reading` then has all that it used, steps inside included.

    Args:
        name: of the step; printable, not empty, no slash, at most 200 characters.
        tracker: another one than the process's, for tests and libraries.

    Raises:
        TypeError: the name is no text, or the tracker is none.
        ValueError: a name that cannot be.
    """

    def __init__(self, name: str, *, tracker: Tracker | None = None) -> None:
        refuse_name(name)
        if not isinstance(tracker, Tracker | None):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"rung.track takes a Tracker as its tracker, not a {type(tracker).__name__}")
        self.name = name
        self._step: Step | None = None
        self._tracker = tracker
        self._entered: list[tuple[Tracker, Step, Step | None]] = []

    @property
    def reading(self) -> Reading | None:
        """What the step that ended last used, steps inside it included; None before."""
        return None if self._step is None else self._step.total

    def __enter__(self) -> Self:
        tracker = self._tracker or the_tracker()
        before = _current.get()
        step = tracker.begin(self.name, before)
        self._entered.append((tracker, step, before))
        _current.set(step)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        tracker, step, before = self._entered.pop()
        _current.set(before)
        tracker.end(step)
        self._step = step

    def __call__(self, function: Function) -> Function:
        """The function, each call a step of its own.

        Raises:
            TypeError: it is no function, or one that makes a generator, whose work comes after the call.
        """
        _refuse_function(function)
        name, tracker = self.name, self._tracker
        if iscoroutinefunction(function):

            @wraps(function)
            async def wrapped_async(*args: Any, **kwargs: Any) -> Any:
                with track(name, tracker=tracker):
                    return await function(*args, **kwargs)

            return cast("Function", wrapped_async)

        @wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with track(name, tracker=tracker):
                return function(*args, **kwargs)

        return cast("Function", wrapped)
