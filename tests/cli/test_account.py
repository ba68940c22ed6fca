"""`rung account`: commands and files of use, from the command line to the files that it writes."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rung import catalog
from rung.accounting.hosted import find_hosted, plain_name
from rung.footprint import peers
from rung.units import J_PER_KWH

from .conftest import Project

OPENAI = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1767225600,
    "model": "gpt-4o-2024-08-06",
    "usage": {
        "prompt_tokens": 1200,
        "completion_tokens": 300,
        "total_tokens": 1500,
        "prompt_tokens_details": {"cached_tokens": 200},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
}
BEDROCK = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2026-01-05T10:00:00Z",
    "accountId": "123456789012",
    "region": "eu-west-1",
    "requestId": "r-1",
    "operation": "Converse",
    "modelId": "mine",
    "input": {"inputContentType": "application/json", "inputTokenCount": 500, "cacheReadInputTokenCount": 100},
    "output": {"outputContentType": "application/json", "outputTokenCount": 80},
}
LITELLM = {
    "request_id": "x",
    "call_type": "acompletion",
    "spend": 0.0042,
    "total_tokens": 900,
    "prompt_tokens": 700,
    "completion_tokens": 200,
    "startTime": "2026-01-05T10:00:00",
    "endTime": "2026-01-05T10:00:04",
    "model": "mine",
}
LANGFUSE = {
    "id": "o1",
    "traceId": "t1",
    "type": "GENERATION",
    "model": "mine",
    "startTime": "2026-01-05T10:00:00Z",
    "endTime": "2026-01-05T10:00:02Z",
    "usageDetails": {"input": 90, "input_cached_tokens": 10, "output": 40, "output_reasoning_tokens": 10, "total": 150},
    "totalCost": 0.001,
}
CODECARBON = {
    "timestamp": "2026-01-05T10:00:00",
    "project_name": "train",
    "run_id": "1",
    "duration": "3600",
    "emissions": "0.0056",
    "cpu_energy": "0.06",
    "gpu_energy": "0.03",
    "ram_energy": "0.01",
    "energy_consumed": "0.1",
    "country_iso_code": "FRA",
    "cloud_provider": "",
    "cloud_region": "",
    "cpu_count": "4",
    "on_cloud": "N",
    "pue": "1",
}
FOCUS = {
    "BilledCost": "10.0",
    "EffectiveCost": "8.16",
    "BillingCurrency": "USD",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-01-01T00:00:00Z",
    "ChargePeriodEnd": "2026-02-01T00:00:00Z",
    "ConsumedQuantity": "100",
    "ConsumedUnit": "Hours",
    "ProviderName": "AWS",
    "RegionId": "eu-west-1",
    "ResourceId": "i-1",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon Elastic Compute Cloud",
    "SkuPriceDetails": '{"InstanceType": "m7g.large"}',
}


def jsonl(project: Project, name: str, *rows: Any) -> Path:
    return project.jsonl(name, rows)


def table(project: Project, name: str, *rows: dict[str, str], delimiter: str = ",") -> Path:
    path = project.folder / name
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def whole(project: Project, *arguments: str | Path) -> Any:
    ran = project.rung("account", *arguments, "--json")
    assert ran.code == 0, ran
    return ran.json()


# -- commands ---------------------------------------------------------------------------------------------------------

SPIN = "import sys, time\nwhile time.process_time() < float(sys.argv[1]): sum(range(1000))\nprint('done')"


@pytest.fixture
def spin(project: Project) -> Path:
    path = project.folder / "spin.py"
    path.write_text(SPIN)
    return path


def test_a_rented_machine_idles_in_the_energy_too(project: Project) -> None:
    """It is made and paid for as a whole, so what it draws before it does anything counts as well."""
    rented = ("account", "--region", "aws:eu-west-1", "--instance", "m7g.large", "--json", "--", "sleep", "0.5")
    ran = project.rung(*rented)
    assert ran.code == 0, ran
    energy, idle_w = ran.json()["totals"]["energy"], catalog.watts(catalog.instance("m7g.large")).idle
    pue = catalog.grid("aws:eu-west-1").pue.quantity
    assert energy["low"] >= 0.5 * idle_w.low * pue.low / J_PER_KWH
    assert energy["value"] == pytest.approx(0.5 * idle_w.value * pue.value / J_PER_KWH, rel=0.5)
    assert any("idle power of the named instance" in note for note in ran.json()["notes"])


@pytest.mark.capability("account-command", verified="real")
def test_a_command_is_metered_with_its_children(project: Project, spin: Path) -> None:
    parent = project.folder / "parent.py"
    run = f"subprocess.run([sys.executable, {str(spin)!r}, '0.4'])"
    parent.write_text(f"import subprocess, sys\nfor _ in range(2): {run}")
    ran = project.finish(
        project.start("account", "--region", "FR", "--json", "--team", "search", "--", sys.executable, "parent.py")
    )
    assert ran.code == 0, ran
    account = ran.json()
    assert account["kind"] == "command"
    assert (
        account["totals"]["energy"]["low"] < account["totals"]["energy"]["value"] < account["totals"]["energy"]["high"]
    )
    assert account["sci"]["unit"] == "gCO2e/run"
    assert "grid:FR" in account["sci"]["sources"]
    assert "done" in ran.err, "with --json the command's own output goes to stderr"
    event = project.events()[-1]
    assert event.kind == "accounted"
    assert event.owner["team"] == "search"
    assert 0.8 <= event.body["reading"]["cpu_s"] < 20
    folder = project.home / "accounts" / account["id"]
    assert {path.name for path in folder.iterdir()} == {"account.json", "account.csv", "focus.csv", "esrs-e1.csv"}
    assert json.loads((folder / "account.json").read_text()) == account


def test_without_json_stdout_is_the_commands_own(project: Project, spin: Path) -> None:
    ran = project.finish(project.start("account", "--region", "FR", "--", sys.executable, spin, "2.3"))
    assert ran.out == "done\n"
    assert "SCI, per run" in ran.err
    assert "rung: 2 s  CPU" in ran.err, "progress while it runs"


@pytest.mark.capability("account-command", verified="real")
@pytest.mark.parametrize(("code", "given"), [(0, 0), (3, 3), (1, 1)])
def test_the_exit_code_is_passed_on(project: Project, code: int, given: int) -> None:
    ran = project.rung("account", "--region", "FR", "--json", "--", sys.executable, "-c", f"raise SystemExit({code})")
    assert ran.code == given
    assert ran.json()["complete"]


def test_secrets_behind_options_are_not_kept(project: Project) -> None:
    command = (sys.executable, "-c", "pass", "--api-key", "sk-secret")
    ran = project.rung("account", "--region", "FR", "--json", "--", *command)
    assert ran.code == 0
    assert "sk-secret" not in ran.out
    assert "sk-secret" not in json.dumps([event.body for event in project.events()])


def test_a_rented_machine_takes_price_and_hardware_from_the_catalog(project: Project) -> None:
    command = ("--", sys.executable, "-c", "pass")
    ran = project.rung("account", "--region", "aws:eu-west-1", "--json", *command)
    assert "--instance" in ran.json()["totals"]["cost"]["unknown"][0]
    ran = project.rung("account", "--region", "aws:eu-west-1", "--instance", "m7g.large", "--json", *command)
    account = ran.json()
    assert account["totals"]["cost"]["value"] > 0
    assert account["lines"][0]["control"] == "cloud"
    assert {row["scope"] for row in account["esrs_e1"]} == {"Scope 3", "water"}


def test_the_explanation_holds_the_figure_of_the_result(project: Project) -> None:
    ran = project.rung("account", "--region", "FR", "--explain", "--json", "--", sys.executable, "-c", "pass")
    sci = ran.json()["sci"]["value"]
    assert f"= {sci:.4g} gCO2e/run" in ran.err
    assert "facility energy of compute = IT energy of compute x PUE" in ran.err
    assert "Ember" in ran.err


# -- token logs -------------------------------------------------------------------------------------------------------


def test_openai_responses(project: Project) -> None:
    """Two requests of gpt-4o: tokens add up, the list price is charged, the energy is EcoLogits' with its interval."""
    path = jsonl(project, "log.jsonl", OPENAI, {**OPENAI, "id": "chatcmpl-2"})
    account = whole(project, path, "--region", "aws:us-east-1")
    assert account["kind"] == "openai"
    assert account["functional_unit"] == {"name": "request", "count": 2}
    (line,) = account["lines"]
    assert line["name"] == "gpt-4o-2024-08-06"
    assert line["where"] == "log.jsonl:1-2"
    assert line["counts"]["output token"] == 600
    # 2 x (1000 fresh at 2.5 + 200 cached at 1.25 + 300 at 10) USD per 10^6 (OpenAI's list of 2024 for gpt-4o).
    assert account["totals"]["cost"]["value"] == pytest.approx(2 * (1000 * 2.5 + 200 * 1.25 + 300 * 10) / 1e6)
    assert {"hosted-energy:ecologits", "parameters:gpt-4o-2024-08-06"} <= set(account["totals"]["energy"]["sources"])
    energy = account["totals"]["energy"]
    assert energy["high"] / energy["low"] > 30
    assert "value" not in account["totals"]["carbon_market_based"]  # AWS claims nothing for OpenAI


