"""Whose energy it was: the energy of each window goes to the requests that worked in it, and to nobody.

    attributor = Attributor(TokenWork(prefill=1, decode=8), idle_w=60.0)
    attributor.start("a")
    attributor.progress("a", prefill_tokens=512)
    attributor.finish("a")
    settled = attributor.advance(reading)      # settled.finished["a"], settled.unattributed

A window runs from one `advance` to the next. Its energy, less the idle power that flows without work, is shared by the
work that was reported in it (prefill and decode tokens, weighted). What no work claims is *unattributed*. Law: the sum
over requests + unattributed = the sum over windows, at any concurrency. It holds exactly, because energy is kept as
whole multiples of 2^-80 J and only integers are split; a `Quantity` is rounded once, when it is asked for.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rung.types import Factor, Origin, Quantity, Reading

_BITS: Final = 80
_PARTS: Final = 2**80

Terms = dict[tuple[Factor, ...], int]


@dataclass(frozen=True, slots=True)
class TokenWork:
    """What a token costs, relative to each other.

    The ratio is the engine's and the hardware's; measure it, or take it from a prediction. There is no default.

    Args:
        prefill: of a token that is read.
        decode: of a token that is written.
    """

    prefill: int
    decode: int

    def __post_init__(self) -> None:
        if min(self.prefill, self.decode) < 0 or self.prefill + self.decode == 0:
            raise ValueError(f"weights are not negative and not both 0, got {self.prefill}, {self.decode}")


@dataclass(frozen=True, slots=True)
class Settled:
    """What a window came to.

    Args:
        shares: this window's energy of each request that worked in it [J]; None is unknown.
        unattributed: this window's idle and unclaimed energy [J]; None is unknown.
        finished: the whole energy of each request that has ended [J]; None is unknown.
    """

    shares: Mapping[str, Quantity | None]
    unattributed: Quantity | None
    finished: Mapping[str, Quantity | None]


@dataclass(slots=True)
class _Account:
    """Energy in whole parts, by error term."""

    terms: Terms = field(default_factory=dict[tuple[Factor, ...], int])
    origin: Origin = Origin.MEASURED
    known: bool = True

    def add(self, terms: Terms | None, origin: Origin) -> None:
        if terms is None:
            self.known = False
            return
        for factors, parts in terms.items():
            self.terms[factors] = self.terms.get(factors, 0) + parts
        if any(terms.values()):
            self.origin = max(self.origin, origin)

    def quantity(self) -> Quantity | None:
        if not self.known:
            return None
        return Quantity({factors: parts / _PARTS for factors, parts in self.terms.items()}, "J", self.origin)


@dataclass(slots=True)
class _Request:
    account: _Account = field(default_factory=_Account)
    work: int = 0
    ended: bool = False


class Attributor:
    """Shares the energy of windows among requests in flight. Safe to use from many threads.

    A window without any energy is not closed: counters move in steps, so its work waits for the joules that it caused.

    Args:
        weights: what tokens cost, relative to each other.
        idle_w: the power that flows without work, and that the readings hold [W]; it goes to *unattributed*. Zero for a
            reading that holds load only, as the CPU model's does.
    """

    def __init__(self, weights: TokenWork, *, idle_w: float = 0.0) -> None:
        if not (idle_w >= 0 and math.isfinite(idle_w)):
            raise ValueError(f"idle power is finite and not negative, got {idle_w} W")
        self._weights, self._idle_w = weights, idle_w
        self._lock = threading.Lock()
        self._requests: dict[str, _Request] = {}
        self._nobody, self._total = _Account(), _Account()
        self._waiting_s = 0.0

    @property
    def unattributed(self) -> Quantity | None:
        """Idle and unclaimed energy of all windows [J]; None after a window of unknown energy."""
        with self._lock:
            return self._nobody.quantity()

    @property
    def total(self) -> Quantity | None:
        """Energy of all windows [J]; None after a window of unknown energy."""
        with self._lock:
            return self._total.quantity()

    @property
    def in_flight(self) -> tuple[str, ...]:
        """The requests that have started and are not settled."""
        with self._lock:
            return tuple(self._requests)

    def start(self, request: str) -> None:
        """A request begins.

        Raises:
            ValueError: one of that name is in flight.
        """
        with self._lock:
            if request in self._requests:
                raise ValueError(f"request {request!r} is in flight already")
            self._requests[request] = _Request()

    def progress(self, request: str, *, prefill_tokens: int = 0, decode_tokens: int = 0) -> None:
        """Work that was done for a request since the last call.

        Raises:
            ValueError: no such request is in flight, or a number is negative.
        """
        if prefill_tokens < 0 or decode_tokens < 0:
            raise ValueError(f"tokens are not negative, got {prefill_tokens} and {decode_tokens}")
        work = prefill_tokens * self._weights.prefill + decode_tokens * self._weights.decode
        with self._lock:
            self._running(request).work += work

    def finish(self, request: str) -> None:
        """A request has ended; its energy is settled with the window that runs.

        Raises:
            ValueError: no such request is in flight.
        """
        with self._lock:
            self._running(request).ended = True

    def advance(self, reading: Reading) -> Settled:
        """Close the window with what the meter saw since the last call."""
        with self._lock:
            self._waiting_s += reading.wall_s
            energy = reading.energy
            if energy is not None and energy.value == 0:
                return Settled({}, energy, self._settle(waiting=True))
            shares, rest = self._split(energy)
            self._waiting_s = 0.0
            return Settled(shares, rest, self._settle(waiting=False))

    def close(self) -> Mapping[str, Quantity | None]:
        """End all requests; the whole energy of each [J], without what no window has brought yet."""
        with self._lock:
            for request in self._requests.values():
                request.ended = True
            return self._settle(waiting=False)

    def _running(self, request: str) -> _Request:
        found = self._requests.get(request)
        if found is None or found.ended:
            raise ValueError(f"no request {request!r} is in flight")
        return found

    def _split(self, energy: Quantity | None) -> tuple[dict[str, Quantity | None], Quantity | None]:
        """Book a window; the shares in it and the rest."""
        working = {name: request for name, request in self._requests.items() if request.work}
        work = sum(request.work for request in working.values())
        if energy is None:
            parts: dict[str, Terms | None] = dict.fromkeys(working)
            whole = rest = None
            origin = Origin.MEASURED
        else:
            origin, whole = energy.origin, _parts(energy)
            claimed = self._claimed(energy.value, whole)
            split = {name: _portion(claimed, request.work, work) for name, request in working.items()}
            rest = {factors: total - sum(mine[factors] for mine in split.values()) for factors, total in whole.items()}
            parts = dict(split)
        for name, request in working.items():
            request.account.add(parts[name], origin)
            request.work = 0
        self._nobody.add(rest, origin)
        self._total.add(whole, origin)
        return {name: _quantity(mine, origin) for name, mine in parts.items()}, _quantity(rest, origin)

    def _claimed(self, energy_j: float, whole: Terms) -> Terms:
        """What work can claim of a window: all but the idle part, in every error term alike."""
        idle = min(self._idle_w * self._waiting_s / energy_j, 1.0)
        nobodys, over = idle.as_integer_ratio()
        return _portion(whole, over - nobodys, over)

    def _settle(self, *, waiting: bool) -> dict[str, Quantity | None]:
        """Take out the requests that have ended; those whose work still waits for joules only when not `waiting`."""
        done = [name for name, r in self._requests.items() if r.ended and not (waiting and r.work)]
        return {name: self._requests.pop(name).account.quantity() for name in done}


def _parts(energy: Quantity) -> Terms:
    return {factors: int(math.ldexp(joules, _BITS)) for factors, joules in energy.terms.items()}


def _portion(terms: Terms, part: int, of: int) -> Terms:
    """A part of each term, rounded down: what is lost so stays with nobody."""
    return {factors: parts * part // of for factors, parts in terms.items()}


def _quantity(terms: Terms | None, origin: Origin) -> Quantity | None:
    account = _Account()
    account.add(terms, origin)
    return account.quantity()
