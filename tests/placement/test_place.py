"""Placing: rejections with reasons, near ties, redundancy, today, edge, managed, and figures worked by hand."""

from __future__ import annotations

import math

import pytest

from rung import catalog
from rung.errors import BadInput, MissingFactor
from rung.placement.edge import Edge, against_cloud, at_the_edge
from rung.placement.latency import Point, User
from rung.placement.managed import Own, Request, compare, token_usd
from rung.placement.place import place, sites_of
from rung.placement.place_costs import Site, price_at
from rung.placement.place_json import Outcome
from rung.placement.place_load import Busy, BusyCores, CoreWork, GivenEnergy, GivenWatts, Machine
from rung.placement.place_machines import machine
from rung.placement.place_needs import Needs
from rung.placement.place_records import Question, Ranking, Spare
from rung.placement.place_today import on_premises, today_at
from rung.placement.regions import countries_of, matching
from rung.placement.transfer import Data, moving
from rung.report.place import compared
from rung.types import Footprint, Origin, Quantity, Rejection
from rung.workload import Objective

YEAR = 8760.0
PARIS = User("Paris", Point(48.86, 2.35))


def watts(value: float, hours: float = YEAR) -> GivenWatts:
    return GivenWatts(Quantity.of(value, "W"), hours)


def ask(
    regions: str,
    *,
    needs: Needs | None = None,
    objectives: tuple[Objective, ...] = ("carbon",),
    on: tuple[Machine | None, ...] = (None,),
    spare: Spare | None = None,
    data: Data | None = None,
) -> Ranking:
    sites = sites_of(matching(regions.split(","), catalog.regions(), "region"), {})
    question = Question(watts(100), sites, on, objectives, needs or Needs(), data=data, spare=spare or Spare())
    return place(question)


def of(part: Quantity | None) -> float:
    assert part is not None
    return part.value


def known(footprint: Footprint) -> tuple[float, float, float, float]:
    return of(footprint.energy), of(footprint.carbon), of(footprint.water), of(footprint.cost)


def test_a_kilowatt_for_a_year_worked_by_hand() -> None:
    """8760 kWh x PUE, x intensity, x (WUE + PUE x grid water), on a machine of one's own x tariff."""
    row = catalog.grid("FR")
    pue, grid = row.pue.quantity.value, row.intensity.quantity.value
    site = Site.at("FR")
    work = watts(1000).on(None)
    assert not isinstance(work, Rejection)
    best = place(Question(watts(1000), (site,))).best
    assert best is not None
    energy, carbon, water, cost = known(best.total)
    assert energy == pytest.approx(8760 * pue * 3.6e6)
    assert carbon == pytest.approx(8760 * pue * grid)
    assert water == pytest.approx(8760 * (row.wue.quantity.value + pue * row.grid_water.quantity.value))
    assert cost == pytest.approx(8760 * pue * row.tariff.quantity.value)


@pytest.mark.capability("place", verified="real")
def test_every_region_is_either_ranked_or_refused_with_a_reason() -> None:
    found = ask("aws:*", needs=Needs(residency=("EU",), users=(PARIS,), round_trip_ms=25.0))
    names = {row.option.name for row in found.ranked} | {refused.name for refused in found.refused}
    assert names == {name for name in catalog.regions() if name.startswith("aws:")}
    reasons = {refused.rejection.constraint for refused in found.refused}
    assert reasons == {"residency", "round trip"}
    assert all(refused.rejection.needed and refused.rejection.got for refused in found.refused)
    assert {r.rejection.got for r in found.refused if r.name == "aws:us-east-1"} == {"US"}


def test_losers_say_what_the_first_has() -> None:
    found = ask("aws:eu-west-3,aws:eu-central-1")
    first, second = found.ranked
    assert (first.rejection, second.option.name) == (None, "aws:eu-central-1")
    assert second.rejection is not None
    assert "of aws:eu-west-3" in second.rejection.needed
    assert second.rejection.constraint == "carbon"
    assert second.p_better is not None
    assert second.p_better > 0.99
    assert not found.near_tie


def test_what_differs_less_than_is_known_is_called_a_near_tie() -> None:
    """Sweden and Switzerland are both nearly clean, and publishers disagree on both."""
    found = ask("aws:eu-north-1,aws:eu-central-2")
    assert found.ranked[1].p_better is not None
    assert 0.5 < found.ranked[1].p_better < 0.9
    assert found.near_tie


def test_nothing_left_keeps_every_reason() -> None:
    found = ask("aws:us-*", needs=Needs(residency=("EU",)))
    assert found.best is None
    assert found.ranked == ()
    assert len(found.refused) == len([n for n in catalog.regions() if n.startswith("aws:us-")])