def test_the_energy_of_tokens_is_the_published_formula(project: Project) -> None:
    """7.3 and 46.7 x 10^9 parameters, 200 tokens, PUE 1.26: the EcoLogits formula without a measured latency."""
    path = jsonl(project, "log.jsonl", {"model": "m", "usage": {"prompt_tokens": 9, "completion_tokens": 200}})
    account = whole(project, path, "--region", "FR", "--pue", "1.26", "--parameters", "m=12.9/46.7")
    kwh = 1.26 * peers.ecologits_it_kwh(200, active_b=12.9, total_b=46.7)
    assert account["totals"]["energy"]["value"] == pytest.approx(kwh)
    assert account["totals"]["energy"]["low"] == pytest.approx(0.17 * kwh)
    assert account["totals"]["energy"]["high"] == pytest.approx(5.4 * kwh)
    other = whole(project, path, "--region", "FR", "--parameters", "m=12.9/46.7", "--energy-model", "rung")
    assert "remote-energy-model" in other["totals"]["energy"]["sources"]


def test_a_model_of_unknown_size_is_unknown_and_says_so(project: Project) -> None:
    path = jsonl(project, "log.jsonl", {**OPENAI, "model": "who-knows"}, {**OPENAI, "id": "chatcmpl-2"})
    account = whole(project, path, "--region", "FR")
    assert "--parameters" in account["totals"]["carbon"]["unknown"][0]
    assert "--price" in account["totals"]["cost"]["unknown"][0]
    assert account["known_parts"]["carbon"]["lines_unknown"] == 1
    assert account["known_parts"]["carbon"]["value"] > 0
    assert "unknown" in account["sci"]


