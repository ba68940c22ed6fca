"""kill -9 at any moment of a climb: resumed, it ends in the same plan; nothing is lost, nothing counted twice.

Laws, for every kill:

- what the ledger held when the process died is still there at the end, unchanged and in place;
- a trial (candidate x item) is there once, and the calls of the `spent` laps of trials are the trials;
- choices, verdicts, reasons, items and the score of every item are those of a climb that was never cut short;
- every artifact is whole, and no half-made one is left.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rung.ledger import Event, Ledger

KILLS = 20


class Nursery:
    """Climbs as processes, one at a time (see `nursery.py`)."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("nursery.py")
        command = [sys.executable, str(script)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def climb(
        self, home: Path, kind: str, *, resume: bool = False, kill_after_s: float | None = None
    ) -> tuple[int, float]:
        """Its exit status (-9: killed) and how long it took [s]."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"home": str(home), "kind": kind, "resume": resume, "kill_after_s": kill_after_s}
        print(json.dumps(job), file=self._process.stdin, flush=True)
        said = json.loads(self._process.stdout.readline())
        return said["status"], said["took_s"]

    def close(self) -> None:
        try:
            self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


def events_of(home: Path, side: Path) -> list[Event]:
    """What a ledger holds, read from a copy: opening it would mend what a resume must be able to mend."""
    if not (home / "ledger.db").exists():
        return []
    shutil.rmtree(side, ignore_errors=True)
    side.mkdir()
    for file in home.glob("ledger.db*"):
        shutil.copy(file, side)
    with Ledger(side / "ledger.db") as ledger:
        assert ledger.verify() == []
        return list(ledger.events())


def kinds(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


def decided(events: list[Event]) -> dict[str, Any]:
    """What a climb says, less what it took: that is another each time."""
    plan = kinds(events, "planned")[-1].body["plan"]
    assert plan["finished"]
    rejections = {c["name"]: c["rejection"] and c["rejection"]["constraint"] for c in plan["candidates"]}
    return {
        "choices": [policy["candidate"] for policy in plan["policies"]],
        "verdicts": {c["name"]: (c["decision"], c["items"]) for c in plan["candidates"]},
        "rejections": rejections,
        "evidence": {c["name"]: c["evidence"] for c in plan["candidates"]},
        "calls": plan["search"]["calls"],
        "scores": {event.key: event.body["scores"] for event in kinds(events, "trial")},
        "order": [event.body["name"] for event in kinds(events, "verdict")],
    }


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check_counted_once(events: list[Event]) -> None:
    trials = kinds(events, "trial")
    assert len({event.key for event in trials}) == len(trials)
    assert len({(event.body["candidate"], event.body["item"]) for event in trials}) == len(trials)
    laps = [event for event in kinds(events, "spent") if event.body["part"] == "trial"]
    assert sum(event.body["calls"] for event in laps) == len(trials)
    assert sum(event.body["calls"] for event in kinds(events, "spent")) == len(trials)
    assert sum(event.body["usd"] for event in laps) == pytest.approx(sum(event.body["usd"] for event in trials))
    for kind in ("built", "verdict", "proposed"):
        keys = [event.key for event in kinds(events, kind)]
        assert len(set(keys)) == len(keys)


def check_search_is_what_was_spent(events: list[Event]) -> None:
    """The plan's search cost is the sum of the laps of all starts of the run, less the last: making the plan."""
    plan = kinds(events, "planned")[-1].body["plan"]
    laps = kinds(events, "spent")[:-1]
    assert {event.run for event in laps} == {plan["run"]}
    assert plan["search"]["wall_s"] == pytest.approx(sum(event.body["reading"]["wall_s"] for event in laps))
    parts = {event.body["part"] for event in laps}
    assert set(plan["search"]["spent_by_part"]) == parts


@pytest.mark.capability("resume", verified="real")
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["recorded", "traditional"])
def test_a_climb_killed_at_random_moments_ends_in_the_same_plan(tmp_path: Path, nursery: Nursery, kind: str):
    rng = random.Random(f"kill {kind}")
    whole = tmp_path / "whole"
    status, took_s = nursery.climb(whole, kind)
    assert status == 0
    events = events_of(whole, tmp_path / "side")
    expected, artifacts = decided(events), files_of(whole / "artifacts")
    check_counted_once(events)
    check_search_is_what_was_spent(events)
    found: list[str] = []
    for number in range(3 * KILLS):
        if len(found) == KILLS:
            break
        home = tmp_path / f"{number}"
        resume, before = False, list[Event]()
        while not (kinds(before, "planned")):
            # Most are killed once; some again while they resume, at most three times.
            cut = resume is False or rng.random() < 0.3
            moment = rng.uniform(0, took_s) if cut and len(found) < KILLS else None
            status, _ = nursery.climb(home, kind, resume=resume, kill_after_s=moment)
            assert status in {0, -9}
            now = events_of(home, tmp_path / "side")
            assert now[: len(before)] == before, f"an event was lost or changed, kill {len(found)}"
            if status == -9:
                half = any(home.glob("artifacts/.making-*"))
                found.append(f"{now[-1].kind if now else 'nothing'}{' (in a build)' if half else ''}")
            before, resume = now, bool(kinds(now, "started"))
        assert decided(before) == expected, f"after {found[-1:]}"
        check_counted_once(before)
        check_search_is_what_was_spent(before)
        assert files_of(home / "artifacts") == artifacts
        shutil.rmtree(home)
    assert len(found) == KILLS
    print(f"{kind}: {took_s:.2f} s, killed after {found}")
    assert len(set(found)) >= 2, "the moments did not spread over the climb"


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.95])
def test_a_build_that_is_killed_leaves_no_half_artifact_and_its_laps_stay(
    tmp_path: Path, nursery: Nursery, share: float
):
    """Builds of 4 files, 8 ms each, a lap now and then."""
    home, making = tmp_path / "home", list[Path]()
    for step in range(200):
        shutil.rmtree(home, ignore_errors=True)
        status, _ = nursery.climb(home, "recorded", kill_after_s=0.005 * step + 0.008 * 4 * share)
        making = list(home.glob("artifacts/.making-*"))
        if status == -9 and making and any(making[0].iterdir()):
            break
    else:
        pytest.fail("no kill hit a build")
    key = making[0].name.removeprefix(".making-")
    before = events_of(home, tmp_path / "side")
    assert key not in [event.key for event in kinds(before, "built")]
    assert not (home / "artifacts" / key).exists()
    assert nursery.climb(home, "recorded", resume=True)[0] == 0
    after = events_of(home, tmp_path / "side")
    assert after[: len(before)] == before
    assert not list(home.glob("artifacts/.making-*"))
    for event in kinds(after, "built"):
        folder = home / "artifacts" / str(event.key)
        assert len(list(folder.iterdir())) == 5
        assert (folder / "part3").read_text() == event.body["candidate"] * 5000
    # A build's footprint is that of the build that made it; what the killed one took is spent all the same.
    built = next(event for event in kinds(after, "built") if event.key == key)
    laps = [event for event in kinds(after, "spent") if before[-1].seq < event.seq < built.seq]
    own = [event.body["reading"]["wall_s"] for event in laps if event.body["part"] == "build"]
    assert built.body["reading"]["wall_s"] == pytest.approx(sum(own))
    check_counted_once(after)
