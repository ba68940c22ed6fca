"""Responses that came with the data, as a system that calls no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rung.evaluation.asking import Asked
from rung.evaluation.records import EvalItem, Response
from rung.evaluation.results import response_json
from rung.types import Quantity, content_hash


@dataclass(frozen=True)
class GivenSystem:
    """A system whose responses are known.

    An item without one is a response with an error: it scores the worst and is counted.

    Args:
        name: of the system.
        responses: by item id.
    """

    name: str
    responses: Mapping[str, Response]
    batch_size: int = 256
    parallel: int = 1
    key: str = field(init=False)

    def __post_init__(self) -> None:
        content = [response_json(one) for one in self.responses.values()]
        object.__setattr__(self, "key", content_hash(["given", self.name, content]))

    def prepare(self) -> None:
        """Nothing is loaded."""

    def respond(self, items: Sequence[EvalItem]) -> list[Asked]:
        """What is known."""
        return [Asked(self.response(item), Quantity.zero("J"), called=False) for item in items]

    def response(self, item: EvalItem) -> Response:
        """What is known of an item, or an error."""
        found = self.responses.get(item.id)
        if found is None:
            return Response(item.id, self.name, "", error="the data hold no response to this item")
        return found

    def close(self) -> None:
        """Nothing is open."""
