"""Cloud machines: what is in them and what an hour costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rung.catalog.facts import Fact, cached, fact, find, rows
from rung.catalog.grids import keyed
from rung.catalog.names import missing
from rung.types import Factor, Origin, Quantity

PRICED_AS_LISTED: Final = frozenset({"aws:us-east-1", "aws:us-east-2", "aws:us-west-2"})
"""The catalog's prices are those of us-east-1; these regions have the same list prices."""

ELSEWHERE: Final = (0.9, 1.15, 1.65)
"""List price of another AWS region over us-east-1's, low, mid, high: Mumbai and Stockholm near 1, Frankfurt and London
1.15 to 1.2, Sydney and Tokyo 1.2 to 1.3, Sao Paulo 1.5 to 1.6. From memory: assumed."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A cloud machine.

    Args:
        name: the provider's name, e.g. `m7g.xlarge`.
        provider: `aws`.
        family: e.g. `m7g`.
        vcpu: virtual processors: hardware threads.
        memory_gb: [GB], as the provider counts them (GiB).
        cpu: key of its processor in the silicon table.
        accelerator: key of its accelerators in the silicon table; None without.
        accelerators: how many.
        price: on demand, Linux, us-east-1 [USD/h]; its year and source say of when.
        spot: the price on the spot market as a range [USD/h].
        managed: the same machine behind a managed endpoint [USD/h].
    """

    name: str
    provider: str
    family: str
    vcpu: int
    memory_gb: float
    cpu: str
    accelerator: str | None
    accelerators: int
    price: Fact
    spot: Fact
    managed: Fact


def instances() -> tuple[str, ...]:
    """The names of all machines."""
    return tuple(row["instance"] for row in rows("instances"))


@cached
def instance(name: str) -> Instance:
    """What is known of a machine.

    Raises:
        MissingFactor: no table has it; the mend names close matches.
    """
    row = find("instances", name)
    if row is None:
        raise missing("instance", name, instances(), otherwise="`rung catalog instances` lists them")
    price = fact(row, name=f"price:{name}")
    return Instance(
        name=name,
        provider=row["provider"],
        family=row["family"],
        vcpu=int(row["vcpu"]),
        memory_gb=float(row["memory_gb"]),
        cpu=row["cpu"],
        accelerator=row["accelerator"] or None,
        accelerators=int(row["accelerators"] or 0),
        price=price,
        spot=_share(price, price_ratio("spot"), f"spot-price:{name}"),
        managed=_share(price, price_ratio("sagemaker"), f"managed-price:{name}"),
    )


def regional_price(region: str) -> Quantity | None:
    """The price of a machine in a region over the catalog's, assumed; None where it is the catalog's own."""
    if region in PRICED_AS_LISTED:
        return None
    low, mid, high = ELSEWHERE
    return Quantity.between(low, mid, high, "ratio", source=f"regional-price:{region}", origin=Origin.ASSUMED)


def price_ratio(key: str) -> Fact:
    """A price over the on-demand price of the same machine: `spot`, or `sagemaker` for a hosted endpoint.

    Raises:
        MissingFactor: there is no such ratio.
    """
    return keyed("constants", f"{key}-over-on-demand")


def _share(price: Fact, ratio: Fact, name: str) -> Fact:
    """A price times a ratio, under one name: the ratio's spread, and the price's own where it has one."""
    both = price.quantity.times(ratio.quantity, "USD/h")
    spread = Factor(name, both.low / both.value, both.high / both.value)
    quantity = Quantity.of(both.value, "USD/h", both.origin, spread)
    checked = "memory" if "memory" in (price.checked, ratio.checked) else price.checked
    return Fact(name, quantity, f"{price.source}; {ratio.source}", price.year, checked)
