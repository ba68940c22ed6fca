"""Requests that a log holds more than once: a retry of the logger, or exports that overlap. Each counts once."""

from __future__ import annotations

from rung.accounting.hosted import TokenUse


class Repeats:
    """Tells whether the request of a row was seen before, by its id; a row without an id is a request of its own."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[str, float, float]] = {}
        self._repeated = 0
        self._differing = 0

    def knows(self, use: TokenUse) -> bool:
        """Whether it was seen before; if not, it is known from now on."""
        if not use.id:
            return False
        # A plain number is the row's in its own file, and another file counts from the beginning again.
        file = use.where.rpartition(":")[0] if use.id.isdigit() else ""
        figures = (use.model, use.input, use.output)
        first = self._seen.setdefault((file, use.id), figures)
        if first is figures:
            return False
        self._repeated += 1
        self._differing += first != figures
        return True

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, in a sentence."""
        if not self._repeated:
            return ()
        differing = f"; {self._differing} of them had other figures than the first" if self._differing else ""
        return (f"{self._repeated} row(s) repeat the id of a request and were dropped: each counts once{differing}",)
