"""Pages of OpenAI's usage and costs APIs, the output of a batch, and requests that stand in a log twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Project
from .test_account import BEDROCK, LANGFUSE, LITELLM, OPENAI, jsonl, whole

EXCHANGES = Path(__file__).parent / "exchanges"
FRANCE = ("--region", "FR", "--parameters", "mine=8/8")


def page(name: str = "usage") -> Any:
    """A page as it was written by hand; see the README beside it."""
    return json.loads((EXCHANGES / f"handwritten_openai_{name}.json").read_text(encoding="utf-8"))


def later(first: Any) -> Any:
    """The last page, which begins where the first ends."""
    end = first["data"][-1]["end_time"]
    bucket = {**first["data"][0], "start_time": end, "end_time": end + 86400}
    return {**first, "data": [bucket], "has_more": False, "next_page": None}


# -- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.capability("account-files", verified="stub")
def test_a_page_of_the_usage_api(project: Project) -> None:
    account = whole(project, EXCHANGES / "handwritten_openai_usage.json", "--region", "FR")
    assert (account["kind"], account["functional_unit"]["count"]) == ("openai", 7)
    big, small = account["lines"]
    assert (big["name"], big["counts"]["output token"]) == ("gpt-4o-2024-08-06", 500)
    assert big["where"].startswith("handwritten_openai_usage.json:1")
    assert big["period"] == ["2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"]
    assert small["counts"]["request"] == 2
    # 200 fresh at 2.5, 800 cached at 1.25 and 500 at 10 USD per 10^6 (OpenAI's list of 2024 for gpt-4o).
    assert big["cost"]["value"] == pytest.approx((200 * 2.5 + 800 * 1.25 + 500 * 10) / 1e6)
    assert any("has_more" in note and "next_page" in note for note in account["notes"])


def test_pages_line_by_line_are_whole_when_the_last_says_so(project: Project) -> None:
    first = page()
    path = jsonl(project, "pages.jsonl", first, later(first))
    account = whole(project, path, "--region", "FR")
    assert account["functional_unit"]["count"] == 14
    assert account["lines"][0]["where"] == "pages.jsonl:1-2"
    assert account["notes"] == []
    one, two = jsonl(project, "one.jsonl", first), jsonl(project, "two.jsonl", later(first))
    apart = whole(project, two, one, "--region", "FR")
    assert (apart["functional_unit"]["count"], apart["notes"]) == (14, [])


def test_a_page_that_was_saved_twice_counts_once(project: Project) -> None:
    first = page()
    account = whole(project, jsonl(project, "p.jsonl", first, {**first, "has_more": False}), "--region", "FR")
    assert account["functional_unit"]["count"] == 7
    assert any("2 row(s) repeat" in note for note in account["notes"])


def test_a_bad_result_is_named_by_its_place_in_the_page(project: Project) -> None:
    bad = page()
    bad["data"][0]["results"][1]["output_tokens"] = -1
    path = jsonl(project, "p.jsonl", bad)
    problem, _ = project.rung("account", path, "--region", "FR").refused()
    assert "p.jsonl:1 data[0].results[1]: negative output_tokens" in problem
    assert "1 valid row(s) before it are kept" in problem
    assert whole(project, path, "--region", "FR", "--skip-bad")["skipped_count"] == 1
    bad["data"][0]["results"][0]["model"] = None
    problem, mend = project.rung("account", jsonl(project, "q.jsonl", bad), "--region", "FR").refused()
    assert "without its model" in problem
    assert "group_by=model" in mend


@pytest.mark.parametrize(("data", "words"), [({}, "list of buckets"), ([{}], "list of results"), ([7], "list of res")])
def test_an_envelope_of_another_form_is_refused(project: Project, data: Any, words: str) -> None:
    path = jsonl(project, "p.jsonl", {**page(), "data": data})
    assert words in project.rung("account", path, "--kind", "openai", "--region", "FR").refused()[0]


def test_a_page_of_the_costs_api_is_money_and_says_where_the_energy_is(project: Project) -> None:
    account = whole(project, EXCHANGES / "handwritten_openai_costs.json")
    assert account["kind"] == "openai-costs"
    assert account["totals"]["cost"]["value"] == pytest.approx(0.08)
    assert "organization/usage" in account["totals"]["carbon"]["unknown"][0]
    usage = EXCHANGES / "handwritten_openai_usage.json"
    both = project.rung("account", usage, EXCHANGES / "handwritten_openai_costs.json", "--region", "FR")
    assert "several kinds" in both.refused()[0]


def test_costs_in_coins_are_refused(project: Project) -> None:
    bad = page("costs")
    bad["data"][0]["results"][1]["amount"]["currency"] = "coins"
    problem, mend = project.rung("account", jsonl(project, "c.jsonl", bad)).refused()
    assert "c.jsonl:1 data[0].results[1]: unknown currency 'COINS'" in problem
    assert "ISO 4217" in mend


# -- batches ----------------------------------------------------------------------------------------------------------


def test_the_output_of_a_batch_counts_what_was_answered(project: Project) -> None:
    """Requests that were refused or expired come first, and have no tokens."""
    account = whole(project, EXCHANGES / "handwritten_openai_batch.jsonl", "--region", "FR")
    (line,) = account["lines"]
    assert (account["kind"], line["name"]) == ("openai", "gpt-4o-mini-2024-07-18")
    assert (line["counts"]["request"], line["counts"]["output token"]) == (1, 15)


def test_an_answer_of_a_batch_without_usage_is_a_bad_row(project: Project) -> None:
    answer = {"custom_id": "a", "response": {"status_code": 200, "body": {"id": "x", "model": "mine"}}, "error": None}
    problem, _ = project.rung("account", jsonl(project, "b.jsonl", answer), "--region", "FR").refused()
    assert "b.jsonl:1: no usage" in problem


# -- requests that stand there twice ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "name"), [(OPENAI, "id"), (BEDROCK, "requestId"), (LITELLM, "request_id"), (LANGFUSE, "id")]
)
def test_a_request_counts_once(project: Project, row: dict[str, Any], name: str) -> None:
    path = jsonl(project, "log.jsonl", row, row, {**row, name: "other"}, row)
    account = whole(project, path, *FRANCE)
    assert account["functional_unit"]["count"] == 2
    assert account["notes"] == ["2 row(s) repeat the id of a request and were dropped: each counts once"]
    without = {key: value for key, value in row.items() if key != name}
    account = whole(project, jsonl(project, "without.jsonl", without, without), *FRANCE)
    assert (account["functional_unit"]["count"], account["notes"]) == (2, [])


def test_a_request_counts_once_over_files_given_together(project: Project) -> None:
    first = jsonl(project, "a.jsonl", OPENAI)
    second = jsonl(project, "b.jsonl", {**OPENAI, "usage": {"prompt_tokens": 1, "completion_tokens": 1}}, OPENAI)
    account = whole(project, first, second, *FRANCE)
    assert account["functional_unit"]["count"] == 1
    assert account["lines"][0]["counts"]["output token"] == 300
    assert "2 row(s) repeat" in account["notes"][0]
    assert "1 of them had other figures" in account["notes"][0]


def test_row_numbers_of_two_files_are_not_requests(project: Project) -> None:
    files = [jsonl(project, f"{n}.jsonl", {**OPENAI, "id": 1, "created": n}) for n in range(2)]
    assert whole(project, *files, *FRANCE)["functional_unit"]["count"] == 2
