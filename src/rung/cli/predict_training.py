"""`rung predict training`: hours, energy and memory of a training run before it is started."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

import typer

from rung.cli.place_reading import number, number_for
from rung.errors import BadInput
from rung.units import BYTES_PER_GB

if TYPE_CHECKING:
    from rung.cli.predict_place import Placed
    from rung.prediction.training import Method, PredictedTraining, Share, TrainedModel

_SEQUENCE = "Tokens of a row, mean."
_EPOCHS = "Passes over the data."
_MFU = "Share of the peak rate that runs of yours reached, e.g. 0.35; else a published range."
_SCALES: Final = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def tokens_of(text: str) -> float:
    """`15T`, `300B`, `2.5M`, `40k` or a plain number.

    Raises:
        BadInput: it is none of these.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKMBT])", text.strip())
    if found is None:
        return number(text)
    return float(found[1]) * _SCALES[found[2] if found[2] != "K" else "k"]


def training(
    model: Annotated[str, typer.Option(help="A config.json, a model folder, or a size (8B, 30B-A3B).")],
    tokens: Annotated[float, typer.Option(help="Tokens of the data: 10M, 15T.", parser=tokens_of, metavar="TOKENS")],
    method: Annotated[str, typer.Option(help="full, lora, qlora, continue or pretrain.")] = "lora",
    silicon: Annotated[str, typer.Option(help="Accelerator: a name of `rung catalog silicon`.")] = "H100",
    count: Annotated[int, typer.Option(help="How many.")] = 1,
    epochs: Annotated[float, typer.Option(help=_EPOCHS, parser=number_for(_EPOCHS), metavar="NUMBER")] = 1.0,
    sequence: Annotated[float, typer.Option(help=_SEQUENCE, parser=number_for(_SEQUENCE), metavar="NUMBER")] = 2048.0,
    micro_batch: Annotated[int, typer.Option(help="Rows that an accelerator holds at once.")] = 1,
    recompute: Annotated[str, typer.Option(help="Activations: `none`, or `blocks` are made again.")] = "none",
    rank: Annotated[int, typer.Option(help="Of the adapters of lora and qlora.")] = 16,
    checkpoints: Annotated[int | None, typer.Option(help="Written over the run; else 1 or 100, by method.")] = None,
    mfu: Annotated[float | None, typer.Option(help=_MFU, parser=number_for(_MFU), metavar="NUMBER")] = None,
    region: Annotated[str | None, typer.Option(help="A cloud region or grid zone, for PUE and carbon.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Predict a training run: hours, kWh, and whether it fits; nothing is run."""
    from rung.cli.predict_place import placed
    from rung.prediction.training import TrainingJob, predict_training

    job = TrainingJob(
        model=_model(model),
        method=cast("Method", method),
        tokens=tokens,
        silicon=silicon,
        count=count,
        epochs=epochs,
        sequence=sequence,
        micro_batch=micro_batch,
        recompute=cast("Literal['none', 'blocks']", recompute),
        rank=rank,
        checkpoints=checkpoints,
    )
    found = predict_training(job, reached=None if mfu is None else _reached(mfu))
    where = placed(found.energy_j, region)
    print(jsonlib.dumps(_json(found, where), ensure_ascii=False) if json else _written(found, where))


def _model(text: str) -> TrainedModel:
    from rung.prediction.llm import Size, estimate, read_architecture
    from rung.prediction.training import TrainedModel

    path = Path(text)
    size = None if path.exists() else Size.of(text)
    one = read_architecture(path) if size is None else estimate(size)
    # Makers' counts of a size include the looked-up table, as 6ND is commonly taken.
    active = float(one.active_parameters if size is None else size.active)
    return TrainedModel(
        one.name, float(one.parameters), active, one.layers, one.hidden, one.vocabulary, estimated=one.estimated
    )


def _reached(mfu: float) -> Share:
    from rung.prediction.training import Share
    from rung.types import Origin

    if not 0 < mfu <= 1:
        raise BadInput(f"--mfu {mfu:g} is no share of the peak rate", mend="give a share above 0, e.g. 0.35")
    return Share(mfu, mfu, mfu, Origin.ASSUMED, "given by the user")


def _json(found: PredictedTraining, where: Placed) -> dict[str, Any]:
    return {
        **found.to_json(),
        "region": where.region,
        "facility_j": None if where.region is None else where.facility_j.to_json(),
        "carbon": None if where.carbon is None else where.carbon.to_json(),
    }


def _written(found: PredictedTraining, where: Placed) -> str:
    from rung.cli.predict_place import kilograms, kilowatt_hours, laid_out
    from rung.report.numbers import count, figure, interval

    job = found.job
    title = f"{job.method} of {job.model.name} on {count(job.trained_tokens)} tokens, {job.count} x {job.silicon}"
    share = found.utilisation
    rows = [
        ("arithmetic", f"{found.flops:.3g} FLOP, at {share.mid:.0%} ({share.low:.0%}–{share.high:.0%}) of the peak"),
        ("time", interval(found.hours)),
        ("accelerator-hours", interval(found.accelerator_hours)),
        ("energy, accelerators", interval(kilowatt_hours(found.accelerator_j))),
        ("energy, servers", figure(kilowatt_hours(found.energy_j))),
    ]
    if where.carbon is not None:
        rows.append((f"energy in {where.region}", interval(kilowatt_hours(where.facility_j))))
        rows.append((f"carbon in {where.region}", figure(kilograms(where.carbon))))
    rows.append(("memory", _memory(found)))
    return laid_out(title, rows, (f"Utilisation: {share.source}.", *found.notes))


def _memory(found: PredictedTraining) -> str:
    memory = found.memory
    needed = f"{memory.needed_bytes / BYTES_PER_GB:.0f} of {memory.available_bytes / BYTES_PER_GB:.0f} GB each"
    if memory.fits:
        together = f", {memory.sharing} share a row" if memory.sharing > 1 else ""
        return f"fits: {needed}{together}"
    if found.least_count is None:
        return f"does not fit: {needed}, nor on more; use --recompute blocks or a shorter --sequence"
    return f"does not fit: {needed}; {found.least_count} x {found.job.silicon} is the least that does, in powers of two"
