"""Electricity Maps and WattTime over a real loopback server: what is sent, kept, asked again, and told."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadInput, RungError, UpstreamFailed
from rung.feeds.cache import DiskCache
from rung.feeds.electricity_maps import ElectricityMaps
from rung.feeds.http import PATIENT
from rung.feeds.watttime import WattTime, g_per_kwh
from rung.retrying import Retry, TryAgain, retry_after_s
from rung.testing.feeds import MORNING

from .loopback import Reply, Server, exchange, serving
from .test_feed_contracts import electricity_maps, watttime

SECRET = "key"


@pytest.fixture
def maps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("ELECTRICITYMAPS_API_KEY", SECRET)
    with serving(electricity_maps) as server:
        yield server


@pytest.fixture
def watt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("WATTTIME_USER", "me")
    monkeypatch.setenv("WATTTIME_PASSWORD", "secret")
    with serving(watttime) as server:
        yield server


def feed(server: Server, waits: list[float] | None = None, cache: Path | None = None) -> ElectricityMaps:
    slept: list[float] = [] if waits is None else waits
    patient = replace(PATIENT, attempts=3, sleep=slept.append, rng=random.Random(1))
    return ElectricityMaps(cache=cache, base_url=f"{server.url}/v3", patience=patient)


@pytest.mark.capability("feeds-services", verified="stub")
def test_latest_history_and_forecast_are_read_as_documented(maps: Server) -> None:
    service = feed(maps)
    assert service.latest("DE").values == (302.0,)
    history = service.history("DE")
    assert (history.start, history.hours, history.values[0]) == (MORNING - timedelta(hours=24), 24, 300.0)
    forecast = service.forecast("DE", now=MORNING + timedelta(hours=2, minutes=10))
    assert (forecast.start, forecast.hours) == (MORNING + timedelta(hours=2), 70)
    assert forecast.values[10] == 400.0
    assert [asked.path for asked in maps.asked] == [
        f"/v3/carbon-intensity/{p}" for p in ("latest", "history", "forecast")
    ]
    assert all(asked.headers["auth-token"] == SECRET for asked in maps.asked)


@pytest.mark.capability("feeds-services", verified="stub")
def test_watttime_logs_in_once_and_turns_pounds_into_grams(watt: Server) -> None:
    service = WattTime(cache=None, base_url=watt.url, patience=Retry(attempts=1), now=lambda: MORNING)
    forecast = service.forecast("CAISO_NORTH", now=MORNING)
    assert (forecast.kind, forecast.start, forecast.hours) == ("marginal", MORNING, 26)
    assert forecast.values[0] == pytest.approx(453.59237)
    assert forecast.values[1] == pytest.approx(998 * 0.45359237)
    assert service.history("CAISO_NORTH").values[0] == pytest.approx(408.233133)
    assert [asked.path for asked in watt.asked] == ["/login", "/v3/forecast", "/v3/historical"]
    assert watt.asked[1].query == {"region": "CAISO_NORTH", "signal_type": "co2_moer", "horizon_hours": "72"}
    assert watt.asked[2].query["start"] == "2026-02-02T00:00:00+00:00"


def test_a_token_that_is_old_is_not_used(watt: Server) -> None:
    clock = [0.0]
    service = WattTime(cache=None, base_url=watt.url, clock=lambda: clock[0], now=lambda: MORNING)
    service.forecast("CAISO_NORTH", now=MORNING)
    clock[0] = 26 * 60.0
    service.forecast("CAISO_NORTH", now=MORNING)
    assert [asked.path for asked in watt.asked].count("/login") == 2


def test_half_an_hour_of_points_makes_an_hour_and_less_does_not(watt: Server) -> None:
    body = exchange("watttime_forecast")
    body["data"] = body["data"][:18] + body["data"][24:29]
    watt.answer = lambda asked, count: Reply(200, body) if "forecast" in asked.path else watttime(asked, count)
    series = WattTime(cache=None, base_url=watt.url).forecast("CAISO_NORTH", now=MORNING)
    assert series.hours == 2


def test_answers_are_kept_until_they_expire_and_the_key_is_not_kept(maps: Server, tmp_path: Path) -> None:
    service = feed(maps, cache=tmp_path)
    first = service.history("DE")
    assert service.history("DE") == first == feed(maps, cache=tmp_path).history("DE")
    assert len(maps.asked) == 1
    kept = list(tmp_path.iterdir())
    assert len(kept) == 1
    assert f'"{SECRET}"' not in kept[0].read_text()
    kept[0].write_text("{broken")
    assert service.history("DE") == first
    assert len(maps.asked) == 2


def test_a_cache_forgets_on_time(tmp_path: Path) -> None:
    clock = [100.0]
    cache = DiskCache(tmp_path / "new", clock=lambda: clock[0])
    cache.put("u", {"a": "1"}, {"x": 1}, keep_s=10)
    clock[0] = 109.9
    assert cache.get("u", {"a": "1"}) == {"x": 1}
    assert cache.get("u", {"a": "2"}) is None
    clock[0] = 110.0
    assert cache.get("u", {"a": "1"}) is None


@pytest.mark.parametrize(
    "fault", [Reply(429, {}), Reply(500, b"oops"), Reply(503, {}), Reply(drop=True), Reply(200, b"<")]
)
def test_what_may_pass_is_asked_again(maps: Server, fault: Reply) -> None:
    maps.answer = lambda asked, count: fault if count < 2 else electricity_maps(asked, count)
    waits: list[float] = []
    assert feed(maps, waits).latest("DE").values == (302.0,)
    assert len(maps.asked) == 3
    assert 0.25 <= waits[0] <= 0.5 <= waits[1] <= 1.0


def test_retry_after_is_honoured(maps: Server) -> None:
    slow = Reply(429, {}, {"Retry-After": "7"})
    maps.answer = lambda asked, count: slow if count == 0 else electricity_maps(asked, count)
    waits: list[float] = []
    feed(maps, waits).latest("DE")
    assert waits == [7.0]


def test_a_wait_that_is_too_long_is_told_and_not_waited(maps: Server) -> None:
    maps.answer = lambda _asked, _count: Reply(429, {}, {"Retry-After": "3600"})
    waits: list[float] = []
    with pytest.raises(UpstreamFailed, match="asks to wait 3600 s"):
        feed(maps, waits).latest("DE")
    assert (waits, len(maps.asked)) == ([], 1)


REFUSED: dict[str, tuple[Reply, type[RungError], str, str, int]] = {
    "401": (Reply(401, {}), BadInput, "refuses the key", "ELECTRICITYMAPS_API_KEY", 1),
    "403": (Reply(403, {}), BadInput, "does not grant zone 'DE'", "plan", 1),
    "404": (Reply(404, {}), BadInput, "knows no zone 'DE'", "spelling", 1),
    "429": (Reply(429, {}), UpstreamFailed, "HTTP 429", "later", 3),
    "500": (Reply(500, {}), UpstreamFailed, "HTTP 500", "later", 3),
    "redirect": (Reply(302, {}, {"Location": "http://127.0.0.1:1/"}), UpstreamFailed, "HTTP 302", "later", 1),
    "dropped": (Reply(drop=True), UpstreamFailed, "no answer", "later", 3),
    "not JSON": (Reply(200, b"<html>"), UpstreamFailed, "not JSON", "later", 3),
    "a list": (Reply(200, [1]), UpstreamFailed, "no JSON object", "later", 3),
    "no field": (Reply(200, {"zone": "DE"}), UpstreamFailed, "not as documented", "report", 1),
    "another zone": (
        Reply(200, {"zone": "FR", "carbonIntensity": 1, "datetime": "2026-03-02T00:00Z"}),
        UpstreamFailed, "answer for zone 'FR'", "report", 1,
    ),
    "negative": (
        Reply(200, {"carbonIntensity": -1, "datetime": "2026-03-02T00:00Z"}), UpstreamFailed, "-1 as", "report", 1
    ),
    "a word": (
        Reply(200, {"carbonIntensity": "low", "datetime": "2026-03-02T00:00Z"}), UpstreamFailed, "'low'", "report", 1
    ),
    "no time": (Reply(200, {"carbonIntensity": 1, "datetime": "noon"}), UpstreamFailed, "noon", "report", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_the_mend_and_never_the_key(name: str, maps: Server) -> None:
    reply, error, problem, mend, asked = REFUSED[name]
    maps.answer = lambda _asked, _count: reply
    with pytest.raises(error) as caught:
        feed(maps).latest("DE")
    assert problem in caught.value.problem
    assert mend in caught.value.mend
    assert len(maps.asked) == asked


def test_without_a_key_nothing_is_asked(maps: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ELECTRICITYMAPS_API_KEY")
    with pytest.raises(BadInput) as caught:
        feed(maps).latest("DE")
    assert "ELECTRICITYMAPS_API_KEY is not set" in caught.value.problem
    assert "export ELECTRICITYMAPS_API_KEY" in caught.value.mend
    assert maps.asked == []


def test_no_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELECTRICITYMAPS_API_KEY", SECRET)
    with serving(electricity_maps) as gone:
        pass
    with pytest.raises(UpstreamFailed, match="no answer"):
        feed(gone).latest("DE")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"units": "g_per_kwh"}, "units 'g_per_kwh'"),
        ({"region": "PJM"}, "for 'PJM'"),
        ({"data_point_period_seconds": 7200}, "a period of"),
        ({"data_point_period_seconds": 0}, "a period of"),
    ],
)
def test_watttime_in_other_units_is_refused(change: dict[str, Any], problem: str, watt: Server) -> None:
    body = exchange("watttime_forecast")
    body["meta"] |= change
    watt.answer = lambda asked, count: Reply(200, body) if "forecast" in asked.path else watttime(asked, count)
    with pytest.raises(UpstreamFailed, match=problem):
        WattTime(cache=None, base_url=watt.url).forecast("CAISO_NORTH", now=MORNING)


def test_watttime_with_a_wrong_password_names_both_variables(watt: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTTIME_PASSWORD", "wrong")
    with pytest.raises(BadInput) as caught:
        WattTime(cache=None, base_url=watt.url).forecast("CAISO_NORTH", now=MORNING)
    assert "WATTTIME_USER and WATTTIME_PASSWORD" in caught.value.mend


def test_a_forecast_that_is_over_is_no_forecast(maps: Server) -> None:
    with pytest.raises(UpstreamFailed, match="ended at"):
        feed(maps).forecast("DE", now=MORNING + timedelta(days=9))


def test_pounds_per_megawatt_hour() -> None:
    """1 lb = 453.59237 g by definition (international avoirdupois pound, 1959)."""
    assert g_per_kwh(1000) == pytest.approx(453.59237)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("", None), ("soon", None), ("12", 12.0), ("Mon, 02 Mar 2026 00:01:30 GMT", 90.0),
     ("Sun, 01 Mar 2026 00:00:00 GMT", 0.0)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """RFC 9110, section 10.2.3."""
    assert retry_after_s(header, now=datetime(2026, 3, 2, tzinfo=UTC)) == seconds


@given(st.integers(1, 8), st.one_of(st.none(), st.floats(0, 100)))
def test_waits_are_bounded_and_never_shorter_than_asked(attempts: int, asked: float | None) -> None:
    waits: list[float] = []
    patience = Retry(attempts=attempts, cap_s=60, beyond_cap="give_up", sleep=waits.append, rng=random.Random(0))

    def fail() -> None:
        raise TryAgain("no", after_s=asked)

    with pytest.raises(TryAgain):
        patience.run(fail)
    assert len(waits) == (0 if asked is not None and asked > 60 else attempts - 1)
    assert all((asked or 0) <= wait <= 60 for wait in waits)
