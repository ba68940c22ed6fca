"""Bad files of use: one error with file, line and mend; what came before is kept; `--skip-bad` counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rung.accounting.reading.rows import Row, harvest
from rung.accounting.reading.tokens import openai_row

from .conftest import Project
from .test_account import BEDROCK, CODECARBON, FOCUS, LANGFUSE, LITELLM, OPENAI, jsonl, table, whole

HOURS = {"instance": "m7g.large", "hours": "10", "region": "eu-west-1", "utilisation": "0.5"}


def bad(base: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {**base, **change}


TABLES: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "unknown region": (HOURS, bad(HOURS, region="mars-1"), "mars-1"),
    "unknown instance": (HOURS, bad(HOURS, instance="m99.huge"), "m99.huge"),
    "negative hours": (HOURS, bad(HOURS, hours="-3"), "negative hours"),
    "NaN": (HOURS, bad(HOURS, hours="nan"), "nan"),
    "infinite": (HOURS, bad(HOURS, hours="inf"), "inf"),
    "no number": (HOURS, bad(HOURS, hours="many"), "no number"),
    "no hours": (HOURS, bad(HOURS, hours=""), "no hours"),
    "decimal comma": (HOURS, bad(HOURS, hours="10,5"), "decimal comma"),
    "too busy": (HOURS, bad(HOURS, utilisation="35"), "above 1"),
    "negative energy": (CODECARBON, bad(CODECARBON, energy_consumed="-0.1"), "negative energy_consumed"),
    "NaN energy": (CODECARBON, bad(CODECARBON, cpu_energy="NaN"), "cpu_energy is NaN"),
    "changed sum": (CODECARBON, bad(CODECARBON, energy_consumed="5"), "sum to"),
    "unknown country": (CODECARBON, bad(CODECARBON, country_iso_code="XYZ"), "XYZ"),
    "negative duration": (CODECARBON, bad(CODECARBON, duration="-1"), "negative duration"),
    "mixed currencies": (FOCUS, bad(FOCUS, BillingCurrency="EUR"), "mixed currencies"),
    "no currency": (FOCUS, bad(FOCUS, BillingCurrency=""), "no currency"),
    "unknown currency": (FOCUS, bad(FOCUS, BillingCurrency="coins"), "unknown currency 'COINS'"),
    "currency of three letters": (FOCUS, bad(FOCUS, BillingCurrency="XYZ"), "unknown currency 'XYZ'"),
    "unknown category": (FOCUS, bad(FOCUS, ChargeCategory="Usgae"), "unknown ChargeCategory 'Usgae'"),
    "no category": (FOCUS, bad(FOCUS, ChargeCategory=""), "no ChargeCategory"),
    "unknown unit": (FOCUS, bad(FOCUS, ConsumedUnit="fortnights"), "fortnights"),
    "negative use": (FOCUS, bad(FOCUS, ConsumedQuantity="-2"), "negative ConsumedQuantity"),
    "beyond": (HOURS, bad(HOURS, hours="1e308"), "above 1e+09"),
    "below": (HOURS, bad(HOURS, hours="1e-320"), "too small"),
    "many digits": (HOURS, bad(HOURS, hours="9" * 5000), "5000 characters"),
    "impossible PUE": (CODECARBON, bad(CODECARBON, pue="1e308"), "above 1e+15"),
    "high PUE": (CODECARBON, bad(CODECARBON, pue="11"), "PUE of 11"),
    "backwards": (FOCUS, bad(FOCUS, ChargePeriodEnd="2025-01-01T00:00:00Z"), "backwards"),
    "no time": (FOCUS, bad(FOCUS, ChargePeriodEnd="soon"), "soon"),
    "bill region": (FOCUS, bad(FOCUS, RegionId="eu-mars-1"), "eu-mars-1"),
}
LOGS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "negative tokens": (OPENAI, bad(OPENAI, usage={"prompt_tokens": -1, "completion_tokens": 2}), "negative"),
    "many tokens": (OPENAI, bad(OPENAI, usage={"prompt_tokens": 1e16, "completion_tokens": 2}), "above 1e+15"),
    "no usage": (OPENAI, bad(OPENAI, usage=None), "no usage"),
    "no model": (OPENAI, bad(OPENAI, model=""), "no model"),
    "too many cached": (LITELLM, bad(LITELLM, cache_read_input_tokens=10_000), "cached"),
    "clock": (LITELLM, bad(LITELLM, endTime="2026-01-05T09:00:00"), "backwards"),
    "langfuse clock": (LANGFUSE, bad(LANGFUSE, endTime="2026-01-05T09:00:00Z"), "backwards"),
    "langfuse tokens": (LANGFUSE, bad(LANGFUSE, usageDetails={}), "no input tokens"),
    "bedrock region": (BEDROCK, bad(BEDROCK, region="mars-1"), "mars-1"),
}


def check(project: Project, path: Path, line: int, words: str, *options: str) -> None:
    """Refused with file and line; the row before is kept; with --skip-bad the rest counts."""
    problem, mend = project.rung("account", path, *options).refused()
    assert f"{path.name}:{line}: " in problem
    assert words in problem
    assert "--skip-bad" in mend
    assert "1 valid row(s) before it are kept" in problem
    (kept,) = (project.home / "accounts").iterdir()
    partly = json.loads((kept / "account.json").read_text())
    assert partly["complete"] is False
    assert f"{path.name}:{line}" in partly["stopped"]
    assert len(partly["lines"]) == 1
    assert not (project.home / "ledger.db").exists(), "an account that is not whole is not booked"
    good = whole(project, path, *options, "--skip-bad")
    assert good["skipped_count"] == 1
    assert f"{path.name}:{line}" in good["skipped"][0]
    assert good["complete"] is True


@pytest.mark.capability("account-files", verified="real")
@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize("name", TABLES)
def test_a_bad_row_of_a_table(project: Project, name: str) -> None:
    good, wrong, words = TABLES[name]
    check(project, table(project, "use.csv", good, wrong, good), 3, words)


@pytest.mark.capability("account-files", verified="real")
@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize("name", LOGS)
def test_a_bad_row_of_a_log(project: Project, name: str) -> None:
    good, wrong, words = LOGS[name]
    options = ("--region", "FR") if good is not BEDROCK else ()
    check(project, jsonl(project, "use.jsonl", good, wrong, good), 2, words, *options)


@pytest.mark.capability("bad-input", verified="real")
def test_a_truncated_log(project: Project) -> None:
    path = jsonl(project, "use.jsonl", OPENAI)
    path.write_text(path.read_text() + json.dumps(OPENAI)[:40])
    check(project, path, 2, "truncated JSON", "--region", "FR")


def test_integers_that_no_float_holds(project: Project) -> None:
    path = jsonl(project, "use.jsonl", OPENAI, OPENAI)
    first, second = path.read_text().splitlines()
    path.write_text(f"{first}\n{second.replace('1200', '9' * 5000)}\n")
    check(project, path, 2, "prompt_tokens is inf", "--region", "FR")


def test_the_same_file_is_named_once(project: Project) -> None:
    path = jsonl(project, "use.jsonl", OPENAI)
    problem, mend = project.rung("account", path, "./use.jsonl", "--region", "FR").refused()
    assert "given twice" in problem
    assert mend == "name it once"
    (project.folder / "again.jsonl").write_text(path.read_text())
    assert "is a copy of" in project.rung("account", path, "again.jsonl", "--region", "FR").refused()[0]


@pytest.mark.capability("bad-input", verified="real")
def test_no_account_is_written_over_another(project: Project) -> None:
    path = table(project, "use.csv", HOURS, bad(HOURS, hours="-1"))
    assert "kept in o," in project.rung("account", path, "--out", "o").refused()[0]
    whole(project, table(project, "use.csv", HOURS), "--out", "o")  # the row is mended
    before = (project.folder / "o/account.json").read_text()
    problem, mend = project.rung("account", path, "--out", "o").refused()
    assert "o holds an account already" in problem
    assert "--out" in mend
    assert (project.folder / "o/account.json").read_text() == before
    marker = project.folder / "ran"
    project.rung("account", "--region", "FR", "--out", "o", "--", "touch", marker).refused()
    assert not marker.exists()
    assert "is no folder" in project.rung("account", path, "--out", "use.csv").refused()[0]


def test_mends_name_the_command_line(project: Project) -> None:
    path = table(project, "use.csv", bad(HOURS, region=""))
    assert "--region (see `rung catalog regions`) or --grid-intensity" in project.rung("account", path).refused()[1]
    path = table(project, "use.csv", bad(HOURS, instance="qqqq"))
    assert "`rung catalog instances`" in project.rung("account", path).refused()[1]
    path = table(project, "use.csv", HOURS, bad(HOURS, hours="-1"))
    assert project.rung("account", path).refused()[1].count("--skip-bad") == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--unit", "x", "--count", "1e-320"),
        ("--unit", "widget"),
        ("--count", "5"),
        ("--pue", "nan"),
        ("--instance", "m99.huge"),
        ("--gpu", "no-such-board"),
    ],
)
def test_what_cannot_be_is_told_before_the_command_runs(project: Project, options: tuple[str, ...]) -> None:
    marker = project.folder / "ran"
    project.rung("account", "--region", "FR", *options, "--", "touch", marker).refused()
    assert not marker.exists()


def test_a_broken_row_inside_does_not_hide_those_after_it(project: Project) -> None:
    path = jsonl(project, "use.jsonl", OPENAI)
    path.write_text(f"{path.read_text()}{{broken\n{json.dumps({**OPENAI, 'id': 'other'})}\n")
    good = whole(project, path, "--region", "FR", "--skip-bad")
    assert good["functional_unit"]["count"] == 2
    assert good["skipped"] == ["use.jsonl:2: no JSON: Expecting property name enclosed in double quotes"]


def test_a_row_with_fields_too_many(project: Project) -> None:
    path = table(project, "use.csv", HOURS)
    path.write_text(path.read_text() + "m7g.large,1,eu-west-1,0.5,more\n")
    check(project, path, 3, "5 fields under 4 columns")


@pytest.mark.capability("bad-input", verified="real")
def test_two_columns_of_one_name(project: Project) -> None:
    path = table(project, "use.csv", HOURS)
    head, row = path.read_text().splitlines()
    path.write_text(f"{head},hours\n{row},12\n")
    problem, mend = project.rung("account", path, "--skip-bad").refused()
    assert problem == "use.csv:1: two columns are named 'hours'"
    assert "once" in mend


DEEP = '{"a":' * 10_000 + "1" + "}" * 10_000
"""JSON beyond what Python's reader goes down to."""


