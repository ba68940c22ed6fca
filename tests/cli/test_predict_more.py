"""`rung predict training`, `image` and `hosted`, as a user types them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from rung.cli.predict_hosted import hosted
from rung.cli.predict_image import image
from rung.cli.predict_training import tokens_of, training
from rung.errors import BadInput, MissingFactor, RungError

app = typer.Typer()
app.command()(training)
app.command()(image)
app.command()(hosted)


def run(*words: str) -> str:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def read(*words: str) -> dict[str, Any]:
    return json.loads(run(*words, "--json"))


@pytest.fixture
def sizes() -> None:
    pytest.importorskip("rung.prediction.llm")


@pytest.fixture
def roofline() -> None:
    pytest.importorskip("rung.prediction.roofline.predict")


@pytest.mark.parametrize(
    ("text", "count"), [("15T", 15e12), ("300 B", 3e11), ("2.5M", 2.5e6), ("40k", 4e4), ("12", 12)]
)
def test_tokens_as_people_write_them(text: str, count: float) -> None:
    assert tokens_of(text) == count


def test_no_tokens() -> None:
    with pytest.raises(BadInput):
        tokens_of("many")


@pytest.mark.usefixtures("sizes")
def test_training_that_fits() -> None:
    said = run("training", "--model", "8B", "--tokens", "10M", "--region", "FR")
    assert "lora of 8B on 10 million tokens, 1 x H100" in said
    assert "fits" in said
    assert "kgCO2e" in said


@pytest.mark.usefixtures("sizes")
def test_training_that_does_not_fit_says_what_would() -> None:
    found = read("training", "--model", "70B", "--method", "full", "--tokens", "1B", "--count", "4")
    assert found["memory"]["fits"] is False
    assert found["memory"]["least_count"] >= 16
    assert "does not fit" in run("training", "--model", "70B", "--method", "full", "--tokens", "1B")


@pytest.mark.usefixtures("sizes")
def test_a_utilisation_of_ones_own_narrows_the_time() -> None:
    wide = read("training", "--model", "8B", "--tokens", "1B", "--checkpoints", "0")
    mine = read("training", "--model", "8B", "--tokens", "1B", "--checkpoints", "0", "--mfu", "0.4")
    assert mine["hours"]["low"] == mine["hours"]["high"]
    assert wide["hours"]["low"] < mine["hours"]["value"] < wide["hours"]["high"]


@pytest.mark.usefixtures("sizes")
@pytest.mark.parametrize(
    "words",
    [
        ("--model", "huge", "--tokens", "1M"),
        ("--model", "8B", "--tokens", "0"),
        ("--model", "8B", "--tokens", "1M", "--method", "magic"),
        ("--model", "8B", "--tokens", "1M", "--silicon", "H1000"),
        ("--model", "8B", "--tokens", "1M", "--mfu", "2"),
        ("--model", "8B", "--tokens", "1M", "--rank", "60000"),
        ("--model", "8B", "--tokens", "1M", "--region", "nowhere"),
    ],
)
def test_training_that_cannot_be(words: tuple[str, ...]) -> None:
    with pytest.raises(RungError) as error:
        run("training", *words)
    assert error.value.mend


def test_an_image() -> None:
    found = read("image", "--model", "FLUX.1-dev", "--region", "FR")
    assert found["steps"] == 50
    assert 5000 < found["j_per_image"]["value"] < 12_000
    assert found["carbon_per_image"]["value"] > 0
    assert "kJ, modelled" in run("image", "--model", "FLUX.1-dev")


def test_an_image_of_a_model_of_ones_own() -> None:
    found = read("image", "--model", "ours", "--parameters", "6", "--passes", "1", "--size", "512x768", "--steps", "4")
    assert (found["height"], found["width"], found["passes_per_step"]) == (512, 768, 1)
    assert len(found["notes"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--model", "ours"),
        ("--model", "FLUX.1-dev", "--size", "big"),
        ("--model", "FLUX.1-dev", "--kind", "gan"),
        ("--model", "FLUX.1-dev", "--passes", "0"),
        ("--model", "FLUX.1-dev", "--batch", "0"),
        ("--model", "FLUX.1-dev", "--silicon", "graviton4"),
    ],
)
def test_images_that_cannot_be(words: tuple[str, ...]) -> None:
    with pytest.raises(RungError) as error:
        run("image", *words)
    assert error.value.mend


@pytest.mark.usefixtures("roofline")
def test_a_hosted_model() -> None:
    found = read("hosted", "gpt-4o-2024-08-06", "--tokens-in", "500", "--tokens-out", "400", "--region", "US")
    assert found["model"] == "openai:gpt-4o"
    assert found["carbon"]["value"] > 0
    assert found["usd"]["value"] == pytest.approx(500 * 2.5e-6 + 400 * 10e-6)
    said = run("hosted", "gpt-4o", "--tokens-in", "500", "--tokens-out", "400")
    assert "likely" in said
    assert "EcoLogits" in said


@pytest.mark.parametrize("name", ["gpt-999", "bedrock:titan-embed-v2"])
def test_hosted_models_that_nobody_knows(name: str) -> None:
    with pytest.raises(MissingFactor) as error:
        run("hosted", name, "--tokens-in", "500", "--tokens-out", "400")
    assert error.value.mend
