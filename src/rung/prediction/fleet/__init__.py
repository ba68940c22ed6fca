"""A fleet of replicas, simulated on a trace: latency, joules, grams and dollars before anything is rented.

`simulate` sends `Request`s through a `FleetSpec`; `outcome_of` turns what came of it into quantities. A replica is
whatever fills `ReplicaService`; `read_profile` makes one from measured figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.lazily import lazily
from rung.prediction.fleet.curve import Curve, relax
from rung.prediction.fleet.deferral import Deferral
from rung.prediction.fleet.objectives import Kept, Objective, read_objective
from rung.prediction.fleet.outcome import Outcome, outcome_of
from rung.prediction.fleet.power import Power
from rung.prediction.fleet.records import FleetRun
from rung.prediction.fleet.scaling import Scaling, keep_alive_s
from rung.prediction.fleet.service import AffineService, ProbedService, ReplicaService, best_batch, step_line
from rung.prediction.fleet.simulate import FleetSpec, Request, Simulated, simulate
from rung.prediction.fleet.site import SiteSpec
from rung.prediction.fleet.trace import TraceFile

if TYPE_CHECKING:
    from rung.prediction.fleet.profile import read_profile

__all__ = [
    "AffineService",
    "Curve",
    "Deferral",
    "FleetRun",
    "FleetSpec",
    "Kept",
    "Objective",
    "Outcome",
    "Power",
    "ProbedService",
    "ReplicaService",
    "Request",
    "Scaling",
    "Simulated",
    "SiteSpec",
    "TraceFile",
    "best_batch",
    "keep_alive_s",
    "outcome_of",
    "read_objective",
    "read_profile",
    "relax",
    "simulate",
    "step_line",
]

__getattr__ = lazily(__name__, {"read_profile": "profile"})
