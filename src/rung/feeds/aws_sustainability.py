"""The AWS `sustainability` API (`GetEstimatedCarbonEmissions`): what the provider says our month emitted.

Shapes as in botocore's model of 2018-05-10, https://docs.aws.amazon.com/sustainability/latest/APIReference/; nobody of
us has recorded an exchange with the real service yet.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rung.errors import BadInput, MissingExtra, UpstreamFailed

LOCATION: Final = "TOTAL_LBM_CARBON_EMISSIONS"
MARKET: Final = "TOTAL_MBM_CARBON_EMISSIONS"
SCOPES: Final = {
    "scope 1": "TOTAL_SCOPE_1_CARBON_EMISSIONS",
    "scope 2, location-based": "TOTAL_SCOPE_2_LBM_CARBON_EMISSIONS",
    "scope 2, market-based": "TOTAL_SCOPE_2_MBM_CARBON_EMISSIONS",
    "scope 3, location-based": "TOTAL_SCOPE_3_LBM_CARBON_EMISSIONS",
    "scope 3, market-based": "TOTAL_SCOPE_3_MBM_CARBON_EMISSIONS",
}
_G_PER_UNIT: Final = {"MTCO2e": 1e6}
_MOST_PAGES: Final = 1000


@dataclass(frozen=True, slots=True)
class ProviderMonth:
    """What the provider states for a month.

    Args:
        month: its first day, UTC.
        location_g: total, location-based [gCO2e].
        market_g: total, market-based [gCO2e].
        scopes_g: the parts by name [gCO2e], where the provider states them.
        model_version: of the provider's method, e.g. `v3.0.0`; several are joined by a comma.
    """

    month: datetime
    location_g: float
    market_g: float
    scopes_g: Mapping[str, float]
    model_version: str


def open_client(*, region: str = "us-east-1", **options: Any) -> Any:
    """A boto3 client of the service, with the credentials that boto3 finds.

    Raises:
        MissingExtra: boto3 is not installed.
        BadInput: the boto3 that is installed does not know the service, or the profile is not there.
    """
    try:
        boto3: Any = importlib.import_module("boto3")
        from botocore.exceptions import BotoCoreError, UnknownServiceError
    except ImportError as error:
        raise MissingExtra("boto3", extra="aws") from error
    try:
        return boto3.client("sustainability", region_name=region, **options)
    except UnknownServiceError as error:
        raise BadInput("this boto3 does not know the service sustainability", mend="pip install -U boto3") from error
    except BotoCoreError as error:  # e.g. a profile that is not there
        raise BadInput(f"AWS: {error}", mend="look at AWS_PROFILE and the files of `aws configure`") from error


def provider_month(client: Any, month: datetime, *, regions: tuple[str, ...] = ()) -> ProviderMonth:
    """Ask for a month.

    Args:
        client: of `open_client`.
        month: any moment of it.
        regions: only these AWS regions; all when empty.

    Raises:
        BadInput: no credentials, no right, or a month that the service holds nothing for.
        UpstreamFailed: no answer, or not as documented.
    """
    start = month.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    request: dict[str, Any] = {
        "TimePeriod": {"Start": start, "End": end},
        "EmissionsTypes": [LOCATION, MARKET, *SCOPES.values()],
        "Granularity": "MONTHLY",
    }
    if regions:
        request["FilterBy"] = {"Dimensions": {"REGION": list(regions)}}
    try:
        rows = [row for page in _pages(client, request) for row in page["Results"]]
        return month_of(start, rows)
    except (KeyError, TypeError, ValueError) as error:
        raise UpstreamFailed(
            f"AWS Sustainability: the month {start:%Y-%m} is not as documented: {error}",
            mend="update boto3, and report it",
        ) from error


def _pages(client: Any, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    more: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        page = _asked(client, {**request, **more})
        yield page
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}
    raise ValueError(f"more than {_MOST_PAGES} pages")


def _asked(client: Any, request: Mapping[str, Any]) -> Mapping[str, Any]:
    from botocore import exceptions as raised

    try:
        return client.get_estimated_carbon_emissions(**request)
    except raised.NoCredentialsError as error:
        raise BadInput("no AWS credentials", mend="set AWS_PROFILE, or run `aws configure`") from error
    except _signing_in(raised) as error:
        raise BadInput(f"AWS credentials: {error}", mend="run `aws sso login`, or `aws configure`") from error
    except raised.ClientError as error:
        answer: dict[str, Any] = error.response  # pyright: ignore[reportAssignmentType, reportUnknownMemberType]
        told: dict[str, Any] = answer.get("Error", {})
        code = str(told.get("Code", "?"))
        if code in ("ThrottlingException", "InternalServerException"):
            raise UpstreamFailed(f"AWS Sustainability: {code}", mend="try again later") from error
        mends = {
            "AccessDeniedException": "grant sustainability:GetEstimatedCarbonEmissions to this identity",
            "ValidationException": "ask for a month that has ended, in this account's time",
        }
        mend = mends.get(code, "look at the credentials and their rights")
        raise BadInput(f"AWS Sustainability: {code}: {told.get('Message', 'no message')}", mend=mend) from error
    except raised.BotoCoreError as error:
        mend = "look at the network and the region, then try again"
        raise UpstreamFailed(f"AWS Sustainability: {type(error).__name__}", mend=mend) from error


def _signing_in(raised: Any) -> tuple[type[Exception], ...]:
    """What botocore raises for credentials that are there in part, have ended, or cannot be fetched."""
    names = ("PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError", "SSOError")
    return tuple(getattr(raised, name) for name in names if hasattr(raised, name))


def month_of(start: datetime, rows: Sequence[Mapping[str, Any]]) -> ProviderMonth:
    """The sum over the rows of a month.

    Raises:
        BadInput: there is none.
        KeyError, TypeError, ValueError: a row is not as documented, or of another month.
    """
    if not rows:
        raise BadInput(
            f"AWS Sustainability holds nothing for {start:%Y-%m}",
            mend="estimates come weeks after a month's end; ask for an earlier one",
        )
    totals: dict[str, float] = {}
    for row in rows:
        begins = row["TimePeriod"]["Start"].astimezone(UTC)  # botocore gives the zone of the machine
        if (begins.year, begins.month) != (start.year, start.month):
            raise ValueError(f"a row for {begins:%Y-%m}")
        for kind, emissions in row["EmissionsValues"].items():
            grams = float(emissions["Value"]) * _G_PER_UNIT[emissions["Unit"]]
            if not (grams >= 0 and math.isfinite(grams)):
                raise ValueError(f"{kind} of {emissions['Value']}")
            totals[kind] = totals.get(kind, 0.0) + grams
    versions = ", ".join(sorted({str(row["ModelVersion"]) for row in rows}))
    scopes = {name: totals[kind] for name, kind in SCOPES.items() if kind in totals}
    return ProviderMonth(start, totals[LOCATION], totals[MARKET], scopes, versions)