@pytest.mark.capability("bad-input", verified="real")
def test_json_that_is_nested_too_deeply_is_a_bad_row(project: Project) -> None:
    path = jsonl(project, "use.jsonl", OPENAI)
    path.write_text(f"{path.read_text()}{DEEP}\n{json.dumps({**OPENAI, 'id': 'other'})}\n")
    check(project, path, 2, "nested too deeply", "--region", "FR")
    path.write_text(DEEP)
    assert "use.jsonl:1: JSON that is nested too deeply" in project.rung("account", path).refused()[0]
    (project.folder / "bad.csv").write_text(f"traceId;type;model;usageDetails\nt;GENERATION;m;{DEEP}\n")
    assert "bad.csv:2: no JSON in the cell" in project.rung("account", "bad.csv", "--region", "FR").refused()[0]


def test_a_value_that_is_too_deep_to_print_is_a_bad_row() -> None:
    """Python's limits of reading and of printing are not the same."""
    deep: Any = 1
    for _ in range(5000):
        deep = {"a": deep}
    row = Row("use.jsonl:1", {"model": deep, "usage": {"prompt_tokens": 1}})
    stopped = harvest(iter([row]), openai_row, skip_bad=False).stopped
    assert stopped is not None
    assert stopped.problem == "use.jsonl:1: JSON that is nested too deeply"