def test_bedrock_logs_say_where(project: Project) -> None:
    data = "".join(json.dumps(row) + "\n" for row in (BEDROCK, {**BEDROCK, "requestId": "r-2", "region": "us-east-1"}))
    path = project.folder / "log.json.gz"
    path.write_bytes(gzip.compress(data.encode()))
    account = whole(project, path, "--parameters", "mine=8/8", "--price", "mine=1/2/0.1")
    assert account["kind"] == "bedrock"
    assert [line["region"] for line in account["lines"]] == ["aws:eu-west-1", "aws:us-east-1"]
    # 500 fresh and 100 cached tokens in, 80 out, twice.
    assert account["totals"]["cost"]["value"] == pytest.approx(2 * (500 * 1 + 100 * 0.1 + 80 * 2) / 1e6)


def test_litellm_and_langfuse_bring_their_cost(project: Project) -> None:
    lite = whole(project, jsonl(project, "a.jsonl", LITELLM), "--region", "FR", "--parameters", "mine=8/8")
    assert (lite["kind"], lite["totals"]["cost"]["value"]) == ("litellm", pytest.approx(0.0042))
    (project.folder / "b.json").write_text(json.dumps([LANGFUSE, {**LANGFUSE, "type": "SPAN", "usageDetails": {}}]))
    fuse = whole(project, "b.json", "--region", "FR", "--parameters", "mine=8/8")
    assert (fuse["kind"], fuse["totals"]["cost"]["value"]) == ("langfuse", pytest.approx(0.001))
    assert fuse["lines"][0]["counts"] == {
        "request": 1,
        "output token": 50,
        "1k output tokens": 0.05,
        "1k tokens": pytest.approx(0.15),
    }


