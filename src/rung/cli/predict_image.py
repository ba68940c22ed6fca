"""`rung predict image`: joules and seconds of an image of a diffusion model."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rung.cli.place_reading import number_for
from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.cli.predict_place import Placed
    from rung.prediction.image import Maker, PredictedImage

_PARAMETERS = "Parameters of the denoising network [10^9], for models that are not known."
_PASSES = "Passes for a step: 2 with guidance, 1 where it is distilled."


def image(
    model: Annotated[str, typer.Option(help="A known model (FLUX.1-dev), or a name of yours with --parameters.")],
    silicon: Annotated[str, typer.Option(help="Accelerator: a name of `rung catalog silicon`.")] = "H100",
    count: Annotated[int, typer.Option(help="Accelerators that share an image.")] = 1,
    batch: Annotated[int, typer.Option(help="Images at once.")] = 1,
    size: Annotated[str | None, typer.Option(help="Height x width in pixels: 1024x1024; else as usual.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps; else as usual.")] = None,
    parameters: Annotated[
        float | None, typer.Option(help=_PARAMETERS, parser=number_for(_PARAMETERS), metavar="NUMBER")
    ] = None,
    passes: Annotated[float | None, typer.Option(help=_PASSES, parser=number_for(_PASSES), metavar="NUMBER")] = None,
    kind: Annotated[str | None, typer.Option(help="transformer or unet.")] = None,
    region: Annotated[str | None, typer.Option(help="A cloud region or grid zone, for PUE and carbon.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Predict an image: energy and time, with an interval of 90% on models that the fit has not seen."""
    from rung.cli.predict_place import placed
    from rung.prediction.image import ImageJob, predict_images

    one = _maker(model, parameters, passes, kind)
    height, width = (one.side, one.side) if size is None else _sides(size)
    job = ImageJob(one, silicon, height, width, one.steps if steps is None else steps, batch, count)
    found = predict_images([job])[0]
    where = placed(found.j_per_image, region)
    print(jsonlib.dumps(_json(found, where), ensure_ascii=False) if json else _written(found, where))


def _maker(name: str, parameters: float | None, passes: float | None, kind: str | None) -> Maker:
    from rung.prediction.image import maker

    one = maker(name, parameters)
    if parameters is not None:
        one = replace(one, parameters=parameters * 1e9)
    if passes is not None:
        if not 1 <= passes <= 10:
            raise BadInput(f"{passes:g} passes for a step", mend="give --passes 1 or 2")
        one = replace(one, passes=passes)
    if kind is not None:
        if kind not in ("transformer", "unet"):
            raise BadInput(f"no kind of image model {kind!r}", mend="use transformer or unet")
        one = replace(one, kind=kind)
    return one


def _sides(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,6})\s*[x×]\s*(\d{1,6})", text.strip())
    if found is None:
        raise BadInput(f"the size {text!r} cannot be read", mend="write height x width in pixels: 1024x768")
    return int(found[1]), int(found[2])


def _json(found: PredictedImage, where: Placed) -> dict[str, Any]:
    return {
        **found.to_json(),
        "region": where.region,
        "facility_j_per_image": None if where.region is None else where.facility_j.to_json(),
        "carbon_per_image": None if where.carbon is None else where.carbon.to_json(),
    }


def _written(found: PredictedImage, where: Placed) -> str:
    from rung.cli.predict_place import laid_out
    from rung.report.numbers import figure

    job = found.job
    title = (
        f"{job.model.name}, {job.height:.0f}x{job.width:.0f}, {job.steps:g} steps, batch {job.batch:g}, "
        f"{job.count} x {job.silicon}"
    )
    rows = [("energy of an image", figure(found.j_per_image)), ("time of the batch", figure(found.batch_s))]
    if where.carbon is not None:
        rows.append((f"energy in {where.region}", figure(where.facility_j)))
        rows.append((f"carbon in {where.region}", figure(where.carbon)))
    return laid_out(title, rows, found.notes)