def test_a_pair_of_objectives_is_a_front() -> None:
    on = (machine("c7g.xlarge"), machine("m7i.xlarge"))
    found = ask("aws:us-east-1,aws:eu-north-1", objectives=("carbon", "cost"), on=on)
    assert set(found.front) == {row.option.name for row in found.ranked if row.rejection is None}
    assert 2 <= len(found.front) < 4
    for row in found.ranked[len(found.front) :]:
        assert row.rejection is not None
        assert row.rejection.constraint == "carbon and cost"


def test_cost_is_unknown_in_a_cloud_without_a_machine() -> None:
    found = ask("aws:eu-west-3,FR", objectives=("cost",))
    assert [row.option.name for row in found.ranked] == ["FR"]
    assert found.refused[0].rejection.constraint == "cost"


def test_a_machine_of_another_provider_is_refused() -> None:
    found = ask("gcp:europe-west1", on=(machine("c7g.large"),))
    assert found.best is None
    assert found.refused[0].rejection.sentence() == "machine: needed one of aws, got a place of gcp"


def test_redundancy_shows_its_price_and_grams() -> None:
    on = machine("m7i.large")
    found = ask("aws:us-east-1", on=(on,), spare=Spare(replicas=3))
    assert found.best is not None
    spare = found.best.redundancy
    assert of(spare.cost) == pytest.approx(2 * YEAR * on.usd_per_h.value)
    row = catalog.grid("aws:us-east-1")
    kwh = 2 * YEAR * on.idle_w.value / 1000 * row.pue.quantity.value
    made = 2 * YEAR * on.embodied_g_per_h.value
    assert of(spare.carbon) == pytest.approx(kwh * row.intensity.quantity.value + made)


def test_the_second_region_is_another_and_brings_the_data() -> None:
    on = (machine("m7i.large"),)
    data = Data(100.0, "aws:us-east-1")
    found = ask("aws:us-east-1,aws:eu-west-3", on=on, spare=Spare(second="auto"), data=data)
    assert {row.option.second for row in found.ranked} == {"aws:us-east-1", "aws:eu-west-3"}
    for row in found.ranked:
        assert row.option.second != row.option.site.name
    by_name = {row.option.site.name: row.option for row in found.ranked}
    standing = by_name["aws:us-east-1"].redundancy
    brought = moving(100.0, catalog.grid("aws:us-east-1"), catalog.grid("aws:eu-west-3"))
    alone = ask("aws:eu-west-3", on=on, spare=Spare(replicas=2)).best
    assert alone is not None
    assert of(standing.cost) == pytest.approx(of(alone.redundancy.cost) + of(brought.cost))


def test_one_region_has_no_second() -> None:
    found = ask("aws:us-east-1", on=(machine("m7i.large"),), spare=Spare(second="auto"))
    assert found.best is None
    assert found.refused[0].rejection.constraint == "second region"


def test_data_moved_every_month_costs_by_the_month() -> None:
    once, monthly = (ask("aws:eu-west-3", data=Data(10.0, "aws:us-east-1", moved)).best for moved in ("once", "month"))
    assert once is not None
    assert monthly is not None
    assert of(monthly.moved.cost) == pytest.approx(12 * of(once.moved.cost))
    assert of(once.moved.cost) == pytest.approx(10 * 0.02)


def test_the_slo_counts_network_and_answering() -> None:
    slow = Needs(users=(PARIS,), answer_ms=300.0, answering_ms=280.0)
    found = ask("aws:eu-west-3,aws:us-west-2", needs=slow)
    assert [row.option.name for row in found.ranked] == ["aws:eu-west-3"]
    assert found.refused[0].rejection.constraint == "SLO"
    assert "280 ms answering" in found.refused[0].rejection.got


def test_core_seconds_need_machines_by_the_mean_rate_with_room() -> None:
    """1000 requests a second of 10 core-ms keep 10 vCPUs busy: 10 / (4 x 0.7) = 3.6, so four machines of four."""
    on = machine("c7g.xlarge")
    load = CoreWork(Quantity.of(0.010, "s"), 1000 * 3600, 1.0)
    work = load.on(on)
    assert not isinstance(work, Rejection)
    assert work.machines == math.ceil(10 / (4 * 0.7))
    idle, busy = on.idle_w.value, on.max_w.value
    assert work.energy.value == pytest.approx(3600 * (4 * idle + 10 / 4 * (busy - idle)))


def test_an_effort_of_a_processor_is_not_put_on_an_accelerator() -> None:
    refused = CoreWork(Quantity.of(1, "s"), 10, 1).on(machine("g5.xlarge"))
    assert isinstance(refused, Rejection)
    assert refused.constraint == "effort"