def test_a_langfuse_table_has_its_details_as_text(project: Project) -> None:
    row = {name: json.dumps(value) if isinstance(value, dict) else str(value) for name, value in LANGFUSE.items()}
    account = whole(project, table(project, "t.csv", row, delimiter=";"), "--region", "FR", "--parameters", "mine=8/8")
    assert account["kind"] == "langfuse"
    assert account["lines"][0]["counts"]["output token"] == 50


def test_many_lines_are_explained_by_a_few(project: Project) -> None:
    row = {"instance": "m7g.large", "hours": "1", "region": "eu-west-1", "utilisation": "0.5"}
    ran = project.rung("account", table(project, "h.csv", *[row] * 25), "--explain")
    assert ran.code == 0, ran
    assert "and 5 more lines" in ran.out
    assert "total carbon = sum over 25 lines" in ran.out


def test_per_thousand_tokens(project: Project) -> None:
    path = jsonl(project, "log.jsonl", OPENAI)
    account = whole(project, path, "--region", "FR", "--unit", "1k tokens")
    assert account["functional_unit"] == {"name": "1k tokens", "count": 1.5}
    assert account["sci"]["value"] == pytest.approx(account["totals"]["carbon"]["value"] / 1.5)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("us.anthropic.claude-3-5-sonnet-20240620-v1:0", "claude-3-5-sonnet"),
        ("azure/gpt-4o-2024-08-06", "gpt-4o"),
        ("anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku"),
        ("gpt-4o-mini", "gpt-4o-mini"),
    ],
)
def test_model_names_without_routes_and_dates(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_names_of_logs_find_the_catalogs_rows() -> None:
    found = find_hosted("gpt-4o-mini-2024-07-18")
    assert found is not None
    assert found.key == "openai:gpt-4o-mini"
    assert find_hosted("nobody-has-this") is None


# -- tables -----------------------------------------------------------------------------------------------------------


def test_codecarbon_emissions(project: Project) -> None:
    """0.1 kWh in France: x 1.3, and the country's own intensity rather than the file's emissions."""
    account = whole(project, table(project, "emissions.csv", CODECARBON, CODECARBON))
    assert account["kind"] == "codecarbon"
    assert account["totals"]["energy"]["value"] == pytest.approx(0.2 * 1.3)
    assert account["functional_unit"] == {"name": "run", "count": 2}
    assert {"codecarbon:cpu", "codecarbon:gpu", "codecarbon:ram"} <= set(account["totals"]["energy"]["sources"])
    assert "grid:FR" in account["sci"]["sources"]
    assert account["totals"]["operational"]["value"] == pytest.approx(0.26 * 53, rel=0.1)
    with_pue = whole(project, table(project, "e.csv", {**CODECARBON, "pue": "1.25"}))
    assert with_pue["totals"]["energy"]["value"] == pytest.approx(0.1 / 1.25 * 1.3)


def test_instance_hours(project: Project) -> None:
    """100 h of m7g.large at its list price; half load is between idle and full."""
    row = {"instance": "m7g.large", "hours": "100", "region": "eu-west-1", "utilisation": "50%"}
    half = whole(project, table(project, "h.csv", row))
    assert half["kind"] == "hours"
    assert half["functional_unit"] == {"name": "hour", "count": 100}
    low, mid, high = (100 * 0.0816 * ratio for ratio in catalog.ELSEWHERE)  # AWS list, us-east-1, 2026
    cost = half["totals"]["cost"]
    assert [cost[end] for end in ("low", "value", "high")] == pytest.approx([low, mid, high])
    assert cost["origin"] == "assumed"
    listed = whole(project, table(project, "h.csv", {**row, "region": "us-east-1"}))["totals"]["cost"]
    assert listed["low"] == listed["value"] == listed["high"] == pytest.approx(100 * 0.0816)
    placed = "place", "--busy-cores", "1", "--hours", "100", "--instances", "m7g.large", "--json"
    best = project.rung(*placed, "--regions", "aws:eu-west-1").json()["options"][0]["total"]["cost"]
    assert [best[end] for end in ("low", "value", "high")] == pytest.approx([low, mid, high])
    none, full = (
        whole(project, table(project, "h.csv", {**row, "utilisation": load}))["totals"]["energy"] for load in ("0", "1")
    )
    assert none["value"] < half["totals"]["energy"]["value"] < full["value"]
    assert half["totals"]["energy"]["value"] == pytest.approx((none["value"] + full["value"]) / 2)
    assumed = whole(project, table(project, "h.csv", {**row, "utilisation": ""}))["totals"]["energy"]
    assert assumed["value"] == pytest.approx(half["totals"]["energy"]["value"])
    assert assumed["origin"] == "assumed"
    assert "utilisation" in assumed["sources"]
    assert assumed["high"] > half["totals"]["energy"]["high"]


def test_a_focus_bill(project: Project) -> None:
    """Compute, storage, traffic and a tax; then something without a formula, which is unknown."""
    storage = {
        **FOCUS,
        "ServiceCategory": "Storage",
        "ConsumedUnit": "GB-Mo",
        "SkuPriceDetails": "",
        "ServiceName": "S3",
    }
    traffic = {**storage, "ServiceCategory": "Networking", "ConsumedUnit": "GB"}
    tax = {**storage, "ChargeCategory": "Tax", "ConsumedUnit": "", "ConsumedQuantity": "", "RegionId": ""}
    account = whole(project, table(project, "bill.csv", FOCUS, storage, traffic, tax))
    assert account["kind"] == "focus"
    assert account["totals"]["cost"]["value"] == pytest.approx(4 * 8.16)
    assert all(
        account["totals"][name]["value"] > 0 for name in ("operational", "embodied", "storage", "network", "water")
    )
    assert {row["scope"] for row in account["esrs_e1"]} == {"Scope 3", "water"}
    other = {**storage, "ServiceCategory": "Databases", "ServiceName": "Aurora", "ConsumedUnit": "ACU-Hr"}
    account = whole(project, table(project, "bill.csv", FOCUS, other))
    assert "Aurora" in account["totals"]["carbon"]["unknown"][0]
    assert account["totals"]["cost"]["value"] == pytest.approx(2 * 8.16)


def test_the_table_of_a_bill_with_an_unknown_line_has_the_known_part(project: Project) -> None:
    other = {**FOCUS, "ServiceCategory": "Databases", "ServiceName": "Aurora", "ConsumedUnit": "ACU-Hr"}
    other["SkuPriceDetails"] = ""
    account = whole(project, table(project, "bill.csv", FOCUS, other), "--out", "o")
    with (project.folder / "o/esrs-e1.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if row["basis"] == "location-based")
    assert row["value"] == ""
    assert float(row["known_value"]) * 1e6 == pytest.approx(account["known_parts"]["carbon"]["value"])
    assert row["coverage"] == "partial: 1 of 2 lines, 50% of cost"


def test_money_alone_has_no_class_and_an_estimated_size_a_poor_one(project: Project) -> None:
    tax = {**FOCUS, "ChargeCategory": "Tax", "ConsumedUnit": "", "ConsumedQuantity": "", "SkuPriceDetails": ""}
    account = whole(project, table(project, "bill.csv", FOCUS, tax), "--out", "o")
    used, money = (line["data_quality"]["class"] for line in account["lines"])
    assert (used in (4, 5), money) == (True, None)
    with (project.folder / "o/focus.csv").open() as file:
        assert [row["x_DataQualityClass"] for row in csv.DictReader(file)] == [str(used), ""]
    (line,) = whole(project, jsonl(project, "log.jsonl", OPENAI), "--region", "FR")["lines"]
    assert line["data_quality"]["class"] == 4


def test_a_clouds_claim_is_not_taken_for_a_model_that_the_log_does_not_place_there(project: Project) -> None:
    account = whole(project, jsonl(project, "log.jsonl", OPENAI), "--region", "aws:us-east-1")
    assert account["totals"]["operational"]["value"] > 0
    (why,) = account["totals"]["operational_market_based"]["unknown"]
    assert "not known to run at aws" in why
    stated = whole(project, "log.jsonl", "--region", "aws:us-east-1", "--market-intensity", "10,20,30")
    assert stated["totals"]["operational_market_based"]["value"] > 0


def test_the_focus_file_keeps_the_bill_and_adds_columns(project: Project) -> None:
    table(project, "bill.csv", FOCUS)
    whole(project, "bill.csv", "--out", "out")
    with (project.folder / "out/focus.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert {name: row[name] for name in FOCUS} == FOCUS
    added = [name for name in row if name not in FOCUS]
    assert added
    assert all(name.startswith("x_") for name in added)
    low, value, high = (float(row[f"x_CarbonLocationGrams{end}"]) for end in ("Low", "", "High"))
    assert 0 < low < value < high
    assert row["x_DataQualityClass"] in "12345"


def test_credits_are_told_and_not_netted(project: Project) -> None:
    credit = {**FOCUS, "ChargeCategory": "Credit", "EffectiveCost": "-3", "ConsumedQuantity": "", "ConsumedUnit": ""}
    account = whole(project, table(project, "bill.csv", FOCUS, credit))
    assert account["totals"]["cost"]["value"] == pytest.approx(8.16)
    assert "1 negative charge(s)" in account["notes"][0]


def test_whose_hardware_it_is_can_be_overruled(project: Project) -> None:
    account = whole(project, table(project, "bill.csv", FOCUS), "--control", "own")
    assert "Scope 2" in {row["scope"] for row in account["esrs_e1"]}


def test_currencies(project: Project) -> None:
    euro = {**FOCUS, "BillingCurrency": "EUR"}
    assert whole(project, table(project, "e.csv", euro, euro))["totals"]["cost"]["unit"] == "EUR"
    both = whole(project, table(project, "b.csv", FOCUS, euro), "--exchange", "EUR=1.5")
    assert both["totals"]["cost"] == {**both["totals"]["cost"], "unit": "USD", "value": pytest.approx(2.5 * 8.16)}


def test_a_file_accounted_twice_is_one_event(project: Project) -> None:
    path = jsonl(project, "log.jsonl", OPENAI)
    for _ in range(2):
        whole(project, path, "--region", "FR")
    whole(project, path, "--region", "DE")
    assert [event.kind for event in project.events()] == ["accounted"] * 2


def test_the_table_and_csv_agree_with_the_json(project: Project) -> None:
    path = jsonl(project, "log.jsonl", OPENAI)
    account = whole(project, path, "--region", "FR", "--out", "o")
    ran = project.rung("account", path, "--region", "FR", "--out", "again")
    assert "SCI, per request" in ran.out
    with (project.folder / "o/account.csv").open() as file:
        rows = {(row["line"], row["figure"]): row for row in csv.DictReader(file)}
    sci = rows["per unit", "sci"]
    assert [float(sci[x]) for x in ("low", "value", "high")] == [account["sci"][x] for x in ("low", "value", "high")]
    with (project.folder / "o/esrs-e1.csv").open() as file:
        statement = next(row for row in csv.DictReader(file) if row["basis"] == "location-based")
    assert float(statement["value"]) * 1e6 == pytest.approx(account["totals"]["carbon"]["value"])
    assert statement["grade"] in "12345"


def test_storage_and_network_are_added_to_a_command(project: Project) -> None:
    options = ("--region", "FR", "--storage-gb-months", "10", "--network-gb", "5", "--json")
    ran = project.rung("account", *options, "--", sys.executable, "-c", "pass")
    account = ran.json()
    assert account["totals"]["network"]["value"] > 0
    assert account["totals"]["storage"]["value"] > 0
    assert "storage" not in account["boundary"]["excluded"]
