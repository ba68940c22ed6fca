"""`rung place` and `rung claims` on the command line: tables, JSON, a page, a workload's own effort, and bad input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rung.ledger import Ledger
from tests.cli.conftest import Project
from tests.report.test_html import Outline

LOAD = ("--watts", "100", "--hours", "8760")


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A folder without anything."""
    return Project(tmp_path)


@pytest.mark.capability("place", verified="real")
def test_the_table_names_the_best_the_others_and_why_not(empty: Project) -> None:
    ran = empty.rung("place", "--regions", "aws:eu-*", *LOAD, "--residency", "EU")
    assert ran.code == 0
    assert ran.err == ""
    assert "Least carbon: aws:eu-north-1" in ran.out
    assert "- not aws:eu-west-3: carbon: needed no more than" in ran.out
    assert "- refused aws:eu-west-2: residency: needed data in EU, got GB" in ran.out
    assert "under common errors" in ran.out
    assert "Note: No machine is named" in ran.out


def test_json_holds_every_option_with_interval_origin_and_reason(empty: Project) -> None:
    arguments = ("--regions", "aws:eu-*", "--instances", "c7g.large,m7i.large", *LOAD, "--objective", "carbon,cost")
    answer = empty.rung("place", *arguments, "--user", "48.86,2.35=3", "--user", "aws:us-east-1", "--json").json()
    assert answer["objectives"] == ["carbon", "cost"]
    front = [option["name"] for option in answer["options"] if option["rejection"] is None]
    assert front == answer["front"]
    for option in answer["options"]:
        carbon = option["total"]["carbon"]
        assert carbon["low"] <= carbon["value"] <= carbon["high"]
        assert carbon["origin"] in {"modelled", "quoted", "assumed"}
        assert option["round_trip"]["unit"] == "ms"
        assert option["regions"][0]["market_intensity"] is not None
    assert "score" not in answer


def test_nothing_left_is_exit_code_1_with_every_reason(empty: Project) -> None:
    ran = empty.rung("place", "--regions", "aws:us-*", *LOAD, "--residency", "EU")
    assert ran.code == 1
    assert ran.out.count("residency: needed data in EU, got US") == ran.out.count("aws:us-")
    assert empty.rung("place", "--regions", "FR", *LOAD, "--residency", "DE", "--json").json()["best"] is None


def test_the_page_asks_the_network_for_nothing(empty: Project) -> None:
    ran = empty.rung("place", "--regions", "aws:eu-*", *LOAD, "--residency", "EU", "--html", "out/place.html")
    assert ran.code == 0
    page = (empty.folder / "out" / "place.html").read_text()
    outline = Outline(page)
    assert outline.open == []
    assert not [attrs for _, attrs in outline.tags if "src" in attrs or str(attrs.get("href", "data:"))[:5] != "data:"]
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    shapes = [tag for tag, _ in outline.tags]
    assert shapes.count("svg") == 4, "bars and a map, each for a desk and for a phone"
    assert shapes.count("circle") >= 4 * 5
    for text in ("aws:eu-north-1", "aws:eu-west-2", "data in EU", "embodied carbon is left out"):
        assert text in outline.text


def test_what_is_drawn_lies_on_the_drawing(empty: Project) -> None:
    regions = ("--regions", "aws:*,gcp:*,azure:*")
    assert empty.rung("place", *regions, *LOAD, "--html", "p.html").code == 0
    outline = Outline((empty.folder / "p.html").read_text())
    heights = [float(str(attrs["viewbox"]).split()[3]) for tag, attrs in outline.tags if tag == "svg"]
    circles = [attrs for tag, attrs in outline.tags if tag == "circle"]
    assert len(circles) > 100
    for circle in circles:
        assert 0 <= float(str(circle["cx"])) <= 920
        assert 0 <= float(str(circle["cy"])) <= max(heights)
        assert float(str(circle["r"])) > 0


