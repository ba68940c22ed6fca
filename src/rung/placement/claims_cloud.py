"""The cloud against machines of one's own, from PUE, utilisation, processors and grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rung.catalog import Fact
from rung.placement.claims import Evidence, Pair
from rung.placement.claims_book import Book
from rung.placement.claims_figures import Scenario, busy_watts, rate, spread
from rung.types import Origin, Quantity

OWN_BUSY: Final = Quantity.between(0.10, 0.18, 0.30, "share", source="own-utilisation", origin=Origin.ASSUMED)
"""Utilisation of servers of one's own: 18% on average over enterprises (451 Research 2019); the ends are our margin."""

CLOUD_BUSY: Final = Quantity.between(0.30, 0.45, 0.65, "share", source="cloud-utilisation", origin=Origin.ASSUMED)
"""Utilisation in a large cloud: 65% is a figure that AWS gave, 40 to 50% is usual in published traces; from memory."""

OWN_PUE: Final = Quantity.between(1.3, 1.58, 1.84, "ratio", source="pue:enterprise", origin=Origin.QUOTED)
"""PUE of enterprise halls: 1.58 (Uptime Institute survey 2023), 1.84 (IDC for 2023), 1.3 a good new hall."""

UNVERIFIED: Final = (
    "Utilisations are survey averages, assumed to hold; a well filled hall of one's own loses less. Embodied carbon, "
    "storage and network are left out. Accenture's own model and data are not published."
)


def moved(
    book: Book, name: str, own: str, cloud: str, pue: Fact, grids: tuple[Quantity, Quantity] | None = None
) -> Pair:
    """Energy, or with grids carbon, for the same work: one's own over the cloud's.

    ratio = PUE own / PUE cloud x (watts for each busy share of a machine, own / cloud) x (fp32 per watt, cloud's
    processor over one's own) x intensity own / cloud. Idle and full watts in the second factor are those of one's own
    processor on both sides, so that the generation counts once, in the third.

    Args:
        book: the facts.
        name: of the comparison.
        own: one's own processor.
        cloud: the cloud's.
        pue: of the cloud.
        grids: intensities, one's own and the cloud's.
    """
    mine, theirs = book.chip(own), book.chip(cloud)
    idle, full, better = mine.idle_w.quantity, mine.max_w.quantity, theirs.max_w.quantity
    flops, more = rate(mine, "fp32"), rate(theirs, "fp32")
    if flops is None or more is None:
        raise ValueError(f"no fp32 rate of {own} or {cloud}")

    def ratio(at: Scenario) -> float:
        busy, busier = OWN_BUSY.at(at), CLOUD_BUSY.at(at)
        filled = busy_watts(idle, full, busy, at) / busy / (busy_watts(idle, full, busier, at) / busier)
        generation = more.at(at) / better.at(at) / (flops.at(at) / full.at(at))
        grid = 1.0 if grids is None else grids[0].at(at) / grids[1].at(at)
        return OWN_PUE.at(at) / pue.quantity.at(at) * filled * generation * grid

    parts = (OWN_PUE, pue.quantity, OWN_BUSY, CLOUD_BUSY, idle, full, better, flops, more, *(grids or ()))
    return spread(name, ratio, parts)


def energy_moved(book: Book, pairs: Sequence[tuple[str, str]], pue: str) -> Evidence:
    """Energy on one's own machines over a cloud's, for pairs of processors."""
    found = [moved(book, f"{own} -> {cloud}", own, cloud, book.keyed("pue", pue)) for own, cloud in pairs]
    how = "PUE ratio x watts per busy share (18% own, 45% cloud) x fp32 per watt of the processors"
    return Evidence(tuple(found), how, UNVERIFIED)


def carbon_moved(book: Book, own: str, cloud: str, moves: Sequence[tuple[str, str]]) -> Evidence:
    """Operational carbon, location-based: the energy ratio times the ratio of the grids."""
    found: list[Pair] = []
    for zone, region in moves:
        place = book.grid(region)
        grids = (book.grid(zone).intensity.quantity, place.intensity.quantity)
        found.append(moved(book, f"{zone} -> {region}", own, cloud, place.pue, grids))
    how = "the energy ratio x location-based grid intensity, on one grid and moved to a cleaner one"
    return Evidence(tuple(found), how, UNVERIFIED)
