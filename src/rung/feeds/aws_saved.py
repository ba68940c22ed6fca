"""A month of the provider's from a saved answer of `GetEstimatedCarbonEmissions`, e.g. of the AWS CLI.

One answer, or a list of them (pages). Nobody of us has seen an answer of the real service yet: unverified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from rung.errors import BadData, BadInput
from rung.feeds.aws_sustainability import LOCATION, MARKET, ProviderMonth, month_of
from rung.feeds.series import parse_time
from rung.json_file import read_json

_SAVE: Final = "save the answer of `aws sustainability get-estimated-carbon-emissions --granularity MONTHLY` again"


def saved_month(path: Path, month: datetime, *, regions: Sequence[str] = ()) -> ProviderMonth:
    """The month in a saved answer.

    Args:
        path: a JSON file.
        month: any moment of it.
        regions: only these AWS regions, for an answer grouped by REGION; all when empty.

    Raises:
        BadData: no such file, or not an answer as documented.
        BadInput: the answer is not of this month, is cut short, or does not tell regions apart.
    """
    pages = _pages(path)
    try:
        rows = [_row(row) for page in pages for row in page["Results"]]
        kept = _of(path, rows, month.astimezone(UTC), regions)
        return month_of(month.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0), kept)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        told = f"no {error}" if isinstance(error, KeyError) else str(error)
        both = f"{_SAVE}, with --emissions-types {LOCATION} {MARKET}"
        raise BadData(f"{path}: not as the service documents it: {told}", mend=both) from error


def _pages(path: Path) -> list[Mapping[str, Any]]:
    held = read_json(path, mend=_SAVE, absent="look at the path of --provider")
    pages = cast("list[Any]", held if isinstance(held, list) else [held])
    if not all(isinstance(page, dict) and "Results" in page for page in pages):
        raise BadData(f"{path}: no answer of the service: it has no Results", mend=_SAVE)
    if pages and pages[-1].get("NextToken"):
        mend = "save all pages, as one list of answers; the AWS CLI gets them all by itself"
        raise BadInput(f"{path}: the answer is cut short: it names a NextToken", mend=mend)
    return cast("list[Mapping[str, Any]]", pages)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "TimePeriod": {"Start": _moment(row["TimePeriod"]["Start"])}}


def _moment(value: Any) -> datetime:
    """ISO text, or seconds since the epoch, as the CLI writes times by its setting `cli_timestamp_format`."""
    return parse_time(value) if isinstance(value, str) else datetime.fromtimestamp(float(value), UTC)


def _of(path: Path, rows: list[dict[str, Any]], month: datetime, regions: Sequence[str]) -> list[Mapping[str, Any]]:
    """The rows of the month, and of the regions where some are named."""
    wanted = f"{month:%Y-%m}"
    kept = [row for row in rows if f"{row['TimePeriod']['Start']:%Y-%m}" == wanted]
    if not kept:
        held = ", ".join(sorted({f"{row['TimePeriod']['Start']:%Y-%m}" for row in rows})) or "no month"
        mend = "give the answer for that month; estimates come weeks after a month's end"
        raise BadInput(f"{path}: holds nothing for {wanted}: it has {held}", mend=mend)
    if not regions:
        return [*kept]
    if any("REGION" not in row["DimensionsValues"] for row in kept):
        problem = f"{path}: the answer does not tell regions apart"
        raise BadInput(problem, mend=f"{_SAVE}, with --group-by REGION; or leave --region out")
    found = [row for row in kept if row["DimensionsValues"]["REGION"] in regions]
    if not found:
        held = ", ".join(sorted({str(row["DimensionsValues"]["REGION"]) for row in kept}))
        raise BadInput(f"{path}: holds nothing for {', '.join(regions)} in {wanted}", mend=f"it has {held}")
    return [*found]
