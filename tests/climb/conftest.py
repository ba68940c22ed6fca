"""Small climbs over recorded answers, on a deterministic meter."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rung.accounting import factors_for
from rung.climb import Plan, Setting, run_climb
from rung.prediction import TYPICAL
from rung.testing.meters import FakeMeter
from rung.testing.recorded import NoEngines, RecordedMethod, Recording
from rung.types import Item
from rung.workload import Bar, Ownership, Place, SearchBudget, Splits, Volume, Workload

Climber = Callable[..., Plan]


def items(count: int, prefix: str = "q") -> tuple[Item, ...]:
    """Items whose right answer is `right`."""
    return tuple(Item(f"{prefix}{n}", f"{prefix} {n}", ("right",)) for n in range(count))


def recording(name: str, mean: float, usd: float, evaluation: Sequence[Item], **more: object) -> Recording:
    """A candidate that is right on exactly the share `mean` of the items, at random places."""
    right = round(mean * len(evaluation))
    places = [True] * right + [False] * (len(evaluation) - right)
    random.Random(name).shuffle(places)
    answers = {item.input: "right" if ok else "wrong" for item, ok in zip(evaluation, places, strict=True)}
    return Recording(name, answers, usd, **more)  # pyright: ignore[reportArgumentType]


def workload_of(evaluation: Sequence[Item], **changes: object) -> Workload:
    """A workload over these items: a bar of .8 about the data set, the objective is the cost."""
    plain = Workload(
        name="recorded",
        path=Path("recorded.yaml"),
        task="answer",
        splits=Splits(items(10, "train"), items(25, "tune"), tuple(evaluation)),
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
        owner=Ownership(team="search"),
        instruction="",
        max_output_tokens=16,
        seed=0,
    )
    return replace(plain, **changes)  # pyright: ignore[reportArgumentType]


def setting_of(home: Path, method: RecordedMethod, **changes: object) -> Setting:
    """A setting with one method and a meter that moves a little at each look."""
    plain = Setting(
        home=home,
        methods={method.name: method},
        engines=NoEngines(),
        meter=FakeMeter(wall_s_per_look=0.001, cpu_s_per_look=0.001),
        factors=factors_for(Place(region="FR")),
        speed=TYPICAL,
        reserve=0.0,
    )
    return replace(plain, **changes)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def climber(tmp_path: Path) -> Climber:
    """Runs a climb over recordings: `climber(recordings, evaluation, **workload_changes)`."""

    def run(
        recordings: Sequence[Recording], evaluation: Sequence[Item], *, home: Path | None = None, **changes: object
    ) -> Plan:
        method = RecordedMethod(recordings)
        return run_climb(workload_of(evaluation, **changes), setting_of(home or tmp_path / ".rung", method))

    return run
