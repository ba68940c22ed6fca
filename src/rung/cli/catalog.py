"""`rung catalog`: regions, silicon, machines and hosted models, a line a fact; and a project's own rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rung import catalog
from rung.catalog import Fact
from rung.errors import NoSuch
from rung.types import Quantity


@dataclass(frozen=True, slots=True)
class Entry:
    """What a listing shows of one thing.

    Args:
        name: e.g. `aws:eu-west-3`.
        about: what identifies it: words and counts, by name.
        facts: its figures by name; an absent one is None.
    """

    name: str
    about: Mapping[str, Any]
    facts: Mapping[str, Fact | None] = field(default_factory=dict[str, "Fact | None"])


def show(listing: str, home: Path, *, like: str | None, as_json: bool) -> None:
    """A table, or JSON, of one listing.

    Raises:
        NoSuch: nothing is like the text.
    """
    catalog.use(home)
    entries = [entry for entry in LISTINGS[listing]() if like is None or _matches(entry, like)]
    if not entries:
        raise NoSuch(f"nothing in the {listing} is like {like!r}", mend=f"rung catalog {listing} lists all")
    if as_json:
        print(json.dumps([_to_json(entry) for entry in entries], ensure_ascii=False))
        return
    _print_table(entries)
    assumed = sum(fact.checked == "memory" for entry in entries for fact in entry.facts.values() if fact)
    print(f"{listing}: {len(entries)}; figures that are assumed, not yet looked up: {assumed}", file=sys.stderr)


def refresh(file: Path, home: Path, *, table: str | None, as_json: bool) -> None:
    """Check a user's rows and put them before the built-in ones."""
    done = catalog.refresh(file, home, table=table)
    if as_json:
        counts = {"added": done.added, "replaced": done.replaced}
        print(json.dumps({"table": done.table, "path": str(done.path), **counts}))
        return
    print(f"{done.table}: {done.added} rows added, {done.replaced} replaced; {done.path}")


def _regions() -> Iterable[Entry]:
    for name in catalog.regions():
        row = catalog.grid(name)
        if row.provider is None:
            continue
        place = f"{row.name}, {row.country} ({row.latitude:g}, {row.longitude:g})"
        about = {
            "place": place,
            "country": row.country,
            "latitude": row.latitude,
            "longitude": row.longitude,
            "zone": row.zone,
            "publishers": sorted(catalog.intensities(row.zone)),
        }
        facts = {
            "grid intensity": row.intensity,
            "published by the provider": row.published,
            "carbon-free hours": row.carbon_free,
            "renewable claim": row.renewable_claim,
            "PUE": row.pue,
            "site water": row.wue,
            "grid water": row.grid_water,
        }
        yield Entry(name, about, facts)


def _silicon() -> Iterable[Entry]:
    for name in catalog.silicon():
        chip = catalog.chip(name)
        about = {"place": chip.name, "vendor": chip.vendor, "kind": chip.kind, "threads": chip.threads}
        facts = {
            **{f"peak {precision}": fact for precision, fact in chip.flops.items()},
            "memory": chip.memory_gb,
            "bandwidth": chip.bandwidth_gb_s,
            "link": chip.link_gb_s,
            "slice memory": chip.slice_memory_gb,
            "idle": chip.idle_w,
            "max": chip.max_w,
            "embodied": chip.embodied_kg,
        }
        yield Entry(name, about, facts)


def _instances() -> Iterable[Entry]:
    for name in catalog.instances():
        machine = catalog.instance(name)
        extra = f", {machine.accelerators} x {machine.accelerator}" if machine.accelerator else ""
        about = {
            "place": f"{machine.vcpu} vCPU, {machine.memory_gb:g} GB, {machine.cpu}{extra}",
            "provider": machine.provider,
            "family": machine.family,
            "vcpu": machine.vcpu,
            "memory_gb": machine.memory_gb,
            "cpu": machine.cpu,
            "accelerator": machine.accelerator,
            "accelerators": machine.accelerators,
        }
        yield Entry(name, about, {"on demand": machine.price, "spot": machine.spot, "SageMaker": machine.managed})


def _models() -> Iterable[Entry]:
    for name in catalog.hosted_models():
        model = catalog.hosted(name)
        facts = {
            "input": model.input,
            "output": model.output,
            "cached input": model.cached,
            "batch input": model.batch_input,
            "batch output": model.batch_output,
            "parameters": model.total_b,
            "active parameters": model.active_b,
        }
        yield Entry(name, {"place": model.model, "provider": model.provider, "model": model.model}, facts)


LISTINGS: Mapping[str, Callable[[], Iterable[Entry]]] = {
    "regions": _regions,
    "silicon": _silicon,
    "instances": _instances,
    "models": _models,
}


def _matches(entry: Entry, like: str) -> bool:
    texts = (entry.name, *(str(value) for value in entry.about.values()))
    return any(like.casefold() in text.casefold() for text in texts)


def _to_json(entry: Entry) -> dict[str, Any]:
    facts = {name: _fact_json(fact) for name, fact in entry.facts.items() if fact is not None}
    about = {name: value for name, value in entry.about.items() if name != "place"}
    return {"name": entry.name, "about": entry.about["place"], **about, "facts": facts}


def _fact_json(fact: Fact) -> dict[str, Any]:
    quantity = fact.quantity
    return {
        "value": quantity.value,
        "low": quantity.low,
        "high": quantity.high,
        "unit": quantity.unit,
        "origin": quantity.origin.label,
        "year": fact.year,
        "checked": fact.checked,
        "source": fact.source,
    }


def _print_table(entries: list[Entry]) -> None:
    """A line a fact, under a line that names the thing."""
    print(f"{'':2}{'fact':<26} {'figure':<38} {'unit':<15} {'year':<5} {'origin':<9} {'checked':<8} source")
    for entry in entries:
        zone = f", grid {entry.about['zone']}" if "zone" in entry.about else ""
        print(f"{entry.name}  {entry.about['place']}{zone}")
        for name, fact in entry.facts.items():
            if fact is not None:
                quantity = fact.quantity
                cells = f"{_figure(quantity):<38} {quantity.unit:<15} {fact.year:<5} {quantity.origin.label:<9}"
                print(f"{'':2}{name:<26} {cells} {fact.checked:<8} {fact.source}")


def _figure(quantity: Quantity) -> str:
    """`value (low to high)`, or the value alone where no source differs."""
    low, value, high = (f"{number:.4g}" for number in (quantity.low, quantity.value, quantity.high))
    return value if low == value == high else f"{value} ({low} to {high})"
