"""Our estimate of well-known hosted models beside EcoLogits 0.11.3, and beside what makers have said themselves.

    python bench/hosted_vs_ecologits.py --json OUT [--markdown]

JSON out: `{model: {tokens_in/tokens_out: {...}}}`, all in Wh of a request with the building (PUE 1.2 for both).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rung import catalog
from rung.footprint.peers import ecologits_it_kwh
from rung.prediction.hosted import BUILDING, hosted_estimate

MODELS = (
    "openai:gpt-4o",
    "openai:gpt-4o-mini",
    "anthropic:claude-sonnet-4-5",
    "google:gemini-2.5-flash",
    "bedrock:llama-3.3-70b",
)
REQUESTS = ((100, 400), (10_000, 400), (1_000, 10))
J_PER_WH = 3600.0


def main() -> int:
    """Estimate, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--markdown", action="store_true", help="print the table of the documentation")
    given = parser.parse_args()
    result = {model: {f"{i}/{o}": compared(model, i, o) for i, o in REQUESTS} for model in MODELS}
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(markdown(result) if given.markdown else json.dumps(result, indent=1))
    return 0


def compared(name: str, tokens_in: int, tokens_out: int) -> dict[str, float]:
    """One request, by both [Wh]."""
    model = catalog.hosted(name)
    ours = hosted_estimate(model, tokens_in=tokens_in, tokens_out=tokens_out)
    if model.active_b is None or model.total_b is None:
        raise SystemExit(f"{name} has no size")
    active, total = model.active_b.quantity.value, model.total_b.quantity.value
    low, high = ours.likely_j
    return {
        "mid_wh": ours.facility_j.value / J_PER_WH,
        "likely_low_wh": low / J_PER_WH,
        "likely_high_wh": high / J_PER_WH,
        "low_wh": ours.facility_j.low / J_PER_WH,
        "high_wh": ours.facility_j.high / J_PER_WH,
        "ecologits_wh": ecologits_it_kwh(tokens_out, active_b=active, total_b=total) * 1000 * BUILDING[1],
    }


def markdown(result: dict[str, Any]) -> str:
    """A table for the documentation."""
    lines = [
        "| model | tokens in / out | ours, mid [Wh] | likely | at worst and best | EcoLogits |",
        "|---|---|---|---|---|---|",
    ]
    for model, requests in result.items():
        for tokens, one in requests.items():
            likely = f"{one['likely_low_wh']:.2g} to {one['likely_high_wh']:.2g}"
            ends = f"{one['low_wh']:.2g} to {one['high_wh']:.2g}"
            name, both = model.partition(":")[2], tokens.replace("/", " / ")
            lines.append(f"| {name} | {both} | {one['mid_wh']:.2g} | {likely} | {ends} | {one['ecologits_wh']:.2g} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
