"""`rung predict` on the command line: figures, a sweep and its page, constants of one's own, a plan, and bad input."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Project
from tests.report.test_html import Outline

CONFIGS = Path(__file__).parents[1] / "prediction" / "llm" / "configs"


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A folder without anything."""
    return Project(tmp_path)


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    """A folder with the config of Llama-3.1-8B."""
    folder = tmp_path / "llama-8b"
    folder.mkdir()
    config = json.loads((CONFIGS / "handwritten_llama-3.1-8b.json").read_text())
    (folder / "config.json").write_text(json.dumps(config.get("config", config)))
    return folder


def test_a_config_gives_figures_with_intervals_and_the_binding_term(empty: Project, llama: Path) -> None:
    ran = empty.rung(
        "predict", "--model", str(llama), "--batch", "1", "--region", "aws:eu-west-3", "--usd-per-hour", "3"
    )
    assert ran.code == 0, ran
    assert ran.err == ""
    for words in ("J per output token", "between tokens", "first token", "tokens/s", "16.1 of 80 GB are weights"):
        assert words in ran.out
    assert "reading weights " in ran.out
    assert "per 1,000 requests" in ran.out
    assert "Note: Energy of the accelerators alone" in ran.out


def test_json_has_every_figure(empty: Project, llama: Path) -> None:
    answer = empty.rung("predict", "--model", str(llama), "--count", "2", "--grid-intensity", "100", "--json").json()
    assert answer["binding"] in answer["step_terms_s"]
    assert answer["parallel"]["tensor"] == 2
    assert answer["watts"]["high"] <= 2 * 700
    for name in (
        "watts",
        "j_per_output_token",
        "j_per_request",
        "itl_s",
        "ttft_s",
        "tokens_per_s",
        "g_per_1k_requests",
    ):
        figure = answer[name]
        assert 0 < figure["low"] < figure["value"] < figure["high"]
        assert figure["origin"] in ("modelled", "quoted")
    grams = answer["j_per_request"]["value"] * 1000 / 3.6e6 * 100
    assert answer["g_per_1k_requests"]["value"] == pytest.approx(grams)
    assert answer["usd_per_1k_requests"] is None


def test_what_does_not_fit_is_said_and_is_no_error(empty: Project) -> None:
    ran = empty.rung("predict", "--model", "70B")
    assert ran.code == 0
    assert "It does not fit; the figures are as if it did." in ran.out
    assert "does not fit: 140 GB of weights on each accelerator of 80 GB" in ran.out
    assert not empty.rung("predict", "--model", "70B", "--json").json()["memory"]["fits"]


def test_a_sweep_shows_what_keeps_the_slo(empty: Project) -> None:
    ran = empty.rung("predict", "--model", "8B", "--sweep", "--itl-ms", "25", "--html", "out/sweep.html")
    assert ran.code == 0, ran
    kept = [line for line in ran.out.splitlines() if line.endswith("keeps the SLO")]
    missed = [line for line in ran.out.splitlines() if line.endswith("misses the SLO")]
    assert kept
    assert missed
    page = (empty.folder / "out" / "sweep.html").read_text()
    outline = Outline(page)
    assert outline
    assert "SLO 25 ms" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_hostile_name_is_text_on_the_page(empty: Project, llama: Path) -> None:
    hostile = llama.rename(llama.parent / "<script>alert(1)<")
    assert empty.rung("predict", "--model", str(hostile), "--html", "p.html").code == 0
    assert "<script>alert" not in (empty.folder / "p.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "problem", "mend"),
    [
        ((), "no model is given", "--model"),
        (("--model", "nothing.json"), "nothing.json", ""),
        (("--model", "many"), "neither a file nor a size", "30B-A3B"),
        (("--model", "8B", "--silicon", "H1000"), "'H1000' is not known", "H100"),
        (("--model", "8B", "--count", "3"), "cannot be shared by tp=3", "divides"),
        (("--model", "8B", "--count", "4", "--parallel", "tp=2"), "is 2 accelerators, not 4", "--count 2"),
        (("--model", "8B", "--parallel", "tp=two"), "cannot be read", "tp=4"),
        (("--model", "8B", "--precision", "fp3"), "'fp3' is not known", "bf16"),
        (("--model", "8B", "--batch", "0"), "batch 0 cannot", "--batch"),
        (("--model", "8B", "--output", "0"), "output 0 cannot", "--output"),
        (("--model", "8B", "--batch", "1,5"), "'1,5' is no number", "1.5"),
        (("--model", "8B", "--engine-generation", "tgi"), "no constants for the engine 'tgi'", "vllm-2025"),
        (("--model", "8B", "--itl-ms", "nan"), "'nan'", "number"),
        (("--model", "8B", "--parallel", "tp=" + "9" * 5000), "cannot be read", "tp=4"),
        (("--model", "8B", "--region", "atlantis"), "atlantis", ""),
        (("--model", "8B", "--constants", "none.json"), "none.json: there is no such file", "predict fit"),
    ],
)
def test_bad_input_is_one_error_with_its_mend(
    empty: Project, arguments: tuple[str, ...], problem: str, mend: str
) -> None:
    ran = empty.rung("predict", *arguments)
    assert ran.code == 2
    assert problem in ran.err
    assert mend in ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err.strip().splitlines()) == 2


