"""The page on ledger events says what a climb really writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rung.accounting import factors_for
from rung.climb import Setting, run_climb
from rung.evaluation.formats import Dataset
from rung.evaluation.given import GivenSystem
from rung.evaluation.measures import response_scorers
from rung.evaluation.records import EvalItem, Response
from rung.evaluation.running import EvalSetting, evaluate
from rung.ledger import Ledger
from rung.prediction import TYPICAL
from rung.testing.meters import FakeMeter
from rung.testing.recorded import NoEngines, RecordedMethod, Recording
from rung.types import Item
from rung.workload import Bar, Ownership, Place, SearchBudget, Splits, Volume, Workload

from .pages import DOCS


def documented() -> dict[str, set[str]]:
    """Kind -> the fields of its body, as the page has them."""
    text = (DOCS / "reference" / "ledger-events.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    found: dict[str, set[str]] = {}
    for part in parts:
        if (kind := re.match(r"`(\w+)`", part)) is not None:
            found[kind[1]] = set(re.findall(r"^\| `(\w+)` \|", part, flags=re.MULTILINE))
    return found


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """The ledger of a small climb over recorded answers."""
    items = tuple(Item(f"q{n}", f"question {n}", ("right",)) for n in range(40))
    workload = Workload(
        name="recorded",
        path=Path("recorded.yaml"),
        task="answer",
        splits=Splits((), (), items),
        knowledge=(),
        bar=Bar("exact_match", 0.8, claim="dataset"),
        guards=(),
        slo=None,
        volume=Volume(1000, 365),
        functional_unit="answer",
        objective="cost",
        models=(),
        place=Place(region="FR"),
        budget=SearchBudget(),
        owner=Ownership(),
        instruction="",
        max_output_tokens=16,
        seed=0,
    )
    recording = Recording("always-right", {item.input: "right" for item in items}, 0.001)
    setting = Setting(
        home=tmp_path,
        methods={"recorded": RecordedMethod([recording])},
        engines=NoEngines(),
        meter=FakeMeter(cpu_s_per_look=0.001, wall_s_per_look=0.001),
        factors=factors_for(Place(region="FR")),
        speed=TYPICAL,
    )
    run_climb(workload, setting)
    return Ledger(setting.ledger_path)


def test_bodies_have_the_fields_of_the_page(ledger: Ledger) -> None:
    pages, seen = documented(), set[str]()
    with ledger:
        for event in ledger.events():
            seen.add(event.kind)
            assert set(event.body) == pages[event.kind], event.kind
    assert seen >= {"started", "proposed", "alpha", "spent", "built", "trial", "verdict", "planned"}


def test_bodies_of_an_evaluation_have_the_fields_of_the_page(tmp_path: Path) -> None:
    dataset = Dataset("d", (EvalItem("1", "question", ("answer",)),), {"s": {"1": Response("1", "s", "answer")}})
    meter = FakeMeter(cpu_s_per_look=0.001, wall_s_per_look=0.001)
    setting = EvalSetting(home=tmp_path, meter=meter, factors=factors_for(Place(region="FR")))
    evaluate(dataset, [GivenSystem("s", dataset.responses["s"])], response_scorers(["exact_match"]), setting)
    pages = documented()
    with Ledger(tmp_path / "ledger.db") as ledger:
        events = list(ledger.events())
    assert {event.kind for event in events} == {"evaluation", "response", "score", "results", "spent"}
    for event in events:
        assert set(event.body) == pages[event.kind], event.kind
