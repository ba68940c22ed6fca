"""What each table holds: its key, its units and the tables that it refers to. Reading and refreshing use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rung.units import GRID_RANGE, PUE_RANGE, TARIFF_RANGE

PRECISIONS: Final = ("fp64", "fp32", "tf32", "bf16", "fp8", "fp4", "int8")
"""The number formats of peak rates; `bf16` stands for fp16 too, which runs at the same rate on every chip listed."""

COMMON_CHOICES: Final = {"checked": ("file", "doc", "memory"), "origin": ("", "quoted", "modelled")}
"""What these columns may hold in any table."""

YEARS: Final = (1990, 2100)
MEMBERS: Final = ("low", "value", "high")
BY_UNIT: Final = {"gCO2e/kWh": GRID_RANGE, "USD/kWh": TARIFF_RANGE, "share": (0.0, 1.0)}
"""What a figure may be, by its unit."""
SMALLEST: Final = 1e-12
"""A value below has no interval that can be worked with."""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table.

    Args:
        what: what it holds, for readers.
        keys: the columns that tell its rows apart.
        units: the unit by the value of the column `quantity`; the empty key is for tables without that column. Empty
            for tables that hold no number.
        references: column -> the table whose first key it names; an empty cell refers to nothing.
        limits: column -> lowest and highest number allowed in it; an empty cell has none.
        choices: column -> the words allowed in it.
        blank: columns that may be empty or absent; all others are needed.
        figures: least and most that low, value and high may be; None is by the unit (`BY_UNIT`).
    """

    what: str
    keys: tuple[str, ...]
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    references: Mapping[str, str] = field(default_factory=dict[str, str])
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    blank: tuple[str, ...] = ("origin",)
    figures: tuple[float, float] | None = None

    def range_of(self, unit: str) -> tuple[float, float]:
        """Least and most that a figure may be."""
        return self.figures or BY_UNIT.get(unit, (0.0, 1e24))

    @property
    def numeric(self) -> bool:
        """Whether rows have low, value, high and unit."""
        return bool(self.units)

    def units_of(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """The units that a row may have; empty when its `quantity` is not known."""
        return self.units.get(row.get("quantity", ""), ())


def _one(*units: str) -> dict[str, tuple[str, ...]]:
    return {"": units}


_PLACE: Final = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0)}
_COUNTS: Final = {"vcpu": (1.0, 4096.0), "memory_gb": (0.1, 1e6), "accelerators": (0.0, 1024.0)}
_CORES: Final = ("threads", "vcpus", "sockets")
_BASIS: Final = {"basis": ("life-cycle", "direct")}
_TOKENS: Final = ("USD/Mtoken",)

SPECS: Final[Mapping[str, TableSpec]] = {
    "chips": TableSpec(
        "processors and accelerators",
        ("chip",),
        limits=dict.fromkeys(_CORES, (1.0, 4096.0)),
        choices={"kind": ("cpu", "gpu", "accelerator")},
        blank=("pattern", *_CORES),
    ),
    "claims": TableSpec("share of electricity that a provider says is renewable", ("key",), _one("share")),
    "constants": TableSpec("ratios of prices and of watts", ("key",), _one("ratio")),
    "cpus": TableSpec(
        "design power of processors by the system's name",
        ("cpu",),
        _one("W per thread"),
        limits={"threads": (1.0, 4096.0)},
        blank=("pattern", "threads"),
    ),
    "devices": TableSpec("memory, storage and network", ("key",), _one("W/GB", "W/TB", "kWh/GB")),
    "embodied": TableSpec(
        "emissions of making servers", ("key",), _one("kgCO2e per vCPU", "kgCO2e", "kgCO2e/GB", "years")
    ),
    "grid_water": TableSpec("water of power plants by country", ("key",), _one("L/kWh")),
    "hosted": TableSpec(
        "prices and sizes of hosted models",
        ("model", "quantity"),
        {
            "input": _TOKENS,
            "output": _TOKENS,
            "cached": _TOKENS,
            "batch_input": _TOKENS,
            "batch_output": _TOKENS,
            "total": ("1e9 parameters",),
            "active": ("1e9 parameters",),
        },
        {"model": "models"},
    ),
    "instances": TableSpec(
        "cloud machines and their price",
        ("instance",),
        _one("USD/h"),
        {"cpu": "chips", "accelerator": "chips"},
        _COUNTS,
        blank=("accelerator", "origin"),
    ),
    "models": TableSpec("hosted models", ("model",)),
    "pue": TableSpec("facility over IT energy", ("key",), _one("ratio"), figures=PUE_RANGE),
    "region_facts": TableSpec(
        "what a provider publishes for a region",
        ("region", "quantity"),
        {"grid_intensity": ("gCO2e/kWh",), "carbon_free": ("share",)},
        {"region": "regions"},
    ),
    "regions": TableSpec(
        "cloud regions",
        ("region",),
        references={"zone": "zones", "pue_key": "pue", "wue_key": "wue", "claim_key": "claims"},
        limits=_PLACE,
    ),
    "silicon": TableSpec(
        "rates, memory, links, watts and embodied emissions of chips",
        ("chip", "quantity"),
        {
            **dict.fromkeys(PRECISIONS, ("FLOP/s",)),
            "memory": ("GB",),
            "bandwidth": ("GB/s",),
            "link": ("GB/s",),
            "slices": ("count",),
            "slice_memory": ("GB",),
            "idle": ("W",),
            "max": ("W",),
            "embodied": ("kgCO2e",),
        },
        {"chip": "chips"},
    ),
    "tariffs": TableSpec("electricity prices by country", ("key",), _one("USD/kWh")),
    "wue": TableSpec("site water", ("key",), _one("L/kWh")),
    "zone_sources": TableSpec(
        "a grid's intensity by publisher",
        ("zone", "publisher"),
        _one("gCO2e/kWh"),
        {"zone": "zones"},
        choices=_BASIS,
    ),
    "zones": TableSpec("grid zones", ("zone",), _one("gCO2e/kWh"), choices=_BASIS),
}
"""Every table by name."""
