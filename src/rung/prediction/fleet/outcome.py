"""What a simulation says in quantities: joules, grams and dollars with their ranges, latencies, utilisation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rung.prediction.fleet.histogram import RESOLUTION, LogHistogram
from rung.prediction.fleet.power import Power
from rung.prediction.fleet.simulate import Simulated
from rung.prediction.fleet.site import Site
from rung.types import Origin, Quantity, total
from rung.units import S_PER_HOUR

QUANTILES: Final = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Latencies:
    """Mean and quantiles of a time [s]; None where nothing was seen."""

    mean: float | None
    at: tuple[float | None, ...]

    @classmethod
    def of(cls, histogram: LogHistogram) -> Latencies:
        """From its histogram."""
        return cls(histogram.mean, tuple(histogram.quantile(level) for level in QUANTILES))

    def to_json(self) -> dict[str, float | None]:
        """For programs."""
        return {"mean": self.mean, **{f"p{100 * q:g}": v for q, v in zip(QUANTILES, self.at, strict=True)}}


@dataclass(frozen=True, slots=True)
class SiteOutcome:
    """What a region's replicas did.

    Args:
        name: of the region.
        energy: IT energy [J] by purpose: decode, prefill, idle, cold.
        carbon: operational [gCO2e], the facility's share included.
        usd: replica hours x price; None is unknown.
        replica_hours: from the order of a replica to its end, summed [h].
        utilisation: working time over replica time.
        mean_batch: requests that decode, while working.
        batch_fill: that over the most that fit, counting idle time too: 1 when every place is always taken.
        starts: cold starts.
        most: most replicas there at once.
        accelerators: of a replica.
    """

    name: str
    energy: Mapping[str, Quantity]
    carbon: Quantity
    usd: Quantity | None
    replica_hours: float
    utilisation: float
    mean_batch: float
    batch_fill: float
    starts: int
    most: int
    accelerators: int

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "name": self.name,
            "energy": {name: part.to_json() for name, part in self.energy.items()},
            "carbon": self.carbon.to_json(),
            "usd": None if self.usd is None else self.usd.to_json(),
            "replica_hours": self.replica_hours,
            "utilisation": self.utilisation,
            "mean_batch": self.mean_batch,
            "batch_fill": self.batch_fill,
            "cold_starts": self.starts,
            "most_replicas": self.most,
            "accelerators_per_replica": self.accelerators,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the fleet did with the trace.

    Args:
        energy: IT energy of all regions [J].
        carbon: operational [gCO2e].
        usd: None is unknown.
        wasted: idle energy and cold starts: what served nobody [J].
        ttft: arrival to first token, of those that are answered at once.
        itl: gaps between tokens.
        latency: arrival to last token, of those that are answered at once.
        wait: arrival to a place in a batch.
        request_j: joules caused by a request while it was served.
        sites: home first.
        counts: arrived, served, refused by reason, spilled, deferred, late, tokens.
        span_s: from the first arrival to the last token [s].
        mean_in_system: requests waiting or running at home, over time.
    """

    energy: Quantity
    carbon: Quantity
    usd: Quantity | None
    wasted: Quantity
    ttft: Latencies
    itl: Latencies
    latency: Latencies
    wait: Latencies
    request_j: Latencies
    sites: tuple[SiteOutcome, ...]
    counts: Mapping[str, Any]
    span_s: float
    mean_in_system: float

    @property
    def served(self) -> int:
        """Requests that were answered."""
        return int(self.counts["served"])

    def per_request(self, whole: Quantity | None) -> Quantity | None:
        """A total over the requests served; None where either is missing."""
        return None if whole is None or not self.served else whole.scaled(1 / self.served)

    @property
    def utilisation(self) -> float:
        """Working time over replica time, all regions."""
        hours = math.fsum(site.replica_hours for site in self.sites)
        return math.fsum(site.utilisation * site.replica_hours for site in self.sites) / hours if hours else 0.0

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        each = {"energy": self.energy, "carbon": self.carbon, "usd": self.usd}
        per = {name: self.per_request(whole) for name, whole in each.items()}
        return {
            **{name: None if whole is None else whole.to_json() for name, whole in each.items()},
            "per_request": {name: None if part is None else part.to_json() for name, part in per.items()},
            "wasted": self.wasted.to_json(),
            "ttft_s": self.ttft.to_json(),
            "itl_s": self.itl.to_json(),
            "latency_s": self.latency.to_json(),
            "wait_s": self.wait.to_json(),
            "request_j": self.request_j.to_json(),
            "quantile_resolution": RESOLUTION,
            "utilisation": self.utilisation,
            "mean_in_system": self.mean_in_system,
            "span_s": self.span_s,
            "counts": dict(self.counts),
            "regions": [site.to_json() for site in self.sites],
        }


def outcome_of(simulated: Simulated, powers: tuple[Power, ...]) -> Outcome:
    """The quantities of a simulation.

    Args:
        simulated: what came of it.
        powers: of each region, home first.

    Raises:
        BadInput: an hourly series does not cover it.
    """
    tally = simulated.tally
    pairs = zip(simulated.sites, powers, strict=True)
    sites = tuple(_site(site, power) for site, power in pairs)
    prices = [site.usd for site in sites if site.usd is not None]
    span_s = simulated.end_s - simulated.start_s
    return Outcome(
        energy=total((part for site in sites for part in site.energy.values()), "J"),
        carbon=total((site.carbon for site in sites), "gCO2e"),
        usd=total(prices, "USD") if len(prices) == len(sites) else None,
        wasted=total((site.energy[name] for site in sites for name in ("idle", "cold")), "J"),
        ttft=Latencies.of(tally.ttft),
        itl=Latencies.of(tally.itl),
        latency=Latencies.of(tally.latency),
        wait=Latencies.of(tally.wait),
        request_j=Latencies.of(tally.energy),
        sites=sites,
        counts={
            "arrived": tally.arrived,
            "served": tally.served,
            "refused": dict(tally.refused),
            "spilled": tally.spilled,
            "deferred": tally.deferred,
            "late": tally.late,
            "input_tokens": tally.input_tokens,
            "output_tokens": tally.output_tokens,
            "most_waiting": tally.most_waiting,
        },
        span_s=span_s,
        mean_in_system=tally.area / span_s if span_s else 0.0,
    )


def _site(site: Site, power: Power) -> SiteOutcome:
    meter, service = site.meter, site.spec.service
    parts = {"decode": meter.decode_j, "prefill": meter.prefill_j, "idle": meter.idle_j, "cold": meter.cold_j}
    energy = {name: Quantity.of(joules, "J", service.origin, service.energy_error) for name, joules in parts.items()}
    hours = meter.up_s / S_PER_HOUR
    price = service.usd_per_hour
    return SiteOutcome(
        name=power.name,
        energy=energy,
        carbon=power.carbon(meter.by_hour, total(energy.values(), "J")),
        usd=None if price is None else Quantity.of(hours * price, "USD", Origin.QUOTED),
        replica_hours=hours,
        utilisation=meter.busy_s / meter.up_s if meter.up_s else 0.0,
        mean_batch=meter.batch_s / meter.busy_s if meter.busy_s else 0.0,
        batch_fill=meter.batch_s / meter.up_s / service.max_batch if meter.up_s else 0.0,
        starts=meter.starts,
        most=meter.most,
        accelerators=service.accelerators,
    )
