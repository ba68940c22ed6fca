"""A service profile: a JSON file with what two load probes and the data sheet say of a replica."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rung.errors import BadData
from rung.json_file import read_json
from rung.prediction.fleet.service import AffineService, ProbedService, step_line
from rung.types import Factor, Origin

Time = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
Power = Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1, le=10**9)]
ERROR: Final = "service-profile"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Probe(_Section):
    """A load probe: a closed loop of `batch` requests, and the mean time between their tokens."""

    batch: Count
    step_s: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]


class ErrorFactor(_Section):
    """How far the joules may be off: multipliers of the middle."""

    low: Annotated[float, Field(ge=0, le=1)]
    high: Annotated[float, Field(ge=1, le=1000, allow_inf_nan=False)]


class ProfileFile(_Section):
    """The file. Either `step_base_s` and `step_per_request_s`, or two `probes` or more that they are drawn through."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    step_base_s: Time | None = None
    step_per_request_s: Time | None = None
    probes: Annotated[tuple[Probe, ...], Field(min_length=2, max_length=100)] | None = None
    step_per_context_token_s: Time = 0.0
    prefill_tokens_per_s: Rate
    prefill_base_s: Time = 0.0
    idle_w: Power
    busy_w: Power
    busy_w_per_request: Power = 0.0
    prefill_w: Power | None = None
    max_batch: Count
    kv_capacity_tokens: Count
    cold_start_s: Time
    cold_start_j: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | None = None
    accelerators: Annotated[int, Field(strict=True, ge=0, le=4096)] = 0
    usd_per_hour: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None
    energy_error: ErrorFactor
    origin: Literal["measured", "modelled", "assumed"]

    @model_validator(mode="after")
    def _steps(self) -> ProfileFile:
        line = self.step_base_s is not None and self.step_per_request_s is not None
        if line == (self.probes is not None) or (
            self.probes and (self.step_base_s is not None or self.step_per_request_s is not None)
        ):
            raise ValueError("give either step_base_s with step_per_request_s, or two probes or more")
        if line and not (self.step_base_s or self.step_per_request_s):
            raise ValueError("a step that takes no time cannot be: step_base_s and step_per_request_s are both 0")
        if self.busy_w < self.idle_w:
            raise ValueError("busy_w is below idle_w")
        return self

    def service(self) -> AffineService:
        """The replica that the file describes. Prompts draw `busy_w`, and a start too, where no figure is given."""
        base, slope = self.step_base_s or 0.0, self.step_per_request_s or 0.0
        points = tuple(sorted((one.batch, one.step_s) for one in self.probes or ()))
        if points:
            base, slope = step_line(points[0], points[-1])
        if twice := next((a for (a, _), (b, _) in pairwise(points) if a == b), None):
            raise BadData(f"two probes ran at batch {twice}", mend="give each batch once")
        make = AffineService if len(points) < 3 else partial(ProbedService, points=points)
        return make(
            name=self.name,
            step_base_s=base,
            step_per_request_s=slope,
            prefill_tokens_per_s=self.prefill_tokens_per_s,
            idle_w=self.idle_w,
            busy_w=self.busy_w,
            prefill_w=self.busy_w if self.prefill_w is None else self.prefill_w,
            max_batch=self.max_batch,
            kv_capacity_tokens=self.kv_capacity_tokens,
            cold_start_s=self.cold_start_s,
            cold_start_j=self.busy_w * self.cold_start_s if self.cold_start_j is None else self.cold_start_j,
            accelerators=self.accelerators,
            step_per_context_token_s=self.step_per_context_token_s,
            prefill_base_s=self.prefill_base_s,
            busy_w_per_request=self.busy_w_per_request,
            usd_per_hour=self.usd_per_hour,
            energy_error=Factor(ERROR, self.energy_error.low, self.energy_error.high),
            origin=Origin[self.origin.upper()],
        )


def read_profile(path: Path) -> AffineService:
    """Read a profile.

    Raises:
        BadData: no such file, no JSON, or a field that cannot be; the field is named.
    """
    held = read_json(path, mend=_SHAPE, absent="check the path of --profile")
    try:
        return ProfileFile.model_validate(held).service()
    except ValidationError as problems:
        first = problems.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        words = str(first["msg"]).removeprefix("Value error, ")
        more = f" (and {len(problems.errors()) - 1} more)" if len(problems.errors()) > 1 else ""
        raise BadData(f"{path.name}: {field + ': ' if field else ''}{words}{more}", mend=_SHAPE) from None


_SHAPE = 'see the guide "Simulate a fleet" for the fields of a profile, with an example'