def test_a_folder_whose_account_is_nested_too_deeply_is_not_written_over(project: Project) -> None:
    (project.folder / "o").mkdir()
    (project.folder / "o/account.json").write_text(DEEP)
    path = table(project, "use.csv", HOURS)
    assert "holds an account already" in project.rung("account", path, "--out", "o").refused()[0]


@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize("content", ["", "\n \n", "instance,hours\n", "[]", "{}"])
def test_an_empty_file(project: Project, content: str) -> None:
    path = project.folder / "use.csv"
    path.write_text(content)
    problem, _ = project.rung("account", path).refused()
    assert "use.csv" in problem


def test_a_file_that_cannot_be_read(project: Project) -> None:
    assert "no such file" in project.rung("account", "nowhere.csv").refused()[0]
    (project.folder / "image.csv").write_bytes(b"\xff\xfe\x00\x01\x80")
    assert "cannot be read as text" in project.rung("account", "image.csv").refused()[0]


@pytest.mark.capability("bad-input", verified="real")
def test_an_ambiguous_file_names_the_kinds(project: Project) -> None:
    row = {"model": "m", "prompt_tokens": 1, "completion_tokens": 2, "spend": 0.1}
    path = jsonl(project, "use.jsonl", row)
    problem, mend = project.rung("account", path, "--region", "FR").refused()
    assert "openai and litellm" in problem
    assert "--kind" in mend
    assert whole(project, path, "--region", "FR", "--kind", "litellm", "--parameters", "m=8/8")["kind"] == "litellm"


