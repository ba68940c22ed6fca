"""`rung predict hosted`: a request to a model behind somebody else's endpoint."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rung.cli.place_reading import number_for
from rung.errors import MissingFactor
from rung.units import TOKENS_PER_MTOK

if TYPE_CHECKING:
    from rung.catalog import HostedModel
    from rung.prediction.hosted import HostedEstimate
    from rung.types import Quantity

_IN = "Tokens of the prompt, without those that the provider has cached."
_OUT = "Tokens of the answer, reasoning included."


def hosted(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A name of `rung catalog models`, or an id as in a log.")
    ],
    tokens_in: Annotated[float, typer.Option(help=_IN, parser=number_for(_IN), metavar="NUMBER")],
    tokens_out: Annotated[float, typer.Option(help=_OUT, parser=number_for(_OUT), metavar="NUMBER")],
    region: Annotated[str | None, typer.Option(help="A cloud region or grid zone, for PUE and carbon.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Predict one request to a hosted model: energy, carbon and price, with what is not known as ranges."""
    from rung.catalog import grid
    from rung.prediction.hosted import hosted_estimate

    row = None if region is None else grid(region)
    found = hosted_estimate(
        _model(model), tokens_in=tokens_in, tokens_out=tokens_out, pue=None if row is None else row.pue.quantity
    )
    carbon = None
    if row is not None:
        from rung.cli.predict_place import kilowatt_hours

        carbon = kilowatt_hours(found.facility_j).times(row.intensity.quantity, "gCO2e")
    if json:
        more: dict[str, Any] = {
            "ecologits_it_j": _ecologits_j(found),
            "usd": _usd(found).to_json(),
            "region": region,
            "carbon": None if carbon is None else carbon.to_json(),
        }
        print(jsonlib.dumps({**found.to_json(), **more}, ensure_ascii=False))
        return
    print(_written(found, carbon, region))


def _model(name: str) -> HostedModel:
    from rung import catalog
    from rung.accounting.hosted import find_hosted

    known = find_hosted(name)
    if known is None:
        return catalog.hosted(name)  # its error names close matches
    if known.total_b is None:
        raise MissingFactor(
            f"how large {known.key} is stands in no table",
            mend="add rows `total` and `active` to HOME/catalog/hosted.csv (see `rung catalog`)",
        )
    return known


def _ecologits_j(found: HostedEstimate) -> float | None:
    """IT energy of the request by EcoLogits 0.11.3 at the middle size [J]."""
    from rung.footprint.peers import ecologits_it_kwh
    from rung.units import J_PER_KWH

    active, total = found.model.active_b, found.model.total_b
    if active is None or total is None:
        return None
    kwh = ecologits_it_kwh(found.tokens_out, active_b=active.quantity.value, total_b=total.quantity.value)
    return kwh * J_PER_KWH


def _usd(found: HostedEstimate) -> Quantity:
    """By the price list [USD]."""
    model = found.model
    inputs = model.input.quantity.scaled(found.tokens_in / TOKENS_PER_MTOK, "USD")
    return inputs + model.output.quantity.scaled(found.tokens_out / TOKENS_PER_MTOK, "USD")


def _written(found: HostedEstimate, carbon: Quantity | None, region: str | None) -> str:
    from rung.cli.predict_place import laid_out
    from rung.report.numbers import digits, figure, interval, middle, plain_figure

    low, high = found.likely_j
    one = found.cases[0]
    rows = [
        (
            "energy, with the building",
            f"{middle(found.facility_j)}, likely {plain_figure(low, 'J')} to {plain_figure(high, 'J')}",
        ),
        ("at worst and at best", figure(found.facility_j)),
        ("accelerators alone", interval(found.accelerators_j)),
        ("price", interval(_usd(found))),
    ]
    if carbon is not None:
        rows.append((f"carbon in {region}", figure(carbon)))
    theirs = _ecologits_j(found)
    if theirs is not None:
        rows.append(("EcoLogits, without PUE", plain_figure(theirs, "J")))
    rows.append(
        (
            "the middle",
            f"{digits(one.active_b)} of {digits(one.total_b)} billion parameters active, {one.count} x {one.silicon}, "
            f"{one.weights}, {one.batch:g} requests at once",
        )
    )
    title = f"{found.model.key}: {found.tokens_in:g} tokens in, {found.tokens_out:g} out"
    return laid_out(title, rows, found.notes)
