"""Our month beside the provider's: like is compared with like, and the rest of the difference is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rung.feeds.aws_sustainability import ProviderMonth
from rung.types import Quantity

_SCOPE_3 = "scope 3, location-based"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One month, ours and theirs.

    Args:
        ours: our total, location-based [gCO2e].
        theirs: what the provider states.
        agrees: whether theirs, location-based, lies in our interval.
        why: what the difference is made of, a sentence each.
    """

    ours: Quantity
    theirs: ProviderMonth
    agrees: bool
    why: tuple[str, ...]

    @property
    def difference_g(self) -> float:
        """Ours - theirs, both location-based [gCO2e]: what data and method leave."""
        return self.ours.value - self.theirs.location_g

    @property
    def basis_g(self) -> float:
        """Theirs location-based - theirs market-based [gCO2e]: what the provider's contracts for energy take off."""
        return self.theirs.location_g - self.theirs.market_g

    def to_json(self) -> dict[str, Any]:
        """For programs; grams."""
        return {
            "month": f"{self.theirs.month:%Y-%m}",
            "ours_location_based": self.ours.to_json(),
            "theirs_location_based_g": self.theirs.location_g,
            "theirs_market_based_g": self.theirs.market_g,
            "theirs_scopes_g": dict(self.theirs.scopes_g),
            "model_version": self.theirs.model_version,
            "difference_g": self.difference_g,
            "basis_g": self.basis_g,
            "agrees": self.agrees,
            "why": list(self.why),
        }


def reconcile(ours: Quantity, theirs: ProviderMonth, *, embodied: Quantity | None) -> Reconciliation:
    """Compare a month.

    ours - theirs(market) = (ours - theirs(location)) + (theirs(location) - theirs(market)): the first part is data
    and method, the second is the basis alone.

    Args:
        ours: our location-based total of the month, `embodied` included where we have it [gCO2e].
        theirs: the provider's month.
        embodied: the part of ours that is embodied [gCO2e]; None when ours leaves it out.

    Raises:
        ValueError: ours is not in gCO2e.
    """
    if ours.unit != "gCO2e":
        raise ValueError(f"a month is compared in gCO2e, not {ours.unit}")
    agrees = ours.low <= theirs.location_g <= ours.high
    return Reconciliation(ours, theirs, agrees, tuple(_reasons(ours, theirs, embodied, agrees)))


def _reasons(ours: Quantity, theirs: ProviderMonth, embodied: Quantity | None, agrees: bool) -> list[str]:
    found: list[str] = []
    if theirs.location_g != theirs.market_g:
        off = theirs.location_g - theirs.market_g
        found.append(
            f"market-based against location-based: {off / 1e6:.4g} t of the provider's own location-based figure is "
            "matched with contracts for renewable energy; ours is location-based and counts none of it"
        )
    word = "lies inside" if agrees else "lies outside"
    found.append(
        f"location-based against location-based: theirs {word} our interval "
        f"({ours.low / 1e6:.4g} to {ours.high / 1e6:.4g} t)"
    )
    scope_3 = theirs.scopes_g.get(_SCOPE_3)
    if embodied is None and scope_3:
        found.append(
            f"theirs holds {scope_3 / 1e6:.4g} t of scope 3 (hardware, buildings, fuel supply); ours leaves it out"
        )
    elif embodied is not None and scope_3 is not None:
        found.append(
            f"ours holds {embodied.value / 1e6:.4g} t embodied, theirs {scope_3 / 1e6:.4g} t of scope 3, "
            "which counts buildings and fuel supply too"
        )
    if not agrees:
        side = "less" if ours.value < theirs.location_g else "more"
        found.append(
            f"ours is {side}: theirs covers every service of the account, ours only what was given to rung"
            if side == "less"
            else "ours is more: look for hours counted twice, or for a region that theirs was not asked for"
        )
    found.append(f"the provider's method is {theirs.model_version}; it restates past months when that changes")
    return found
