"""Plans read back: `plan_from_json(plan.to_json()) == plan`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rung.climb.plan import (
    BreakEven,
    CandidateEvidence,
    ControlEvidence,
    FactorUsed,
    Flip,
    MetricEvidence,
    Plan,
    PolicyChoice,
    SearchCost,
)
from rung.errors import BadInput
from rung.types import Footprint, Quantity, Rejection

_FOOTPRINTS = ("build", "per_request", "lifetime", "predicted_build", "predicted_per_request")


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """The plan that `Plan.to_json` wrote.

    Args:
        data: the content of a `plan.json`.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind.
    """
    try:
        return _plan(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(
            f"this is not a plan of this version of rung ({type(error).__name__}: {error})",
            mend="make it again from the ledger with `rung report RUN`",
        ) from error


def _plan(data: Mapping[str, Any]) -> Plan:
    fields: dict[str, Any] = {
        **data,
        "policies": tuple(PolicyChoice(**policy) for policy in data["policies"]),
        "flips": tuple(Flip(**flip) for flip in data["flips"]),
        "candidates": tuple(_candidate(candidate) for candidate in data["candidates"]),
        "front": tuple(data["front"]),
        "break_evens": tuple(BreakEven(**pair) for pair in data["break_evens"]),
        "search": _search(data["search"]),
        "factors": tuple(_factor(factor) for factor in data["factors"]),
        "notes": tuple(data["notes"]),
        "owner": dict(data["owner"]),
    }
    return Plan(**fields)


def _candidate(data: Mapping[str, Any]) -> CandidateEvidence:
    rejection = data["rejection"]
    fields: dict[str, Any] = {
        **data,
        **{name: Footprint.from_json(data[name]) for name in _FOOTPRINTS},
        "evidence": tuple(MetricEvidence(**evidence) for evidence in data["evidence"]),
        "rejection": None if rejection is None else Rejection(**rejection),
        "controls": tuple(ControlEvidence(**control) for control in data["controls"]),
    }
    return CandidateEvidence(**fields)


def _search(data: Mapping[str, Any]) -> SearchCost:
    fields: dict[str, Any] = {
        **data,
        "spent": Footprint.from_json(data["spent"]),
        "spent_by_part": {part: Footprint.from_json(f) for part, f in data["spent_by_part"].items()},
        "full": Footprint.from_json(data["full"]),
    }
    return SearchCost(**fields)


def _factor(data: Mapping[str, Any]) -> FactorUsed:
    fields: dict[str, Any] = {**data, "quantity": Quantity.from_json(data["quantity"])}
    return FactorUsed(**fields)