TABLE = (
    "model,parameters_b,silicon,count,precision,batch,prompt,output,j_per_output_token,itl_ms\n"
    "mine,8,L4,1,bf16,8,500,300,0.95,110\n"
    "mine,8,L4,1,bf16,32,500,300,0.40,150\n"
    "mine,8,TPU,1,bf16,32,500,300,0.40,150\n"
)


def test_a_table_as_excel_writes_it(empty: Project) -> None:
    (empty.folder / "bom.csv").write_bytes(b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").encode())
    assert empty.rung("predict", "fit", "bom.csv", "--out", "mine.json").code == 0


@pytest.mark.capability("predict-fit", verified="real")
def test_a_few_load_tests_move_the_constants(empty: Project) -> None:
    (empty.folder / "mine.csv").write_text(TABLE)
    ran = empty.rung("predict", "fit", "mine.csv", "--out", "mine.json", "--json")
    assert ran.code == 0, ran
    assert ran.json()["rows"] == 2
    assert "'TPU' is not known" in next(iter(ran.json()["left_out"]))
    asked = ("predict", "--model", "8B", "--silicon", "L4", "--batch", "8", "--json")
    before = empty.rung(*asked).json()["itl_s"]["value"]
    after = empty.rung(*asked, "--constants", "mine.json").json()["itl_s"]["value"]
    assert abs(after / 0.11 - 1) < abs(before / 0.11 - 1)
    assert abs(after / 0.11 - 1) < 0.15


def test_tables_that_cannot_be_fitted(empty: Project) -> None:
    (empty.folder / "one.csv").write_text("".join(TABLE.splitlines(keepends=True)[:2]))
    (empty.folder / "odd.csv").write_text("a,b\n1,2\n")
    (empty.folder / "blank.csv").write_text(TABLE.replace("0.95,110", ",").replace("0.40,150", ","))
    (empty.folder / "twice.csv").write_text(TABLE.replace("itl_ms", "batch"))
    (empty.folder / "cut.csv.gz").write_bytes(gzip.compress(TABLE.encode())[:40])
    (empty.folder / "fp3.csv").write_text(TABLE.replace("bf16", "fp3"))
    (empty.folder / "bad.csv").write_text(TABLE.replace("0.95", "-0.95"))
    for name, problem in (
        ("one.csv", "too few"),
        ("odd.csv", "no known schema"),
        ("bad.csv", "bad.csv:2"),
        ("absent.csv", "cannot be read"),
        ("blank.csv", "none of j_per_output_token"),
        ("twice.csv", "two columns of one name"),
        ("cut.csv.gz", "cannot be read"),
        ("fp3.csv", "'fp3' is not known"),
    ):
        ran = empty.rung("predict", "fit", name, "--out", "c.json")
        assert ran.code == 2
        assert problem in ran.err
    assert not (empty.folder / "c.json").exists()


@pytest.mark.capability("predict-plan", verified="real")
def test_a_plan_keeps_the_slo_and_gives_every_loser_its_reason(empty: Project) -> None:
    options = ("--model", "8B", "--silicon", "H100,L4", "--rate", "20", "--itl-ms", "30")
    answer = empty.rung("predict", "fit-slo", *options, "--json").json()
    best, *others = answer["choices"]
    assert best["rejection"] is None
    assert best["itl_s"]["value"] <= 0.03
    assert all(choice["rejection"] for choice in others)
    same = [c for c in answer["choices"] if c["rejection"] is None or c["rejection"].startswith(("energy", "batch"))]
    energy = [c["j_per_request_at_the_rate"]["value"] for c in same]
    assert energy == sorted(energy)
    assert best["usd_per_1k_requests"]["origin"] == "quoted"
    reasons = {c["rejection"].split(":")[0] for c in others}
    assert {"memory", "median gap between tokens", "energy"} <= reasons


def test_a_stricter_margin_never_costs_less_energy(empty: Project) -> None:
    def joules(margin: str) -> float:
        asked = ("--model", "8B", "--rate", "50", "--itl-ms", "30", "--margin", margin, "--json")
        return empty.rung("predict", "fit-slo", *asked).json()["choices"][0]["j_per_request_at_the_rate"]["value"]

    assert joules("0") <= joules("0.5") <= joules("1")


def test_a_long_prompt_counts_in_the_latency_of_an_answer(empty: Project) -> None:
    """A full replica's answer takes batch / requests per second in the mean; the median gap hides the prompts."""
    asked = (
        "--model",
        "8B",
        "--rate",
        "5",
        "--prompt",
        "4000",
        "--output",
        "300",
        "--counts",
        "1",
        "--silicon",
        "H100",
    )
    answer = empty.rung("predict", "fit-slo", *asked, "--latency-s", "8", "--margin", "0", "--json").json()
    best = answer["choices"][0]
    assert best["rejection"] is None
    assert best["batch"] / best["requests_per_s"]["value"] <= 8


def test_energy_is_that_of_what_is_in_flight(empty: Project) -> None:
    """Nobody waits until a batch is full: at a low rate a large batch saves nothing."""
    asked = ("--model", "8B", "--silicon", "H100", "--counts", "1", "--prompt", "500", "--output", "300")
    busy = empty.rung("predict", "fit-slo", *asked, "--rate", "5", "--json").json()["choices"][0]
    alone = ("predict", "--model", "8B", "--prompt", "500", "--output", "300", "--json", "--batch")
    there = empty.rung(*alone, str(busy["in_flight"])).json()["j_per_request"]["value"]
    assert busy["j_per_request_at_the_rate"]["value"] == pytest.approx(there, rel=0.05)
    rare = empty.rung("predict", "fit-slo", *asked, "--rate", "0.01", "--json").json()["choices"][0]
    assert rare["in_flight"] < 0.1
    assert rare["j_per_request_at_the_rate"]["value"] > 50 * there


def test_nothing_that_keeps_it_is_an_answer(empty: Project) -> None:
    ran = empty.rung("predict", "fit-slo", "--model", "70B", "--rate", "1", "--itl-ms", "0.1")
    assert ran.code == 1
    assert "Nothing keeps it." in ran.out
    assert "gap between tokens" in ran.out


def test_a_slice_of_an_accelerator_can_be_enough(empty: Project) -> None:
    asked = ("--model", "1B", "--silicon", "H100,H100:1/7", "--counts", "1", "--rate", "0.5", "--json")
    best = empty.rung("predict", "fit-slo", *asked).json()["choices"][0]
    assert best["silicon"] == "H100 (1/7)"


def test_a_workload_brings_volume_lengths_and_slo(project: Project) -> None:
    ran = project.rung("predict", "fit-slo", "workload.yaml", "--model", "1B", "--json")
    assert ran.code in (0, 1), ran
    answer = ran.json()
    assert answer["rate"] > 0
    assert any("evaluation items" in note for note in answer["notes"])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--model", "8B"), "neither a workload nor a rate"),
        (("--rate", "1"), "no model is given"),
        (("--model", "8B", "--rate", "1", "--objective", "joy"), "'joy' is not known"),
        (("--model", "8B", "--rate", "1", "--counts", "none"), "no count"),
        (("--model", "8B", "--rate", "1", "--counts", "²"), "no count"),
        (("--model", "8B", "--rate", "1", "--margin", "nan"), "'nan'"),
        (("--model", "8B", "--rate", "1", "--margin", "1.5"), "past the far end"),
        (("--model", "8B", "--rate", "1", "--silicon", "L4:1/7"), "no part of an accelerator"),
        (("--model", "8B", "--rate", "1", "--silicon", "H100:7/1"), "no part of an accelerator"),
        (("--model", "8B", "--rate", "1", "--counts", "7"), "no option is left"),
    ],
)
def test_a_plan_that_cannot_be_asked(empty: Project, arguments: tuple[str, ...], problem: str) -> None:
    ran = empty.rung("predict", "fit-slo", *arguments)
    assert ran.code == 2
    assert problem in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("light", [(), ("--light",)])
def test_the_machine_at_hand_is_timed(empty: Project, light: tuple[str, ...]) -> None:
    speed = empty.rung("predict", "calibrate", *light, "--json").json()
    assert speed["gflops"] > 0
    assert speed["block_matmul_s"] > 0
    assert speed["extent"] == ("light" if light else speed["extent"])
    assert "GFLOP/s" in empty.rung("predict", "calibrate", "--light").out
