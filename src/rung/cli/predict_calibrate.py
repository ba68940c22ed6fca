"""`rung predict calibrate`: how fast this machine is for the embedded engines, measured in seconds."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import sys
from typing import Annotated, Literal

import typer

_WIDTHS = (128, 384, 1024)


def calibrate(
    light: Annotated[bool, typer.Option("--light", help="Without torch: less exact.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Time a handful of kernels here: the constants by which a climb predicts its candidates on this machine."""
    from rung.prediction.speed import calibrate as measure

    extent: Literal["light", "full"] = "light" if light else "full"
    print("timing kernels, about 3 s", file=sys.stderr)
    speed = measure(extent)
    if json:
        print(jsonlib.dumps(speed.to_json()))
        return
    made = "timed with torch" if speed.extent == "full" else "derived from numpy; less exact"
    print(f"{speed.cores} threads; CPU time on one of them, transformer blocks {made}")
    print(f"  arithmetic    {speed.gflops:.3g} GFLOP/s (float32 products)")
    print(f"  memory        {speed.stream_gb_per_s:.3g} GB/s")
    print(f"  text          {speed.text_s_per_kchar * 1e6:.3g} µs per 1,000 characters")
    for width in _WIDTHS:
        print(f"  block of {width:<5} {speed.block_token_s(width) * 1e6:.3g} µs a token, forward, in a large batch")
    print(f"  training      {speed.backward_ratio:.3g} times a forward pass")
