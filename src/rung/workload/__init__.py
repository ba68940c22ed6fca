"""What is asked: the workload file, its data, and the records that the rest of rung works on.

The records cost nothing to import; what reads files (pydantic, yaml) is imported at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rung.workload.records import (
    Bar,
    Brief,
    Claim,
    Guard,
    Objective,
    Ownership,
    Place,
    SearchBudget,
    Slo,
    Splits,
    Volume,
    Workload,
)

if TYPE_CHECKING:
    from rung.workload.check import CheckReport, check_workload
    from rung.workload.init import draft_workload
    from rung.workload.load import load_workload
    from rung.workload.schema import json_schema

__all__ = [
    "Bar",
    "Brief",
    "CheckReport",
    "Claim",
    "Guard",
    "Objective",
    "Ownership",
    "Place",
    "SearchBudget",
    "Slo",
    "Splits",
    "Volume",
    "Workload",
    "check_workload",
    "draft_workload",
    "json_schema",
    "load_workload",
]

_LATER = {
    "CheckReport": "check",
    "check_workload": "check",
    "draft_workload": "init",
    "json_schema": "schema",
    "load_workload": "load",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
