"""Machines of the catalog, as work is placed on them."""

from __future__ import annotations

from typing import Final

from rung import catalog
from rung.placement.place_load import Machine
from rung.types import Factor, Origin

SERVER_SHARE: Final = (0.5, 2.0)
"""How many processors share a server is published by no cloud: what one carries of it is half to twice, assumed, apart
for each kind of processor, so that no machine wins for certain by the count of sockets in a table."""


def machine(name: str) -> Machine:
    """An instance of the catalog: watts and embodied carbon by its share of the server, its price on demand.

    Raises:
        MissingFactor: the catalog does not hold it, or a row that it needs.
    """
    row = catalog.instance(name)
    power = catalog.watts(row)
    return Machine(
        name=row.name,
        provider=row.provider,
        vcpu=row.vcpu,
        accelerated=row.accelerator is not None,
        idle_w=power.idle,
        max_w=power.max,
        usd_per_h=row.price.quantity,
        embodied_g_per_h=catalog.embodied_g_per_hour(row).with_factor(
            Factor(f"server-share:{row.cpu}", *SERVER_SHARE), Origin.ASSUMED
        ),
        cpu=row.cpu,
    )
