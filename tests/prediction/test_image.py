"""The prediction of image generation: laws, and how good it is on models that the fit has not seen."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadData, BadInput, MissingFactor
from rung.prediction.image import ImageJob, Maker, known_makers, maker, predict_images, read_constants, shipped
from rung.prediction.image.fitting import coverage, cross_validate, fit_values, judge, mape, r2
from rung.prediction.image.measurements import MeasuredImage, read_image_measurements
from rung.prediction.image.step import Floats

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[2].parent / "shared")) / "data" / "llm_energy"
TABLES = (SHARED / "mlenergy_v3_text_to_image.csv", SHARED / "mlenergy_v2_diffusion.csv")
needs_tables = pytest.mark.skipif(not all(t.is_file() for t in TABLES), reason="tables are not here (set RUNG_SHARED)")


@st.composite
def jobs(draw: st.DrawFn) -> ImageJob:
    return ImageJob(
        model=Maker(
            "m",
            draw(st.floats(1e8, 1e11)),
            passes=draw(st.sampled_from((1, 2))),
            pixels=draw(st.sampled_from((16, 32))),
            kind=draw(st.sampled_from(("transformer", "unet"))),
            known=draw(st.booleans()),
        ),
        silicon=draw(st.sampled_from(("A100", "A100-40", "H100", "H200", "B200", "L40S"))),
        height=draw(st.integers(64, 4096)),
        width=draw(st.integers(64, 4096)),
        steps=draw(st.integers(1, 200)),
        batch=draw(st.integers(1, 64)),
        count=draw(st.integers(1, 8)),
    )


def joules(job: ImageJob) -> float:
    return predict_images([job])[0].j_per_image.value


def seconds(job: ImageJob) -> float:
    return predict_images([job])[0].batch_s.value


@given(jobs(), st.sampled_from(("steps", "height", "width")), st.floats(1.01, 4))
def test_more_steps_and_pixels_take_more(job: ImageJob, name: str, times: float) -> None:
    more = replace(job, **{name: getattr(job, name) * times})
    assert joules(more) > joules(job)
    assert seconds(more) > seconds(job)


@given(jobs(), st.floats(1.01, 4))
def test_more_parameters_and_passes_take_more(job: ImageJob, times: float) -> None:
    larger = replace(job, model=replace(job.model, parameters=job.model.parameters * times))
    assert joules(larger) > joules(job)
    assert seconds(larger) > seconds(job)
    if job.model.passes == 1:
        assert joules(replace(job, model=replace(job.model, passes=2))) > joules(job)


@given(jobs(), st.integers(2, 8))
def test_a_batch_takes_longer_and_an_image_of_it_no_more(job: ImageJob, times: int) -> None:
    more = replace(job, batch=job.batch * times)
    assert seconds(more) > seconds(job)
    assert joules(more) <= joules(job) * (1 + 1e-9)


@given(jobs())
def test_intervals_hold_the_middle_and_widen_for_the_unknown(job: ImageJob) -> None:
    found = predict_images([job])[0]
    assert 0 < found.j_per_image.low < found.j_per_image.value < found.j_per_image.high
    named = predict_images([replace(job, model=replace(job.model, known=True))])[0]
    assert named.j_per_image.high <= found.j_per_image.high
    assert json.loads(json.dumps(found.to_json()))["j_per_image"]["value"] == found.j_per_image.value


@given(st.lists(jobs(), min_size=1, max_size=5))
def test_many_are_predicted_as_one_by_one(several: list[ImageJob]) -> None:
    together = [found.j_per_image.value for found in predict_images(several)]
    assert together == pytest.approx([joules(job) for job in several])


def test_nothing_asked_nothing_predicted() -> None:
    assert predict_images([]) == []


def test_models_are_found_by_a_part_of_their_name() -> None:
    assert maker("black-forest-labs/FLUX.1-dev").parameters == 12e9
    assert maker("stabilityai/stable-diffusion-3.5-large-turbo").passes == 1
    assert maker("acme/new-model", 4).known is False
    assert all(one.known for one in known_makers().values())
    with pytest.raises(BadInput, match="in no table"):
        maker("acme/new-model")


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"height": 10}, {"width": 1e6}, {"batch": 0}, {"count": 0}, {"silicon": "graviton4"}]
)
def test_bad_numbers_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput) as error:
        replace(ImageJob(maker("FLUX.1-dev"), "H100", 1024, 1024, 50), **wrong)  # type: ignore[arg-type]
    assert error.value.mend


def test_unknown_silicon_and_impossible_sizes_are_refused() -> None:
    with pytest.raises(MissingFactor):
        ImageJob(maker("FLUX.1-dev"), "H1000", 1024, 1024, 50)
    with pytest.raises(BadInput):
        Maker("m", 0)


def test_constants_are_read_back(tmp_path: Path) -> None:
    file = tmp_path / "constants.json"
    file.write_text(json.dumps(shipped().to_json()))
    assert read_constants(file) == shipped()
    file.write_text("{}")
    with pytest.raises(BadInput):
        read_constants(file)


def test_the_shipped_constants_say_where_they_are_from() -> None:
    origin = shipped().origin
    assert origin["date"]
    assert len(origin["sources"]) == 2
    assert origin["leave_model_out_mape_j_per_image"] < 0.2


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text)
    return path


def test_rows_that_cannot_be_predicted_are_counted(tmp_path: Path) -> None:
    head = "task,Model,GPU,Batch size,Denoising steps,Frames,Energy/image (J),Energy/video (J),Batch latency (s)\n"
    rows, left = read_image_measurements(
        [
            table(
                tmp_path,
                head
                + "diffusion/text-to-image,a/kandinsky-3,H100,1,25,,800,,2\n"
                + "diffusion/text-to-image,a/other,H100,1,25,,800,,2\n"
                + "diffusion/text-to-image,a/kandinsky-3,Moon chip,1,25,,800,,2\n"
                + "diffusion/text-to-video,a/video,H100,1,25,16,,900,2\n",
            )
        ]
    )
    assert len(rows) == 1
    assert sorted(left.values()) == [1, 1, 1]
    assert "the size of the image model 'a/other' is in no table" in left


def test_bad_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_image_measurements([tmp_path / "none.csv"])
    with pytest.raises(BadData, match=r"table\.csv:2"):
        read_image_measurements([table(tmp_path, "a,b\n1,2\n")])


@pytest.fixture(scope="module")
def rows() -> list[MeasuredImage]:
    return read_image_measurements(TABLES)[0]


@needs_tables
def test_the_shipped_constants_are_what_the_fit_gives(rows: list[MeasuredImage]) -> None:
    assert fit_values(rows) == pytest.approx(dict(shipped().values), rel=1e-3)


@pytest.mark.capability("predict-images", verified="real")
@needs_tables
def test_models_that_the_fit_has_not_seen(rows: list[MeasuredImage]) -> None:
    """Each of ten models left out in turn: 16% in joules and 20% in seconds, nine in ten rows inside the interval."""
    found = cross_validate(rows)
    assert mape(found.energy) < 0.18
    assert mape(found.latency) < 0.22
    assert r2(found.energy, judge_truth(rows)) > 0.9
    assert 0.85 <= coverage(found.energy, found.models) <= 0.98
    assert 0.85 <= coverage(found.latency, found.models) <= 0.98


@needs_tables
def test_rows_that_were_fitted(rows: list[MeasuredImage]) -> None:
    found = judge(rows, shipped().values)
    assert mape(found.energy) < 0.14
    assert mape(found.latency) < 0.18


def judge_truth(rows: list[MeasuredImage]) -> Floats:
    return np.array([row.j_per_image for row in rows])
