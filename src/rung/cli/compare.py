"""`rung compare`: systems of results files beside each other, as text, JSON or a page."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.evaluation.comparison import Comparison, Mean


def compare(
    results: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Files that `rung eval --out` wrote.")],
    metric: Annotated[list[str] | None, typer.Option(help="Only this metric; repeat for several.")] = None,
    alpha: Annotated[float, typer.Option(help="Error rate.")] = 0.05,
    html: Annotated[Path | None, typer.Option(metavar="OUT", help="Write an interactive page.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Compare systems on the same items: paired differences, slices, wins and losses, quality and footprint."""
    from rung.evaluation.comparison import compare as compare_results
    from rung.evaluation.results import read_results
    from rung.report.compare import render_comparison

    if not 0 < alpha < 1:
        raise BadInput(f"--alpha {alpha:g} is no error rate", mend="give a number between 0 and 1")
    named = [(path.name.rpartition(".")[0] or path.name, read_results(path)) for path in results]
    found = compare_results(named, alpha=alpha, metrics=metric or [])
    if html is not None:
        from rung.report.compare_page import render_compare_page

        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(render_compare_page(found), encoding="utf-8")
        print(f"wrote {html}", file=sys.stderr)
    print(jsonlib.dumps(_json(found), ensure_ascii=False) if json else render_comparison(found))


def _json(found: Comparison) -> dict[str, Any]:
    from rung.report.compare_words import caveats, dataset_claim, failure_warnings, headline, population_claim, shown

    return {
        "data": found.name,
        "items": len(found.items),
        "seed": found.seed,
        "alpha": found.alpha,
        "systems": list(found.systems),
        "metrics": [{"name": one.name, "higher_is_better": one.higher_is_better} for one in found.metrics],
        "left_out": list(found.left_out),
        "headline": headline(found),
        "warnings": failure_warnings(found),
        "failures": [
            {"system": system, "metric": metric, **one.to_json()} for (system, metric), one in found.failures.items()
        ],
        "means": _means(found.means),
        "differences": [
            {
                **asdict(one),
                "ties": one.ties,
                "better": one.better_minus_worse().second if one.mean and shown(found, one) is not None else None,
                "shown": shown(found, one),
                "dataset_claim": dataset_claim(found, one),
                "population_claim": population_claim(found, one),
            }
            for one in found.differences
        ],
        "slices": {category: _means(means) for category, means in found.slices.items()},
        "footprint_of_1000": [
            {
                "system": one.system,
                "energy": None if one.energy is None else one.energy.to_json(),
                "carbon": None if one.carbon is None else one.carbon.to_json(),
                "usd": one.usd,
                "latency_s": one.latency_s,
                "errors": one.errors,
            }
            for one in found.footings
        ],
        "notes": caveats(found),
    }


def _means(means: Any) -> list[dict[str, Any]]:
    made: dict[tuple[str, str], Mean] = dict(means)
    return [{"system": system, "metric": metric, **asdict(mean)} for (system, metric), mean in made.items()]
