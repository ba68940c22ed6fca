"""What is said of when to run: hours, saving, interval, reasons, hindsight; and the page that draws it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.cli.when import summary
from rung.errors import BadInput
from rung.feeds import HourlySeries
from rung.placement.shifting import Job
from rung.placement.when import when, when_forecast
from rung.placement.when_records import Span
from rung.report.when import render_when
from rung.report.when_words import grams, headline, hours_words, saving_words, when_tiles
from rung.testing.feeds import MORNING, FakeFeed
from rung.types import Origin, Quantity

from .test_when_forecast import SERIES, Floats, noisy, real

START = datetime(2026, 1, 1, tzinfo=UTC)
POWER = Quantity.of(300, "W", Origin.QUOTED)


def series(values: Sequence[float] | Floats, zone: str = "ZZ", start: datetime = START) -> HourlySeries:
    known = tuple(None if np.isnan(value) else float(value) for value in values)
    return HourlySeries(zone, start, known, "average", f"{zone}.csv")


def test_a_clean_night_is_waited_for_and_the_grams_are_the_energy_times_the_intensity() -> None:
    """1.2 kWh: 4 h at 400 g/kWh now or at 100 g/kWh from 02:00 on, on a grid that repeats itself."""
    day = [400.0] * 24
    day[2:6] = [100.0] * 4
    found = when([series(day * 40)], Job(4, 24), POWER, start=START + timedelta(days=40, hours=-12))
    assert found.verdict == "wait"
    assert found.chosen.hours[0] == START + timedelta(days=40, hours=2)
    assert found.now.carbon.value == pytest.approx(480, rel=1e-6)
    assert found.chosen.carbon.value == pytest.approx(120, rel=1e-6)
    assert found.saving.value == pytest.approx(360, rel=1e-6)
    assert found.saving_share == pytest.approx(0.75)
    assert found.hindsight is None or found.hindsight.perfect_g == pytest.approx(120)


def test_on_a_grid_that_never_changes_waiting_is_not_worth_it() -> None:
    found = when([series([250.0] * 900)], Job(4, 24), POWER)
    assert found.verdict == "now"
    assert found.advised.hours[0] == START + timedelta(hours=900)
    assert "no later hour" in found.why


def test_where_now_is_the_cleanest_there_is_nothing_to_save() -> None:
    """On a noisy grid whose night was always clean, a job that arrives with the night runs at once."""
    rng = np.random.default_rng(3)
    day = np.full(24, 400.0)
    day[2:8] = 100.0
    values = np.tile(day, 60) + rng.normal(0, 5, 24 * 60)
    found = when([series(values)], Job(6, 12), POWER, start=START + timedelta(days=58, hours=2))
    assert found.nothing_to_save
    assert found.verdict == "now"
    assert saving_words(found) == "none: now is the cleanest"
    assert found.saving == Span(0.0, 0.0, 0.0)
    assert "\n  cleanest hours" not in summary(found)


def test_in_a_cleaner_region_waiting_is_held_against_running_there_at_once() -> None:
    """Away is flat but for half a percent at night: it is worth the move and not the wait."""
    away = [50.0] * 24
    away[2:6] = [49.75] * 4
    both = [series([400.0] * 960, "home"), series(away * 40, "away")]
    found = when(both, Job(4, 24), POWER, start=START + timedelta(days=40, hours=-12))
    assert (found.verdict, found.chosen.region) == ("move", "away")
    assert found.chosen.hours == found.now.hours
    assert headline(found) == "Run now in away."
    assert "less than 2%" in found.why
    away[2:6] = [25.0] * 4
    waits = when([both[0], series(away * 40, "away")], Job(4, 24), POWER, start=START + timedelta(days=40, hours=-12))
    assert waits.chosen.hours[0] == START + timedelta(days=40, hours=2)


def test_when_nothing_is_expected_of_waiting_it_is_said_in_words() -> None:
    """Hours that look best look better than they are: what is left of the saving may be below zero."""
    found = when([series(noisy(40, 1))], Job(4, 24), POWER)
    lost = replace(found, verdict="now", saving=Span(-13.0, -0.8, 3.3), checked=250)
    assert saving_words(lost) == "nothing is expected (-13 gCO2e to 3.3 gCO2e)"
    now, waiting, hours = when_tiles(lost)
    assert (now.name, now.text) == ("Run now", grams(found.now.carbon.value))
    assert f"{waiting.name} {waiting.text}" == "Waiting is expected to save nothing"
    assert waiting.below.startswith("from 13 gCO2e more to 3.3 gCO2e less than now, in 9 of 10 past decisions")
    assert hours.text.startswith(hours_words(found.chosen))
    page = render_when(lost)
    assert "is expected to save nothing" in page
    assert "Expected saving" not in page
    at_once = replace(lost, now=lost.chosen)
    assert [tile.text for tile in when_tiles(at_once)][1:] == ["saves nothing: now is the cleanest"]


def test_a_cleaner_region_is_taken_and_the_other_keeps_its_reason() -> None:
    dirty, clean = noisy(40, 1), noisy(40, 2) * 0.1
    found = when([series(dirty, "home"), series(clean, "away")], Job(4, 24), POWER)
    assert (found.verdict, found.chosen.region) == ("move", "away")
    assert found.losers[0][0] == "home"
    assert "gCO2e more" in found.losers[0][1]
    assert found.now.region == "home"


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31), st.floats(1, 1e6), st.integers(1, 8), st.booleans())
def test_laws_of_a_decision(seed: int, watts: float, duration: int, interruptible: bool) -> None:
    """Low <= value <= high; hours lie before the deadline; grams go with the power; the future changes nothing."""
    values, job = noisy(40, seed), Job(duration, 24, interruptible)
    at = START + timedelta(hours=24 * 38)
    found = when([series(values)], job, Quantity.of(watts, "W", Origin.QUOTED), start=at)
    assert found.saving.low is not None
    assert found.saving.high is not None
    assert found.saving.low <= found.saving.value <= found.saving.high
    for option in (found.now, found.chosen):
        assert option.carbon.low <= option.carbon.value <= option.carbon.high
        assert sum(option.shares) == pytest.approx(duration)
        assert at <= option.hours[0]
        assert option.hours[-1] < at + timedelta(hours=24)
        assert list(option.hours) == sorted(set(option.hours))
    assert found.chosen.carbon.value <= found.now.carbon.value * (1 + 1e-9)
    assert found.hindsight is not None
    assert found.hindsight.perfect_g <= min(found.hindsight.now_g, found.hindsight.chosen_g) * (1 + 1e-9)
    changed = values.copy()
    changed[24 * 38 :] = 1.0
    again = when([series(changed)], job, Quantity.of(2 * watts, "W", Origin.QUOTED), start=at)
    assert again.chosen.hours == found.chosen.hours
    assert again.saving.value == pytest.approx(2 * found.saving.value, rel=1e-9, abs=1e-12)


@real
def test_nine_of_ten_real_savings_fall_into_the_interval() -> None:
    """On starts spread over two real years, at hours and days that the interval was not made from."""
    from rung.feeds import read_series

    inside = total = 0
    for path in (p for p in SERIES if "CISO" in p.name or "DE" in p.name):
        full = read_series(path).series
        for k in range(25):
            at = full.start + timedelta(hours=2600 + k * 239)
            recent = HourlySeries(full.zone, at - timedelta(days=100), full.values[full.index_of(at) - 2400 :][:2440],
                                  "average", full.source)  # fmt: skip
            found = when([recent], Job(4, 24), POWER, start=at)
            assert found.hindsight is not None
            assert found.saving.low is not None
            assert found.saving.high is not None
            saved = found.hindsight.now_g - found.hindsight.chosen_g
            inside += found.saving.low - 1e-9 <= saved <= found.saving.high + 1e-9
            total += 1
    assert total == 50
    assert inside / total >= 0.78


def test_a_little_history_gives_hours_without_an_interval() -> None:
    found = when([series(noisy(17, 1))], Job(4, 24), POWER)
    assert (found.saving.low, found.saving.high, found.checked) == (None, None, 0)
    assert found.verdict == "now" or "unknown" in found.why


def test_a_job_arrives_at_the_next_whole_hour() -> None:
    found = when([series(noisy(40, 1))], Job(1, 6), POWER, start=START + timedelta(days=30, minutes=1))
    assert found.arrival == START + timedelta(days=30, hours=1)


def test_of_a_long_history_the_last_year_counts_whatever_gap_it_begins_in() -> None:
    values = noisy(500, 4)
    last_year = when([series(values[-366 * 24 :])], Job(2, 12), POWER).expected
    assert when([series(values)], Job(2, 12), POWER).expected == last_year
    values[-368 * 24 : -365 * 24] = np.nan
    np.testing.assert_allclose(when([series(values)], Job(2, 12), POWER).expected, last_year, rtol=0.1)


def test_a_history_that_ends_some_hours_ago_still_serves() -> None:
    values = series(noisy(40, 1))
    assert when([values], Job(4, 24), POWER, start=values.end + timedelta(hours=30)).arrival == values.end + timedelta(
        hours=30
    )


def refused(*given_: HourlySeries, start: datetime | None = None, power: Quantity = POWER) -> str:
    with pytest.raises(BadInput) as caught:
        when(given_, Job(4, 24), power, start=start)
    assert caught.value.mend
    return caught.value.problem


def test_what_cannot_be_decided_is_refused() -> None:
    good = series(noisy(40, 1))
    marginal = HourlySeries("m", START, good.values, "marginal", "m")
    assert "no series" in refused()
    assert "too few" in refused(series(noisy(16, 1)[:-1]))
    assert "too few" in refused(good, start=START + timedelta(days=3))
    assert "too long before" in refused(good, start=good.end + timedelta(days=9))
    assert "two series" in refused(good, good)
    assert "do not compare" in refused(good, marginal)
    assert "too few" in refused(
        good, series(noisy(40, 1), "late", START + timedelta(days=30)), start=START + timedelta(days=35)
    )
    assert "none" in refused(good, power=Quantity.of(0, "W"))
    assert "none" in refused(good, power=Quantity.of(1, "J"))


def test_a_services_forecast_is_taken_as_it_is() -> None:
    """The sine of `FakeFeed` is least around 18:00."""
    found = when_forecast([FakeFeed().forecast("ZZ", now=MORNING)], Job(3, 24), POWER)
    assert [hour.hour for hour in found.chosen.hours] == [17, 18, 19]
    assert (found.saving.low, found.verdict) == (None, "wait")
    assert "unknown" in found.why


def test_a_forecast_that_ends_too_early_is_refused() -> None:
    with pytest.raises(BadInput, match="does not cover"):
        when_forecast([FakeFeed().forecast("ZZ", now=MORNING)], Job(3, 96), POWER)


def test_hours_in_words() -> None:
    night = [100.0 if k % 24 in (1, 2, 5, 23) else 400.0 for k in range(24 * 40)]
    found = when([series(night)], Job(3.5, 24, interruptible=True), POWER)
    assert (
        hours_words(found.chosen) == "2026-02-10 01:00 to 03:00, 2026-02-10 05:00 to 06:00, 2026-02-10 23:00 to 23:30"
    )


def test_the_page_asks_the_network_for_nothing_and_trusts_no_name() -> None:
    names = ("<script>alert(1)</script>", "b&c")
    found = when([series(noisy(40, k), name) for k, name in enumerate(names)], Job(4, 24, interruptible=True), POWER)
    page = render_when(found)
    assert "<script" not in page
    assert "b&amp;c" in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "prefers-color-scheme: dark" in page
    assert page.count('<polygon class="band"') == 2  # one for each width
    assert page.count("<polyline") == 4
    drawn = [float(n) for points in re.findall(r'points="([^"]+)"', page) for n in re.split("[ ,]", points)]
    assert all(0 <= n <= 920 for n in drawn)
    boxes = re.findall(r'<rect class="run" x="([\d.]+)" y="24.0" width="([\d.]+)"', page)
    assert sum(float(width) for _, width in boxes) == pytest.approx((920 - 78) * 4 / 24 + (350 - 78) * 4 / 24, abs=2)
