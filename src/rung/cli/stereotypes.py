"""`rung stereotypes`: which sentence of a pair a local model holds likelier, by kind of bias."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.evaluation.stereotypes import StereotypePair, Stereotyping
    from rung.types import Footprint

NO_RUN = ""
"""It belongs to no run of the ledger."""


def stereotypes(
    pairs: Annotated[
        Path, typer.Argument(metavar="PAIRS", help="A table with sent_more, sent_less and bias_type, as CrowS-Pairs.")
    ],
    model: Annotated[str, typer.Option("--model", metavar="FOLDER", help="A causal model's folder or Hub id.")],
    alpha: Annotated[float, typer.Option(help="1 - confidence of the intervals.")] = 0.05,
    region: Annotated[str, typer.Option(help="Where this machine stands, for carbon.")] = "FR",
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    home: Annotated[Path, typer.Option("--home", envvar="RUNG_HOME", help="The project's folder.")] = Path(".rung"),
) -> None:
    """Ask a local model which sentence of each pair it holds likelier: the stereotype, or its counterpart."""
    from rung.evaluation.stereotypes import read_pairs
    from rung.report.stereotypes import render_stereotyping

    if not 0 < alpha < 1:
        raise BadInput(f"--alpha {alpha:g} is no error rate", mend="give a number between 0 and 1")
    found, spent = _asked(read_pairs(pairs), model, alpha=alpha, region=region, home=home)
    if json:
        print(jsonlib.dumps(_json(found, spent, model), ensure_ascii=False))
    else:
        print(render_stereotyping(found, spent, model=model, region=region))


def _asked(
    pairs: tuple[StereotypePair, ...], named: str, *, alpha: float, region: str, home: Path
) -> tuple[Stereotyping, Footprint]:
    from rung.accounting import factors_for
    from rung.catalog import use
    from rung.cli.eval_systems import local_model
    from rung.cli.live_line import LiveLine
    from rung.engines import EngineRoom
    from rung.evaluation.metering import Laps
    from rung.evaluation.stereotypes import stereotyping
    from rung.ledger import Ledger
    from rung.meters import local_meter
    from rung.types import LogProbability
    from rung.workload import Place

    use(home)
    factors = factors_for(Place(region=region))
    with LiveLine("opening the model") as line, EngineRoom() as room, Ledger(home / "ledger.db") as ledger:
        laps = Laps(local_meter(), factors)

        def told(what: str, share: float) -> None:
            line.draw(share, f"{round(share * len(pairs))}/{len(pairs)} pairs", words=named)

        try:
            engine = room.open(local_model(named))
            if not isinstance(engine, LogProbability):
                raise BadInput(f"{named!r} gives no log probabilities", mend="name a local causal model")
            found = stereotyping(engine, pairs, progress=told, level=1 - alpha)
        finally:
            # What was spent was spent, whether or not it came to an end.
            ledger.append(NO_RUN, [laps.other("stereotypes", named)])
    return found, laps.total


def _json(found: Stereotyping, spent: Footprint, model: str) -> dict[str, Any]:
    return {
        "model": model,
        "pairs": found.share.items,
        "share": asdict(found.share),
        "mean_gap_nats": found.mean_gap,
        "by_bias_type": [{"bias_type": kind, **asdict(share)} for kind, share in found.by_kind],
        "spent": spent.to_json(),
    }
