"""Laws of accounts: they add up, they grow with what they are made of, and they explain what they computed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.accounting import Account, Activity, Line, Options, account_of, factors_for, line_of, quality_of, statements
from rung.accounting.hardware import cores_embodied
from rung.accounting.instances import instance_activity
from rung.errors import BadInput
from rung.footprint import Worked, counted, footprint_of, nothing, per, product, summed, unknown
from rung.footprint import given as leaf
from rung.footprint.worked import explained
from rung.types import Factor, Origin, Quantity
from rung.workload import Place

few = settings(deadline=None, max_examples=25)
POWER = Factor("cpu-power-model", 0.3, 3.2)
FRANCE = Options(place=Place(region="FR"), market=(0, 10, 40)).at(None)
CLOUD = Options(place=Place(region="aws:eu-west-1")).at(None)
amounts = st.floats(0, 1e9, allow_subnormal=False).map(lambda value: 0.0 if value < 1e-60 else value)
positive = st.floats(1e-6, 1e9)


def activity(
    joules: float | None = 3.6e6,
    core_s: float = 100.0,
    *,
    network: float = 0.0,
    storage: float = 0.0,
    usd: float = 0.0,
    at: object = FRANCE,
    control: str = "own",
    origin: Origin = Origin.MODELLED,
) -> Activity:
    energy = None if joules is None else Quantity.of(joules, "J", origin, POWER)
    return Activity(
        name="thing",
        where="",
        conditions=at,  # pyright: ignore[reportArgumentType]
        control=control,  # pyright: ignore[reportArgumentType]
        it_energy=leaf("IT energy", energy, "no counter", unit="J"),
        embodied=cores_embodied(core_s, at),  # pyright: ignore[reportArgumentType]
        charged=counted("charged", usd, "USD"),
        network_gb=network,
        storage_gb_months=storage,
        counts={"request": 2.0, "run": 1.0},
    )


def account(*activities: Activity, unit: str | None = None, count: float | None = None) -> Account:
    return account_of(
        activities, name="a", at="2026-01-01T00:00:00+00:00", kind="test", what="test", unit=unit, count=count
    )


def ends(worked: Worked) -> tuple[float, float, float]:
    assert worked.quantity is not None
    return worked.quantity.low, worked.quantity.value, worked.quantity.high


@pytest.mark.capability("footprint", verified="real")
@few
@given(amounts, amounts, amounts, amounts)
def test_an_account_is_what_the_footprint_is(joules: float, core_s: float, usd: float, more: float) -> None:
    """Own hardware without storage and network: exactly `footprint_of`, ends included."""
    del more
    line = line_of(activity(joules, core_s, usd=usd))
    energy = Quantity.of(joules, "J", Origin.MODELLED, POWER)
    same = footprint_of(energy, core_s, Quantity.of(usd, "USD"), factors_for(Place(region="FR")))
    for mine, theirs, scale in (
        (line.energy, same.energy, 3.6e6),
        (line.carbon, same.carbon, 1.0),
        (line.water, same.water, 1.0),
        (line.cost, same.cost, 1.0),
    ):
        assert theirs is not None
        assert [x * scale for x in ends(mine)] == pytest.approx(
            [theirs.low, theirs.value, theirs.high], rel=1e-9, abs=1e-12
        )


@few
@given(st.lists(st.tuples(amounts, amounts, amounts, amounts), min_size=1, max_size=5))
def test_totals_are_the_sums_of_the_lines(rows: list[tuple[float, float, float, float]]) -> None:
    whole = account(*(activity(j, c, network=n, storage=s) for j, c, n, s in rows))
    for name, total in whole.totals.items():
        parts = [ends(line.figures()[name]) for line in whole.lines]
        assert ends(total) == pytest.approx(
            [math.fsum(column) for column in zip(*parts, strict=True)], rel=1e-9, abs=1e-12
        )


@few
@given(amounts, amounts, amounts, amounts, amounts, amounts)
def test_two_things_account_for_what_their_sum_does(a: float, b: float, c: float, d: float, n: float, s: float) -> None:
    apart = account(activity(a, c, network=n), activity(b, d, storage=s))
    together = account(activity(a + b, c + d, network=n, storage=s))
    for name in apart.totals:
        assert ends(apart.totals[name]) == pytest.approx(ends(together.totals[name]), rel=1e-9, abs=1e-12)


@few
@given(positive, st.floats(1, 3), st.floats(0, 2), st.floats(1, 1000), st.floats(0, 1000))
def test_carbon_grows_with_pue_and_intensity(joules: float, pue: float, more: float, g: float, dirtier: float) -> None:
    def carbon(pue: float, g: float) -> Line:
        return line_of(activity(joules, at=Options(place=Place("FR", (g / 2, g, 2 * g), pue)).at(None), storage=1.0))

    base = carbon(pue, g)
    for larger in (carbon(pue + more, g), carbon(pue, g + dirtier)):
        for name in ("energy", "operational", "storage", "carbon", "water", "cost"):
            before, after = ends(base.figures()[name]), ends(larger.figures()[name])
            assert all(y >= x * (1 - 1e-9) for x, y in zip(before, after, strict=True)), name


@few
@given(amounts, amounts, amounts, amounts, st.sampled_from(["own", "cloud"]))
def test_low_is_not_above_value_nor_value_above_high(j: float, c: float, n: float, s: float, control: str) -> None:
    for worked in line_of(activity(j, c, network=n, storage=s, control=control)).figures().values():
        low, value, high = ends(worked)
        assert low <= value * (1 + 1e-9)
        assert value <= high * (1 + 1e-9)


@few
@given(positive, positive, st.floats(1, 1e9))
def test_sci_times_its_units_is_the_carbon(joules: float, core_s: float, count: float) -> None:
    whole = account(activity(joules, core_s), unit="ticket", count=count)
    assert [x * count for x in ends(whole.sci)] == pytest.approx(ends(whole.totals["carbon"]))
    assert whole.sci.unit == "gCO2e/ticket"


def test_only_the_location_based_figure_is_sci() -> None:
    """A contract changes the figure beside it, and not SCI."""
    green = account(activity(at=Options(place=Place("FR"), market=(0, 0, 0)).at(None)))
    brown = account(activity(at=Options(place=Place("FR"), market=(500, 600, 700)).at(None)))
    assert ends(green.sci) == ends(brown.sci)
    assert ends(green.market_rate)[1] < ends(brown.market_rate)[1]
    embodied = green.totals["embodied"].quantity
    assert embodied is not None
    assert ends(green.totals["carbon_market_based"])[1] == pytest.approx(embodied.value)


def test_a_claim_of_the_provider_stands_beside() -> None:
    """AWS says that all its electricity is matched: market-based operational 0, location-based not."""
    line = line_of(activity(at=CLOUD, control="cloud"))
    assert ends(line.compute_market) == (0, 0, 0)
    assert ends(line.compute)[0] > 0


def test_without_a_contract_the_market_based_figure_is_unknown_and_says_what_to_do() -> None:
    line = line_of(activity(at=Options(place=Place("FR")).at(None)))
    assert line.carbon_market.quantity is None
    assert "--market-intensity" in line.carbon_market.missing()[0]
    assert line.carbon.quantity is not None


def test_an_unknown_energy_is_unknown_in_what_it_makes_and_nowhere_else() -> None:
    whole = account(activity(), activity(None))
    assert whole.totals["carbon"].quantity is None
    assert whole.sci.quantity is None
    assert whole.totals["embodied"].quantity is not None
    part = whole.known_part("carbon")
    assert part is not None
    assert part.unknown == 1
    assert part.known.value == pytest.approx(ends(whole.lines[0].carbon)[1])
    assert account(activity()).known_part("carbon") is None


def test_rented_hardware_pays_its_price_and_own_hardware_its_electricity() -> None:
    """1 kWh in France: 1.3 kWh at the meter, at 0.19 USD."""
    assert ends(line_of(activity(usd=5.0, control="cloud")).cost)[1] == 5.0
    assert ends(line_of(activity(usd=5.0)).cost)[1] == pytest.approx(5 + 1.3 * 0.19)


def test_storage_and_network_by_hand() -> None:
    """1000 GB-months: 730 h x 1.2 W/TB = 0.876 kWh IT; 100 GB over the network at 0.006 kWh/GB = 0.6 kWh, no PUE."""
    line = line_of(activity(0.0, 0.0, storage=1000.0, network=100.0))
    kept, made = line.storage.parts
    assert ends(kept)[1] == pytest.approx(0.876 * 1.3 * ends(FRANCE.location)[1])
    assert ends(made)[1] == pytest.approx(1000 * 160 / 48)
    assert ends(line.network)[1] == pytest.approx(0.6 * ends(FRANCE.location)[1])
    twice = line_of(replace(activity(0.0, 0.0, storage=1000.0), replicas=2.0))
    assert ends(twice.storage)[1] == pytest.approx(2 * ends(line.storage)[1])


# -- the explanation is the computation -----------------------------------------------------------------------------


def recomputed(step: Worked) -> float:
    values = [part.quantity.value for part in step.parts if part.quantity is not None]
    if step.kind == "sum":
        return math.fsum(values)
    if step.kind == "quotient":
        return values[0] / values[1]
    return math.prod(values) * step.constant


@few
@given(amounts, amounts, amounts, amounts)
def test_every_step_is_its_formula(j: float, c: float, n: float, s: float) -> None:
    whole = account(activity(j, c, network=n, storage=s), activity(s, n))
    steps = [step for figure in (*whole.totals.values(), whole.sci) for step in figure.steps()]
    assert any(step.parts for step in steps)
    for step in steps:
        if step.parts and step.quantity is not None:
            assert step.quantity.value == pytest.approx(recomputed(step), rel=1e-9, abs=1e-12), step.name


def test_the_explanation_has_each_formula_with_its_numbers_and_sources() -> None:
    whole = account(activity())
    text = "\n".join(explained([*whole.totals.values(), whole.sci]))
    assert "operational carbon, location-based = facility energy of compute x grid intensity, location-based" in text
    assert "1 kWh x 1.3 ratio = 1.3 kWh" in text
    assert "SCI = carbon, location-based / count of run" in text
    assert "Ember" in text
    assert len(text.splitlines()) == len({line for line in text.splitlines() if not line.startswith("    =")}) + sum(
        line.startswith("    =") for line in text.splitlines()
    )


def test_a_worked_figure_says_how() -> None:
    two, three = counted("a", 2, "m"), counted("b", 3, "m")
    area = product("area", "m2", two, three)
    assert area.formula == "area = a x b"
    assert area.figures == "2 m x 3 m = 6 m2, measured"
    assert summed("c", "m", [two, three]).figures == "2 m + 3 m = 5 m, measured"
    rate = per("d", "m2/x", area, counted("n", 4, "x"))
    assert rate.quantity is not None
    assert rate.quantity.value == 1.5
    assert [step.name for step in rate.steps()] == ["a", "b", "area", "n", "d"]
    lost = product("e", "m", two, unknown("f", "m", "look for it"))
    assert lost.quantity is None
    assert lost.missing() == ("f: look for it",)
    assert "unknown" in lost.figures
    assert nothing("g", "m").quantity == Quantity.zero("m")
    with pytest.raises(ValueError, match="count"):
        per("h", "m", area, counted("n", 0, "x"))


# -- functional units ----------------------------------------------------------------------------------------------


def test_units_are_counted_or_given() -> None:
    two = (activity(), activity())
    assert account(*two, unit="request").unit.count == 4
    assert account(*two, unit="page", count=3).unit.count == 3
    for unit, count in (("widget", None), (None, 3.0), ("page", 0.0), ("page", math.nan), ("page", math.inf)):
        with pytest.raises(BadInput):
            account(*two, unit=unit, count=count)
    with pytest.raises(BadInput, match="nothing"):
        account()


# -- data quality and the table --------------------------------------------------------------------------------------


@few
@given(st.sampled_from(list(Origin)), st.sampled_from(list(Origin)), st.booleans())
def test_a_weaker_origin_is_never_a_better_class(a: Origin, b: Origin, given_intensity: bool) -> None:
    place = Place("FR", (40, 50, 60)) if given_intensity else Place("FR")
    at = Options(place=place).at(None)
    found = [quality_of(line_of(activity(at=at, origin=origin))).grade for origin in sorted((a, b))]
    grades = [grade for grade in found if grade is not None]
    assert len(grades) == 2
    assert grades[0] <= grades[1]
    assert all(1 <= grade <= 5 for grade in grades)


def test_classes_by_example() -> None:
    assert quality_of(line_of(activity(origin=Origin.MEASURED))).grade == 1
    assert quality_of(line_of(activity(origin=Origin.MEASURED))).primary
    assert quality_of(line_of(activity(origin=Origin.MODELLED))).grade == 2
    unchecked = quality_of(line_of(activity(at=Options(place=Place("FR", (1, 2, 3))).at(None))))
    assert (unchecked.grade, unchecked.unchecked) == (3, ("grid intensity, location-based",))
    assert quality_of(line_of(activity(None))).grade == 5


@pytest.mark.capability("account-table", verified="real")
def test_own_hardware_is_scope_2_and_a_cloud_is_scope_3() -> None:
    rows = {(row.scope, row.category[0], row.basis): row for row in statements(account(activity(network=1.0)))}
    assert ("Scope 2", "p", "location-based") in rows
    assert ("Scope 2", "p", "market-based") in rows
    assert ("Scope 3", "2", "") in rows
    assert ("Scope 3", "1", "") in rows
    assert "life-cycle" in rows["Scope 2", "p", "location-based"].note
    cloud = statements(account(activity(at=CLOUD, control="cloud")))
    assert {row.scope for row in cloud if row.disclosure == "E1-6"} == {"Scope 3"}
    assert {row.category[0] for row in cloud if row.disclosure == "E1-6"} == {"1"}


def test_a_row_with_an_unknown_line_has_the_known_part_beside_it() -> None:
    whole = account(activity(at=CLOUD, control="cloud", usd=8), activity(None, at=CLOUD, control="cloud", usd=2))
    row = next(row for row in statements(whole) if row.basis == "location-based")
    assert row.amount is None
    assert row.known is not None
    assert row.known.value * 1e6 == pytest.approx(ends(whole.lines[0].carbon)[1])
    assert row.coverage == "partial: 1 of 2 lines, 80% of cost"


def test_a_row_of_which_nothing_is_known_stays_unknown() -> None:
    row = next(row for row in statements(account(activity(None))) if row.basis == "location-based")
    assert (row.amount, row.known, row.coverage) == (None, None, "0 of 1 lines")


def test_a_row_that_is_known_has_no_known_part() -> None:
    assert all(row.known is None and not row.coverage for row in statements(account(activity())))


def test_a_default_is_called_assumed_and_what_is_not_there_none() -> None:
    silent = instance_activity("c7g.xlarge", 2.0, CLOUD, where="")
    told = instance_activity("c7g.xlarge", 2.0, CLOUD, where="", utilisation=0.5)
    lines = explained(line_of(silent).figures().values())
    assert "share of load: 0.5 ratio, assumed" in lines
    assert "share of load: 0.5 ratio, measured" in explained(line_of(told).figures().values())
    assert "storage: 0 gCO2e, none  [none declared: outside the boundary]" in lines


@few
@given(positive, positive, amounts, amounts)
def test_scopes_sum_to_the_carbon(j: float, c: float, n: float, s: float) -> None:
    """Scope 2 location-based and the Scope 3 rows are the whole carbon, each gram once."""
    whole = account(activity(j, c, network=n, storage=s), activity(j, c, control="cloud"))
    rows = [r for r in statements(whole) if r.disclosure == "E1-6" and r.basis != "market-based"]
    total = math.fsum(row.amount.value for row in rows if row.amount is not None)
    assert total * 1e6 == pytest.approx(ends(whole.totals["carbon"])[1], rel=1e-9)


def test_a_direct_intensity_splits_scope_2_and_category_3() -> None:
    options = Options(place=Place("FR"), direct=(20, 30, 40))
    rows = statements(account(activity(3.6e6, 0.0, at=options.at(None))))
    amounts = {(row.scope, row.category[0]): row.amount for row in rows if row.basis != "market-based"}
    direct, upstream = amounts["Scope 2", "p"], amounts["Scope 3", "3"]
    assert direct is not None
    assert upstream is not None
    intensity = ends(FRANCE.location)[1]
    assert direct.value * 1e6 == pytest.approx(1.3 * 30)
    assert (direct.value + upstream.value) * 1e6 == pytest.approx(1.3 * intensity)


def test_primary_data_are_measured() -> None:
    both = account(activity(origin=Origin.MEASURED), activity(3 * 3.6e6, origin=Origin.MODELLED))
    row = next(row for row in statements(both) if row.disclosure == "E1-5")
    assert row.primary_share == pytest.approx(0.25)