def test_today_is_compared_under_common_errors() -> None:
    """On one grid the same work with half the watts is certainly better, however wide the grid's interval."""
    today = today_at("FR", None, watts(200))
    found = place(Question(watts(100), (Site.at("FR"),), today=today))
    saved = found.ranked[0].against["carbon"]
    assert saved.p_better == 1.0
    assert saved.share == pytest.approx(0.5)
    assert 0 < saved.low < saved.mid < saved.high


def test_what_costs_more_has_ends_of_its_own_sign_in_order() -> None:
    today = today_at("FR", None, watts(100))
    found = place(Question(watts(800), (Site.at("FR"),), today=today))
    (said,) = (line for line in compared(Outcome("it", found, None, None, ())) if "energy" in line)
    assert "costs 29 GJ (700%), 24 GJ to 39 GJ in 9 scenarios of 10" in said


def test_more_than_ten_times_is_said_as_times() -> None:
    today = today_at("FR", None, watts(100))
    found = place(Question(watts(1200), (Site.at("FR"),), today=today))
    assert all(
        "(12 times as much)" in line for line in compared(Outcome("it", found, None, None, ())) if "carbon" in line
    )


def test_joules_without_a_machine_are_not_compared_with_a_whole_machine() -> None:
    load = GivenEnergy(Quantity.of(1000, "J"), 100, YEAR)
    today = today_at("FR", None, load)
    found = place(Question(load, (Site.at("aws:eu-west-3"),), (machine("c7g.xlarge"),), today=today))
    assert found.ranked[0].against == {}
    (said,) = compared(Outcome("it", found, None, None, ()))
    assert "not comparable: today's figure has no machine" in said
    assert "P(" not in said
    alike = place(Question(load, (Site.at("aws:eu-west-3"),), today=today))
    assert "carbon" in alike.ranked[0].against


def test_own_machines_have_the_pue_of_own_rooms_and_their_hardware() -> None:
    base = on_premises("DE", watts=Quantity.of(100, "W"), hours=YEAR)
    bought = on_premises("DE", watts=Quantity.of(100, "W"), hours=YEAR, embodied_kg=1200, life_years=4, usd_per_h=0.1)
    assert of(bought.footprint.carbon) - of(base.footprint.carbon) == pytest.approx(1200e3 / 4)
    assert of(bought.footprint.cost) - of(base.footprint.cost) == pytest.approx(876)
    with pytest.raises(BadInput, match="is a region of aws"):
        on_premises("aws:eu-west-3", watts=Quantity.of(1, "W"), hours=1)


def test_the_edge_has_no_building_and_counts_its_making() -> None:
    """5 W for 1000 h in ten devices of 40 kg over 5 years: 50 kWh, and 40 kg x 10 x 1000 / 43800 of making."""
    edge = Edge("FR", watts=5, working_h=1000, devices=10, embodied_kg=40, life_years=5)
    total = at_the_edge(edge, YEAR)
    grid = catalog.grid("FR").intensity.quantity.value
    assert of(total.energy) == pytest.approx(50 * 3.6e6)
    assert of(total.carbon) == pytest.approx(50 * grid + 400e3 * 1000 / 43800)
    dedicated = at_the_edge(Edge("FR", 5, 1000, 10, 40, 5, dedicated=True), YEAR)
    assert of(dedicated.carbon) == pytest.approx(50 * grid + 400e3 * 8760 / 43800)


def test_the_way_to_the_cloud_counts_against_it() -> None:
    site, load = (Site.at("aws:eu-west-3"),), GivenEnergy(Quantity.of(1, "J"), 1e6, YEAR)
    near, far = (place(Question(load, site, request_gb=gb)).best for gb in (0.0, 1e-3))
    assert near is not None
    assert far is not None
    edge = Edge("FR", watts=5, working_h=100)
    by_request = [against_cloud(edge, option, YEAR).saved["energy"].mid for option in (near, far)]
    kwh = 1e3 * catalog.keyed("devices", "network").quantity.value
    assert by_request[1] - by_request[0] == pytest.approx(kwh * 3.6e6)


def own(per_hour: float = 7200.0) -> Own:
    return Own(machine("g5.2xlarge"), catalog.grid("aws:us-east-1"), 1, per_hour)


def test_tokens_cost_what_the_list_says() -> None:
    """GPT-4o mini: USD 0.15 and 0.60 per million tokens."""
    model = catalog.hosted("openai:gpt-4o-mini")
    charged = token_usd(model, Request(1000, 500))
    assert charged.value == pytest.approx((1000 * model.input.quantity.value + 500 * model.output.quantity.value) / 1e6)
    assert charged.value == pytest.approx(0.00045)


