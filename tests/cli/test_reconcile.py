"""`rung reconcile`: our month beside the provider's, from a saved answer and through botocore's Stubber."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from .conftest import Project
from .test_account import FOCUS, OPENAI, jsonl, table, whole
from .test_account_bad_input import DEEP

ANSWER = Path(__file__).parent / "exchanges" / "handwritten_aws_sustainability.json"


@pytest.fixture
def account(project: Project) -> Path:
    """A bill of January 2026: a machine in Ireland for 100 hours."""
    whole(project, table(project, "bill.csv", FOCUS), "--out", "january")
    return project.folder / "january"


def changed(project: Project, account: Path, **change: Any) -> Path:
    held = json.loads((account / "account.json").read_text())
    path = project.folder / "changed.json"
    path.write_text(json.dumps({**held, **change}))
    return path


def compared(project: Project, *arguments: str | Path) -> Any:
    ran = project.rung("reconcile", *arguments, "--json")
    assert ran.code == 0, ran
    assert "unverified" in ran.err
    return ran.json()


# -- a saved answer ---------------------------------------------------------------------------------------------------


@pytest.mark.capability("feeds-aws", verified="stub")
def test_a_region_of_a_saved_answer(project: Project, account: Path) -> None:
    """Ireland alone: 2,000 g by location and 500 g by market; December and Virginia stay out."""
    found = compared(project, account, "--provider", ANSWER, "--region", "eu-west-1", "--month", "2026-01")
    ours = json.loads((account / "account.json").read_text())["totals"]["carbon"]
    assert (found["month"], found["model_version"], found["verified"]) == ("2026-01", "v3.0.0", False)
    assert found["theirs_location_based_g"] == pytest.approx(2000)
    assert found["theirs_market_based_g"] == pytest.approx(500)
    assert found["theirs_scopes_g"] == {"scope 3, location-based": pytest.approx(400)}
    assert found["ours_location_based"]["value"] == pytest.approx(ours["value"])
    assert found["difference_g"] == pytest.approx(ours["value"] - 2000)
    assert found["basis_g"] == pytest.approx(1500)
    assert found["agrees"] == (ours["low"] <= 2000 <= ours["high"])
    assert found["ours_covers"]["regions"] == ["eu-west-1"]
    assert any("embodied" in why for why in found["why"])


def test_without_a_region_the_whole_account_of_the_provider_counts(project: Project, account: Path) -> None:
    found = compared(project, account / "account.json", "--provider", ANSWER)
    assert found["theirs_location_based_g"] == pytest.approx(502_000)
    assert not found["agrees"]
    assert any("every service of the account" in why for why in found["why"])


def test_the_table_says_the_same(project: Project, account: Path) -> None:
    ran = project.rung("reconcile", account, "--provider", ANSWER, "--region", "aws:eu-west-1")
    assert ran.code == 0
    assert ran.out.startswith("2026-01, AWS, eu-west-1; method v3.0.0 (unverified)\n")
    for words in ("theirs, location-based           2.0 kgCO2e", "the basis", "data and method", "agrees", "  - "):
        assert words in ran.out


def test_pages_and_seconds_since_the_epoch(project: Project, account: Path) -> None:
    rows = json.loads(ANSWER.read_text())["Results"][:2]
    for row in rows:
        row["TimePeriod"] = {"Start": 1767225600, "End": 1769904000.0}
    pages = [{"Results": rows[:1], "NextToken": "more"}, {"Results": rows[1:]}]
    path = jsonl(project, "pages.json", pages)  # type: ignore[arg-type]
    assert compared(project, account, "--provider", path)["theirs_location_based_g"] == pytest.approx(502_000)


def test_what_keeps_the_two_apart_is_named(project: Project) -> None:
    """A day of the month, a row elsewhere, and a row without a formula: each is told."""
    day = {**FOCUS, "ChargePeriodEnd": "2026-01-02T00:00:00Z"}
    other = {**day, "ProviderName": "Microsoft", "RegionId": "westeurope", "SkuPriceDetails": "", "ServiceName": "X"}
    lost = {**day, "SkuPriceDetails": "", "ServiceName": "Amazon Thing", "ConsumedUnit": "Things"}
    whole(project, table(project, "bill.csv", day, lost, {**other, "ChargeCategory": "Tax"}), "--out", "o")
    why = " | ".join(compared(project, "o", "--provider", ANSWER)["why"])
    assert "leaves out 1 of 2 line(s), whose carbon is unknown" in why
    assert "ran elsewhere: azure:westeurope" in why
    assert "ours runs from 2026-01-01 00:00 to 2026-01-02 00:00 UTC" in why


# -- the service ------------------------------------------------------------------------------------------------------


@pytest.mark.capability("feeds-aws", verified="stub")
def test_the_service_is_asked_for_the_month_and_the_regions(project: Project, account: Path) -> None:
    pytest.importorskip("boto3")
    from botocore.stub import ANY, Stubber

    from rung.feeds.aws_sustainability import LOCATION, MARKET, open_client

    client = open_client(aws_access_key_id="x", aws_secret_access_key="x")
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    values = {LOCATION: {"Value": 0.002, "Unit": "MTCO2e"}, MARKET: {"Value": 0.0, "Unit": "MTCO2e"}}
    row = {
        "TimePeriod": {"Start": start, "End": end},
        "DimensionsValues": {},
        "ModelVersion": "v3.0.0",
        "EmissionsValues": values,
    }
    asked = {
        "TimePeriod": {"Start": start, "End": end},
        "EmissionsTypes": ANY,
        "Granularity": "MONTHLY",
        "FilterBy": {"Dimensions": {"REGION": ["eu-west-1"]}},
    }
    with Stubber(client) as stubber, patch("rung.feeds.aws_sustainability.open_client", lambda: client):
        stubber.add_response("get_estimated_carbon_emissions", {"Results": [row]}, asked)
        found = compared(project, account, "--region", "eu-west-1")
        stubber.assert_no_pending_responses()
    assert (found["theirs_location_based_g"], found["theirs_market_based_g"]) == (2000, 0)


def test_without_boto3_the_extra_is_named(project: Project, account: Path) -> None:
    with patch.dict("sys.modules", {"boto3": None}):
        assert "rung[aws]" in project.rung("reconcile", account).refused()[1]


def test_without_credentials(project: Project, account: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(project.folder / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    problem, mend = project.rung("reconcile", account).refused()
    assert problem == "no AWS credentials"
    assert "aws configure" in mend
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "nobody" in project.rung("reconcile", account).refused()[0]


def test_a_month_that_has_not_ended_is_not_asked_for(project: Project, account: Path) -> None:
    now = datetime.now(UTC).isoformat()
    path = changed(project, account, period={"start": now, "end": now, "lines_without": 0})
    assert "has not ended" in project.rung("reconcile", path).refused()[0]


# -- what cannot be ---------------------------------------------------------------------------------------------------

JANUARY = {"start": "2026-01-01T00:00:00+00:00", "end": "2026-02-01T00:00:00+00:00", "lines_without": 0}
ACCOUNTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no period": ({"period": {**JANUARY, "start": None}}, "says when it ran", "rows have times"),
    "lines without": ({"period": {**JANUARY, "lines_without": 2}}, "2 line(s)", "rows have times"),
    "several months": ({"period": {**JANUARY, "end": "2026-02-01T01:00:00+00:00"}}, "several months", "one month"),
    "elsewhere": ({"regions": {"FR": {}}}, "nothing in the account ran in a region of aws: FR", "--region aws:NAME"),
    "no embodied": (
        {"regions": {"aws:eu-west-1": {"lines": 1, "lines_unknown": 1, "carbon": None, "embodied": None}}},
        "no line of the account has a known carbon, embodied included",
        "--explain",
    ),
    "not whole": ({"complete": False, "stopped": "bill.csv:3: no"}, "not whole", "bill.csv:3"),
    "another schema": ({"schema": "other/1"}, "its schema is not rung.account/1", "rung account"),
    "an older one": ({"period": None}, "no account as", "again"),
    "a changed figure": (
        {"regions": {"aws:eu-west-1": {"lines": 1, "lines_unknown": 0, "carbon": {"value": -1}, "embodied": None}}},
        "no account as",
        "again",
    ),
}


@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_that_cannot_be_compared(project: Project, account: Path, name: str) -> None:
    change, words, mended = ACCOUNTS[name]
    problem, mend = project.rung("reconcile", changed(project, account, **change), "--provider", ANSWER).refused()
    assert problem.startswith(f"{project.folder}/changed.json: ")
    assert words in problem
    assert mended in mend


@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--month", "2026-02"), "the account is of 2026-01, not of 2026-02"),
        (("--month", "2026-13"), "is no month"),
        (("--region", "eu-west-3"), "nothing in the account ran in aws:eu-west-3"),
        (("--provider", "none.json"), "no such file"),
    ],
)
def test_an_option_that_cannot_be(project: Project, account: Path, options: tuple[str, ...], words: str) -> None:
    assert words in project.rung("reconcile", account, "--provider", ANSWER, *options).refused()[0]


def first(**change: Any) -> dict[str, Any]:
    """The first row of the answer, changed."""
    return {"Results": [{**json.loads(ANSWER.read_text())["Results"][0], **change}]}


ANSWERS: dict[str, tuple[str | Mapping[str, Any], str, str]] = {
    "not JSON": ('{"Results": [\n', "answer.json:2: not JSON", "again"),
    "too deep": (DEEP, "nested too deeply", "again"),
    "no results": ({"Message": "no"}, "no Results", "again"),
    "no list": ("7", "no Results", "again"),
    "cut short": ({**first(), "NextToken": "x"}, "NextToken", "all pages"),
    "another month": (
        first(TimePeriod={"Start": "2025-11-01T00:00:00Z"}),
        "nothing for 2026-01: it has 2025-11",
        "that month",
    ),
    "another region": (first(DimensionsValues={"REGION": "us-west-2"}), "nothing for eu-west-1", "us-west-2"),
    "no regions": (first(DimensionsValues={}), "does not tell regions apart", "--group-by REGION"),
    "no market": (
        first(EmissionsValues={"TOTAL_LBM_CARBON_EMISSIONS": {"Value": 1, "Unit": "MTCO2e"}}),
        "no 'TOTAL_MBM_CARBON_EMISSIONS'",
        "--emissions-types",
    ),
    "another unit": (first(EmissionsValues={"X": {"Value": 1, "Unit": "kg"}}), "no 'kg'", "again"),
    "no time": (first(TimePeriod={"Start": "soon"}), "soon", "again"),
}


@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_cannot_be_compared(project: Project, account: Path, name: str) -> None:
    content, words, mended = ANSWERS[name]
    path = project.folder / "answer.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    problem, mend = project.rung("reconcile", account, "--provider", path, "--region", "eu-west-1").refused()
    assert words in problem
    assert mended in mend


def test_accounts_that_are_no_accounts(project: Project) -> None:
    for content, words in (("{", ":1: not JSON"), (DEEP, "nested too deeply"), ("[]", "its schema")):
        (project.folder / "a.json").write_text(content)
        assert words in project.rung("reconcile", "a.json", "--provider", ANSWER).refused()[0]
    assert "no such file" in project.rung("reconcile", "nowhere.json").refused()[0]


def test_tokens_without_times_say_so(project: Project) -> None:
    row = {key: value for key, value in OPENAI.items() if key != "created"}
    whole(project, jsonl(project, "log.jsonl", row), "--region", "aws:us-east-1", "--out", "o")
    assert "says when it ran" in project.rung("reconcile", "o", "--provider", ANSWER).refused()[0]