def test_columns_that_no_kind_has(project: Project) -> None:
    problem, mend = project.rung("account", table(project, "use.csv", {"a": "1", "b": "2"})).refused()
    assert "a, b" in problem
    assert "codecarbon" in mend


def test_a_first_row_that_is_bad_is_an_error_even_alone(project: Project) -> None:
    problem, _ = project.rung("account", table(project, "use.csv", bad(HOURS, hours="-1"))).refused()
    assert "use.csv:2: negative hours" in problem
    problem, _ = project.rung("account", table(project, "use.csv", bad(HOURS, hours="-1")), "--skip-bad").refused()
    assert "no row" in problem


@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--region", "atlantis"), "atlantis"),
        ((), "where the model ran"),
        (("--grid-intensity", "1,2"), "one number or three"),
        (("--grid-intensity", "30,20,40"), "low <= mid"),
        (("--grid-intensity", "nan"), "cannot be"),
        (("--grid-intensity", "-5"), "cannot be"),
        (("--region", "FR", "--pue", "0.5"), "--pue 0.5 cannot be"),
        (("--region", "FR", "--tariff", "-1"), "--tariff -1 cannot be"),
        (("--region", "FR", "--unit", "widget"), "widget"),
        (("--region", "FR", "--count", "5"), "of what"),
        (("--region", "FR", "--unit", "x", "--count", "0"), "--count 0 cannot be"),
        (("--region", "FR", "--unit", "x", "--count", "nan"), "--count nan cannot be"),
        (("--region", "FR", "--unit", "x", "--count", "1e-320"), "cannot be"),
        (("--region", "FR", "--pue", "nan"), "--pue nan cannot be"),
        (("--region", "FR", "--pue", "inf"), "--pue inf cannot be"),
        (("--region", "FR", "--tariff", "nan"), "--tariff nan cannot be"),
        (("--grid-intensity", "1e308"), "--grid-intensity 1e+308 cannot be"),
        (("--grid-intensity", "0,1e-320,10"), "cannot be"),
        (("--region", "FR", "--network-gb", "1e308"), "cannot be"),
        (("--region", "FR", "--price", "m=1e308/1"), "cannot be"),
        (("--region", "FR", "--network-gb", "-1"), "cannot be"),
        (("--region", "FR", "--price", "m"), "equals sign"),
        (("--region", "FR", "--price", "m=1"), "input and output"),
        (("--region", "FR", "--price", "m=1,5/2"), "no number"),
        (("--region", "FR", "--parameters", "m=9-2"), "no size"),
        (("--region", "FR", "--parameters", "m=20/10"), "more active parameters than in total"),
        (("--region", "FR", "--parameters", "m=8-20/8-10"), "more active parameters than in total"),
        (("--region", "FR", "--exchange", "EUR=0"), "ISO 4217"),
        (("--region", "FR", "--exchange", "XYZ=1.1"), "ISO 4217"),
        (("--region", "FR", "--direct-intensity", "900"), "above the life-cycle intensity at FR"),
        (("--region", "FR", "--direct-intensity", "10,20,900"), "above the life-cycle intensity at FR"),
        (("--grid-intensity", "30", "--direct-intensity", "31"), "above the life-cycle intensity, 30 (30 to 30)"),
        (("--region", "FR", "--market-intensity", "a"), "no number"),
    ],
)
def test_an_option_that_cannot_be(project: Project, options: tuple[str, ...], words: str) -> None:
    path = jsonl(project, "use.jsonl", OPENAI)
    assert words in project.rung("account", path, *options).refused()[0]
    assert not (project.home / "accounts").exists(), "no empty folder is left"


def test_a_command_that_cannot_be(project: Project) -> None:
    assert "nothing to account" in project.rung("account").refused()[0]
    assert "alone" in project.rung("account", "--").refused()[0]
    assert "alone" in project.rung("account", "x.csv", "--", "true").refused()[0]
    assert "no-such-program" in project.rung("account", "--region", "FR", "--", "no-such-program").refused()[0]
    marker = project.folder / "ran"
    problem, _ = project.rung("account", "--region", "atlantis", "--", "touch", marker).refused()
    assert "atlantis" in problem
    assert not marker.exists(), "a place that is unknown is told before anything runs"