def test_at_the_break_even_both_cost_the_same() -> None:
    model, request = catalog.hosted("openai:gpt-4o-mini"), Request(1000, 500)
    at = compare(model, request, own(), volume_per_hour=100).break_even_usd
    assert at.per_hour is not None
    there = compare(model, request, own(), volume_per_hour=at.per_hour)
    assert there.own_usd.value == pytest.approx(there.per_request_usd.value)
    assert at.utilisation == pytest.approx(at.per_hour / 7200)
    assert at.reachable


def test_at_the_break_even_both_emit_the_same() -> None:
    model, request = catalog.hosted("openai:gpt-4o-mini"), Request(1000, 500)
    at = compare(model, request, own(), volume_per_hour=100).break_even_g
    assert at is not None
    if at.per_hour is not None and at.reachable:
        there = compare(model, request, own(), volume_per_hour=at.per_hour)
        assert there.per_request_g is not None
        assert there.own_g.value == pytest.approx(there.per_request_g.value)


def test_a_break_even_beyond_capacity_is_not_reachable() -> None:
    compared = compare(catalog.hosted("openai:gpt-4o-mini"), Request(1000, 500), own(100.0), volume_per_hour=100)
    assert not compared.break_even_usd.reachable
    with pytest.raises(BadInput, match="101 requests an hour on machines that answer 100"):
        compare(catalog.hosted("openai:gpt-4o-mini"), Request(1, 1), own(100.0), volume_per_hour=101)


def test_prices_elsewhere_are_assumed() -> None:
    on = machine("c7g.large")
    assert price_at(catalog.grid("aws:us-east-1"), on) == on.usd_per_h
    elsewhere = price_at(catalog.grid("aws:eu-west-3"), on)
    assert elsewhere.origin is Origin.ASSUMED
    assert elsewhere.low < on.usd_per_h.value < elsewhere.high


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: Site.mix("m", {"aws:eu-west-1": 0.5, "aws:eu-west-3": 0.4}), "the shares sum to 0.9"),
        (lambda: Site.mix("m", {"aws:eu-west-1": 1.5, "aws:eu-west-3": -0.5}), "a share above 0"),
        (lambda: Site.mix("m", {"aws:eu-west-1": math.nan, "aws:eu-west-3": 0.5}), "a share above 0"),
        (lambda: matching(["aws:eu-west-7"], catalog.regions(), "region"), "no region 'aws:eu-west-7'"),
        (lambda: countries_of(["UK"]), "no country or group 'UK'"),
        (lambda: countries_of(["Atlantis"]), "no country or group 'Atlantis'"),
        (lambda: Data(-1.0, "FR"), "-1 GB of data"),
        (lambda: Data(math.nan, "FR"), "nan GB of data"),
        (lambda: Busy(1.5, 1), "1.5 busy"),
        (lambda: BusyCores(0, 1), "busy cores of 0"),
        (lambda: watts(0), "watts of 0"),
        (lambda: GivenWatts(Quantity.of(1, "W"), math.inf), "hours of inf"),
        (lambda: GivenEnergy(Quantity.of(1, "J"), 0, 1), "requests of 0"),
        (lambda: Needs(round_trip_ms=5.0), "a round trip to nobody"),
        (lambda: Needs(answer_ms=5.0), "how long answering takes is not known"),
        (lambda: Needs(most={"cost": 0.0}), "a ceiling of 0 on cost"),
        (lambda: Spare(0), "0 replicas"),
        (lambda: Request(0, 0), "0 + 0 tokens"),
        (lambda: Request(10, 1, 11), "more tokens cached"),
        (lambda: Edge("FR", 0, 1), "watts of 0"),
        (lambda: at_the_edge(Edge("FR", 1, 100), 10), "works 100 h of 10 h"),
        (lambda: ask("FR", spare=Spare(second="DE")), "'DE' is not among the regions"),
    ],
)
def test_bad_input_is_one_error_with_a_mend(act: object, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        act()  # type: ignore[operator]
    assert said in caught.value.problem
    assert caught.value.mend


def test_joules_alone_do_not_tell_what_stands_by() -> None:
    load = GivenEnergy(Quantity.of(1, "J"), 10, 1)
    with pytest.raises(BadInput, match="stands by"):
        place(Question(load, (Site.at("FR"),), spare=Spare(replicas=2)))


def test_unknown_names_are_named() -> None:
    with pytest.raises(MissingFactor):
        machine("c99.large")
    with pytest.raises(MissingFactor):
        Site.at("nowhere")
