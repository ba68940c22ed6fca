"""What was asked before anyone looked: bar, guards, claim, risks, items, order and candidates, to be held to later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.referee.referee import Referee


@dataclass(frozen=True, slots=True)
class Registration:
    """A search as it was registered; `to_json` keeps it.

    Args:
        bar: metric, level and reference, in words.
        guards: likewise.
        claim: `dataset` or `population`.
        alpha: most for P(the choice is below the bar).
        beta: most for P(the cheapest that meets it is refused).
        candidates: names, in the order in which they are heard; their number is K.
        seed: of the order.
        items: digest of their ids.
    """

    bar: str
    guards: tuple[str, ...]
    claim: str
    alpha: float
    beta: float
    candidates: tuple[str, ...]
    seed: int
    items: str

    @classmethod
    def of(cls, referee: Referee, candidates: Sequence[str]) -> Registration:
        """The registration of a search that is about to begin."""
        asked = [f"{question.name} at least {question.at_least:.12g}" for question in referee.questions]
        digest = blake2b(digest_size=16)
        for name in sorted(item.id for item in referee.order):
            digest.update(name.encode("utf-8", "surrogatepass") + b"\x1f")
        bar = referee.bar
        return cls(
            bar=asked[0],
            guards=tuple(asked[1:]),
            claim=bar.claim,
            alpha=bar.alpha,
            beta=bar.beta,
            candidates=tuple(candidates),
            seed=referee.seed,
            items=digest.hexdigest(),
        )

    def require(self, now: Registration) -> None:
        """Go on only with what was registered.

        Raises:
            BadInput: something was changed after looking.
        """
        for field in fields(self):
            then, later = getattr(self, field.name), getattr(now, field.name)
            if then != later:
                raise BadInput(
                    f"{field.name} was changed after looking: {_short(then)} then, {_short(later)} now",
                    mend="go on with what was registered, or register a new search on fresh items",
                )

    def to_json(self) -> dict[str, Any]:
        """A form that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Registration:
        """The registration that `to_json` wrote.

        Raises:
            BadInput: it is none.
        """
        try:
            return cls(
                bar=data["bar"],
                guards=tuple(data["guards"]),
                claim=data["claim"],
                alpha=data["alpha"],
                beta=data["beta"],
                candidates=tuple(data["candidates"]),
                seed=data["seed"],
                items=data["items"],
            )
        except (KeyError, TypeError) as error:
            raise BadInput(f"no registration: {error}", mend="give what `Registration.to_json` wrote") from error


def _short(value: object) -> str:
    if isinstance(value, tuple):
        names = [str(part) for part in cast("tuple[object, ...]", value)]
        return f"{len(names)} ({', '.join(names)})"
    return str(value)
