"""`rung account`: the footprint of a command, or of files of use."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import click
import typer
from typer.core import TyperCommand

from rung.errors import BadInput

_COMMAND = "rung.account.command"


class KindName(StrEnum):
    """What a file is."""

    AUTO = "auto"
    OPENAI = "openai"
    OPENAI_COSTS = "openai-costs"
    BEDROCK = "bedrock"
    LITELLM = "litellm"
    LANGFUSE = "langfuse"
    CODECARBON = "codecarbon"
    HOURS = "hours"
    FOCUS = "focus"


class ControlName(StrEnum):
    """Whose hardware it is."""

    OWN = "own"
    CLOUD = "cloud"


class EnergyModelName(StrEnum):
    """Models of the energy of hosted models."""

    ECOLOGITS = "ecologits"
    RUNG = "rung"


class AfterDashes(TyperCommand):
    """A command that takes what stands after `--` as a command line of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words after `--` for `account`."""
        if "--" in args:
            cut = args.index("--")
            ctx.meta[_COMMAND] = args[cut + 1 :]
            args = args[:cut]
        return super().parse_args(ctx, args)


def account(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]... [-- COMMAND...]", help="Files of use, or a command.")
    ] = None,
    kind: Annotated[KindName, typer.Option(help="What the files are; auto tells by the columns.")] = KindName.AUTO,
    region: Annotated[str | None, typer.Option(help="Where it ran: aws:eu-west-1, FR, ...")] = None,
    grid_intensity: Annotated[
        str | None, typer.Option(metavar="LOW,MID,HIGH", help="Instead of the catalog's [gCO2e/kWh].")
    ] = None,
    market_intensity: Annotated[
        str | None, typer.Option(metavar="LOW,MID,HIGH", help="By contract or residual mix [gCO2e/kWh].")
    ] = None,
    direct_intensity: Annotated[
        str | None, typer.Option(metavar="LOW,MID,HIGH", help="Combustion alone, to split Scope 2 [gCO2e/kWh].")
    ] = None,
    pue: Annotated[float | None, typer.Option(help="Facility over IT energy.")] = None,
    tariff: Annotated[float | None, typer.Option(help="Electricity on own hardware [USD/kWh].")] = None,
    control: Annotated[ControlName | None, typer.Option(help="Whose hardware; else by region and file.")] = None,
    unit: Annotated[str | None, typer.Option(help="The functional unit, e.g. request.")] = None,
    count: Annotated[float | None, typer.Option(help="How many of the unit; else counted.")] = None,
    network_gb: Annotated[float, typer.Option(help="Data moved [GB].")] = 0.0,
    storage_gb_months: Annotated[float, typer.Option(help="Data kept [GB-months].")] = 0.0,
    replicas: Annotated[float, typer.Option(help="Copies of what is kept.")] = 1.0,
    gpu: Annotated[list[str] | None, typer.Option(help="Board of the command, for its embodied carbon.")] = None,
    instance: Annotated[str | None, typer.Option(help="Instance that the command runs on.")] = None,
    parameters: Annotated[
        list[str] | None, typer.Option(metavar="MODEL=ACTIVE/TOTAL", help="Size of a hosted model [10^9].")
    ] = None,
    price: Annotated[
        list[str] | None, typer.Option(metavar="MODEL=IN/OUT[/CACHED]", help="Of tokens [USD per 10^6].")
    ] = None,
    energy_model: Annotated[EnergyModelName, typer.Option(help="Model of hosted energy.")] = EnergyModelName.ECOLOGITS,
    exchange: Annotated[list[str] | None, typer.Option(metavar="EUR=1.08", help="USD for one unit.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out, and count them.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write to; else HOME/accounts/ID.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print each formula with its numbers.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    team: Annotated[str | None, typer.Option(envvar="RUNG_TEAM", help="Who pays.")] = None,
    cost_center: Annotated[str | None, typer.Option(envvar="RUNG_COST_CENTER", help="Where it is booked.")] = None,
    environment: Annotated[str | None, typer.Option(envvar="RUNG_ENVIRONMENT", help="E.g. production.")] = None,
    home: Annotated[
        Path, typer.Option("--home", envvar="RUNG_HOME", help="The project's folder for what is kept.")
    ] = Path(".rung"),
) -> int:
    """The footprint of a command, or of token logs, trackers' files, machine-hours and bills."""
    from rung.accounting import Options
    from rung.catalog import use
    from rung.cli import account_values as values
    from rung.cli.account_show import Shown, of_command, of_files
    from rung.workload import Place

    use(home)
    options = Options(
        place=Place(
            region,
            values.ends("--grid-intensity", grid_intensity),
            values.maybe("--pue", pue),
            values.maybe("--tariff", tariff),
        ),
        market=values.ends("--market-intensity", market_intensity),
        direct=values.ends("--direct-intensity", direct_intensity),
        control=None if control is None else control.value,
        network_gb=values.amount("--network-gb", network_gb),
        storage_gb_months=values.amount("--storage-gb-months", storage_gb_months),
        replicas=values.amount("--replicas", replicas),
        gpus=tuple(gpu or ()),
        instance=instance,
        parameters=values.parameters(parameters or ()),
        prices=values.prices(price or ()),
        energy_model=energy_model.value,
        exchange=values.rates(exchange or ()),
    )
    owner = {"team": team, "cost_center": cost_center, "environment": environment}
    shown = Shown(home, out, unit, values.maybe("--count", count), as_json=json, explain=explain, owner=owner)
    command: list[str] | None = context.meta.get(_COMMAND)
    if command is not None:
        if files or not command:
            raise BadInput("a command goes alone, after --", mend="rung account -- python train.py")
        return of_command(command, options, shown)
    if not files:
        raise BadInput("nothing to account for", mend="rung account FILE, or rung account -- COMMAND")
    return of_files(files, None if kind is KindName.AUTO else kind.value, options, shown, skip_bad=skip_bad)