def test_the_page_escapes_what_the_user_typed(empty: Project) -> None:
    hostile = "<script>x</script>=aws:eu-west-1=0.5,aws:eu-west-3=0.5"
    assert empty.rung("place", "--mix", hostile, *LOAD, "--html", "p.html").code == 0
    page = (empty.folder / "p.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_mix_stands_between_its_parts(empty: Project) -> None:
    mix = "eu=aws:eu-west-1=0.5,aws:eu-west-3=0.5"
    answer = empty.rung("place", "--regions", "aws:eu-west-1,aws:eu-west-3", "--mix", mix, *LOAD, "--json").json()
    assert [option["name"] for option in answer["options"]] == ["aws:eu-west-3", "eu", "aws:eu-west-1"]


def test_two_ways_of_saying_how_busy_the_machines_are_must_agree(empty: Project) -> None:
    asked = (
        *("place", "--regions", "aws:us-east-1", "--instances", "g5.2xlarge", "--hours", "1000"),
        *("--managed", "openai:gpt-4o-mini", "--tokens-in", "500", "--tokens-out", "200", "--capacity", "2"),
    )
    apart = empty.rung(*asked, "--utilisation", "0.3", "--requests", "72000")
    assert "The requests keep --capacity 1.0% busy, not the 30.0% of --utilisation" in " ".join(apart.out.split())
    alike = empty.rung(*asked, "--utilisation", "0.3", "--requests", "2160000")
    assert "The requests keep --capacity" not in " ".join(alike.out.split())


def test_today_edge_and_managed_are_compared(empty: Project) -> None:
    ran = empty.rung(
        "place", "--regions", "aws:us-east-1", "--instances", "g5.2xlarge", "--utilisation", "0.3",
        "--hours", "8760", "--requests", "2000000", "--from", "onprem:DE", "--from-watts", "400",
        "--edge", "FR", "--edge-watts", "5", "--edge-hours", "300", "--edge-devices", "100", "--edge-kg", "40",
        "--managed", "openai:gpt-4o-mini", "--tokens-in", "500", "--tokens-out", "200", "--capacity", "2",
    )  # fmt: skip
    assert ran.code == 0, ran
    assert "Against today (on premises in DE), carbon: aws:us-east-1 g5.2xlarge" in ran.out
    assert "Edge against aws:us-east-1 g5.2xlarge, carbon: the edge" in ran.out
    assert "openai:gpt-4o-mini charges" in ran.out
    assert "own machines take less from" in ran.out
    assert "that favours staying" in ran.out


def test_a_workload_is_placed_by_what_was_metered(climbed_once: Project) -> None:
    answer = climbed_once.rung("place", "workload.yaml", "--regions", "aws:eu-*", "--json").json()
    assert answer["what"].startswith("intents: tfidf-")
    assert "metered in run" in answer["what"]
    assert answer["requests"] == 365_000
    assert answer["hours"] == 8760
    assert answer["best"] == "aws:eu-north-1"
    assert answer["today"]["name"] == "FR"
    assert 0 <= answer["options"][0]["against_today"]["carbon"]["p_better"] <= 1


def test_a_workload_on_machines_uses_its_core_seconds(climbed_once: Project) -> None:
    ran = climbed_once.rung(
        "place", "workload.yaml", "--regions", "aws:eu-*", "--instances", "t4g.small,m7i.large", "--json"
    )
    answer = ran.json()
    assert ran.code == 0
    assert {option["machines"] for option in answer["options"]} == {1}
    assert any("core-second" in note for note in answer["notes"])
    # A machine that waits all year takes more than the requests alone.
    alone = climbed_once.rung("place", "workload.yaml", "--regions", "aws:eu-*", "--json").json()
    assert answer["options"][0]["total"]["energy"]["value"] > alone["options"][0]["total"]["energy"]["value"]


def test_the_slo_of_a_workload_is_judged_with_the_way_to_the_users(climbed: Project) -> None:
    """An SLO in the file adds latency probes to the climb; placed far away, the network alone breaks it."""
    climbed.change("volume:", "slo: {latency_s: 0.15}\nvolume:")
    assert climbed.rung("climb", "workload.yaml").code == 0
    regions = ("--regions", "aws:eu-west-3,aws:ap-southeast-2", "--user", "48.86,2.35", "--json")
    answer = climbed.rung("place", "workload.yaml", *regions).json()
    assert [option["name"] for option in answer["options"]] == ["aws:eu-west-3"]
    (refused,) = answer["refused"]
    assert (refused["name"], refused["constraint"]) == ("aws:ap-southeast-2", "SLO")
    assert "ms answering" in refused["got"]


def test_a_workload_has_its_own_volume(climbed_once: Project) -> None:
    problem, mend = climbed_once.rung("place", "workload.yaml", "--hours", "5").refused()
    assert problem == "--hours beside a workload"
    assert "leave it out" in mend


def test_a_workload_without_a_plan_says_the_mend(project: Project) -> None:
    assert "there is no ledger" in project.rung("place", "workload.yaml").refused()[0]
    project.home.mkdir()
    with Ledger(project.home / "ledger.db"):
        pass
    problem, mend = project.rung("place", "workload.yaml").refused()
    assert "no effort is known of the workload 'intents'" in problem
    assert "rung climb" in mend


BAD = {
    "a decimal comma": (("--watts", "0,5", "--hours", "1"), "'0,5' is no number", "0.5"),
    "not a number": (("--watts", "nan", "--hours", "1"), "'nan' is no finite number", "give a number"),
    "infinite": (("--watts", "inf", "--hours", "1"), "'inf' is no finite number", "give a number"),
    "negative": (("--watts", "-5", "--hours", "1"), "-5 is negative", "0 or more"),
    "beyond watts": (("--watts", "1e308", "--hours", "10"), "1e308 cannot be", "to 1e+10"),
    "beyond hours": (("--watts", "5", "--hours", "1e10"), "1e10 cannot be", "to 1e+09"),
    "an unknown user": (("--user", "foo", *LOAD), "--user 'foo' is no place", "--user LATITUDE,LONGITUDE"),
    "a word": (("--watts", "300W", "--hours", "1"), "'300W' is no number", "give a number"),
    "unknown region": (("--regions", "aws:eu-west-9", *LOAD), "no region 'aws:eu-west-9'", "aws:eu-west-"),
    "unknown instance": (("--instances", "c9z.large", *LOAD), "no instance 'c9z.large'", "rung catalog"),
    "unknown objective": (("--objective", "joy", *LOAD), "no objective 'joy'", "carbon, energy, water, cost"),
    "a hidden score": (("--objective", "carbon=0.7,cost=0.3", *LOAD), "a weighted sum hides", "the front"),
    "unknown country": (("--residency", "UK", *LOAD), "no country or group 'UK'", "write GB"),
    "shares that do not sum": (("--mix", "m=aws:eu-west-1=0.5,aws:eu-west-3=0.6", *LOAD), "sum to 1.1", "sum to 1"),
    "no mix": (("--mix", "aws:eu-west-1", *LOAD), "is no mix", "--mix NAME=REGION=SHARE"),
    "no work": ((), "the work is not given", "--watts W"),
    "work twice": (("--busy-cores", "2", *LOAD), "the work is given by --watts and by --busy-cores", "one of"),
    "no hours": (("--watts", "5"), "for how long is not given", "--hours"),
    "joules without a count": (("--unit-energy", "5", "--hours", "1"), "without a count", "--requests"),
    "decimal commas of a place": (("--user", "48,86,2,35", *LOAD), "'48,86,2,35' is no place", "decimal points"),
    "off the Earth": (("--user", "98.1,2.0", *LOAD), "no place on the Earth", "-90 to 90"),
    "a zone is no point": (("--user", "FR", *LOAD), "'FR' is a grid zone", "cloud region"),
    "no percentile": (("--percentile", "95", "--user", "1,2", *LOAD), "a percentile of 95", "0.95"),
    "latency to nobody": (("--max-latency-ms", "50", *LOAD), "a round trip to nobody", "--user"),
    "data nowhere": (("--data-gb", "5", *LOAD), "5 GB, but where?", "--data-at"),
    "data some time": (("--data-at", "FR", "--data-moved", "daily", *LOAD), "data moved 'daily'", "once, or month"),
    "on premises nowhere": (("--from", "onprem", *LOAD), "on premises, but where?", "onprem:ZONE"),
    "an option that is passed over": (("--edge-watts", "5", *LOAD), "--edge-watts without --edge", "add --edge"),
    "today nowhere": (("--from-watts", "5", *LOAD), "--from-watts without --from", "add --from"),
    "bytes of how many": (("--request-kb", "5", *LOAD), "--request-kb of how many requests?", "--requests"),
    "no latency of its own": (("--slo-ms", "5", *LOAD), "how long answering takes is not known", "--service-ms"),
    "unequal machines": (
        ("--instances", "c7g.*", "--utilisation", "0.3", "--hours", "1"),
        "do not do the same work",
        "--busy-cores",
    ),
    "managed without a volume": (
        ("--instances", "g5.xlarge", "--regions", "aws:us-east-1", "--managed", "openai:gpt-4o-mini", *LOAD),
        "needs a volume",
        "--requests",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_two_lines_with_the_mend(empty: Project, case: str) -> None:
    arguments, problem, mend = BAD[case]
    said = empty.rung("place", *arguments).refused()
    assert problem in said[0]
    assert mend in said[1]


def test_claims_print_interval_source_and_verdict(empty: Project) -> None:
    ran = empty.rung("claims")
    assert ran.code == 0
    assert ran.out.count("  verdict: ") == 10
    assert ran.out.count("  not verified: ") == 10
    assert "untestable here" in ran.out


def test_claims_as_json(empty: Project) -> None:
    found = {row["claim"]: row for row in empty.rung("claims", "--json").json()}
    assert found["compiled"]["verdict"] == "untestable here"
    assert found["compiled"]["interval"] is None
    low, high = found["graviton"]["interval"]
    assert low <= high
    assert all(pair["low"] <= pair["mid"] <= pair["high"] for row in found.values() for pair in row["comparisons"])


def test_the_command_line_does_not_import_what_it_does_not_need() -> None:
    code = (
        "import sys, rung.cli.app\n"
        "heavy = {'numpy', 'scipy', 'httpx', 'pydantic', 'torch', 'rung.placement'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
