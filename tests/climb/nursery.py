"""Runs climbs as processes of their own that may be killed: imports once, then forks for each. A script.

In, a JSON line a climb: `{"home", "kind", "resume", "kill_after_s"}`. Out, a line each: `{"status", "took_s"}`.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rung.accounting import factors_for
from rung.climb import Setting, run_climb
from rung.climb.spending import Purse
from rung.meters import local_meter
from rung.methods import Engines, Method, all_methods, preload
from rung.prediction import TYPICAL
from rung.testing.meters import FakeMeter
from rung.testing.recorded import NoEngines, RecordedMethod, Recording
from rung.types import Candidate, Item, Meter, Progress, Rung, TaskKind
from rung.workload import Bar, Brief, Ownership, Place, SearchBudget, Splits, Volume, Workload

PARTS = 4
"""Files that a slow build writes, one after the other."""


class SlowMethod(RecordedMethod):
    """Recordings that take a while to build and to answer, so that a kill finds them at work."""

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        for part in range(PARTS):
            (into / f"part{part}").write_text(candidate.name * 5000)
            progress(f"part {part}", part / PARTS)
            time.sleep(0.008)
        super().build(candidate, brief, engines, into, progress)


def recorded() -> tuple[Workload, list[Method], Meter]:
    """Four candidates: two fail, one passes, and one is for the ladder policy.

    `good` is predicted to be dearer than `close` and turns out cheaper once it is built: an order by what is known
    now, and not by what was known then, would have a resumed climb take other steps.
    """
    evaluation = [Item(f"q{n}", f"q {n}", ("right",)) for n in range(240)]
    recordings: list[Recording] = []
    for name, mean, usd, build_usd, rung in (
        ("cheap", 0.5, 0.0005, 0.0, Rung.PEFT),
        ("close", 0.7, 0.002, 0.0, Rung.PEFT),
        ("good", 0.92, 0.001, 500.0, Rung.PEFT),
        ("prompt", 0.97, 0.009, 0.0, Rung.PROMPT),
    ):
        right = set(random.Random(name).sample(range(240), round(mean * 240)))
        answers = {item.input: "right" if n in right else "wrong" for n, item in enumerate(evaluation)}
        recordings.append(Recording(name, answers, usd, rung=rung, build_usd=build_usd))

    def answering(name: str, inputs: Sequence[str]) -> None:
        time.sleep(0.004)

    method = SlowMethod(recordings, batch_size=4, heard=answering)
    workload = workload_of("answer", (), evaluation, Bar("exact_match", 0.8, claim="dataset"), "cost")
    return workload, [method], local_meter()


def traditional() -> tuple[Workload, list[Method], Meter]:
    """Texts whose label is in the order of two words: a bag of words fails, word pairs pass."""
    rng = random.Random(7)

    def items(prefix: str, count: int) -> list[Item]:
        made: list[Item] = []
        for n in range(count):
            label = "ab" if n % 2 else "ba"
            pair = "alpha beta" if n % 2 else "beta alpha"
            words = rng.choices(["one", "two", "three", "four"], k=4)
            made.append(Item(f"{prefix}{n}", f"{' '.join(words)} {pair} {prefix}{n}", (label,)))
        return made

    methods = [all_methods()[name] for name in ("tfidf-logreg", "tfidf-svm")]
    workload = workload_of("classify", items("t", 120), items("e", 200), Bar("accuracy", 0.8), "energy")
    # Each look takes the same, so that the order of the candidates does not hang on the machine's mood.
    return workload, methods, FakeMeter(wall_s_per_look=1e-4, cpu_s_per_look=1e-4)


def workload_of(
    task: TaskKind, train: Sequence[Item], evaluation: Sequence[Item], bar: Bar, objective: Any
) -> Workload:
    return Workload(
        name="killed",
        path=Path("killed.yaml"),
        task=task,
        splits=Splits(tuple(train), tuple(train[:9]), tuple(evaluation)),
        knowledge=(),
        bar=bar,
        guards=(),
        slo=None,
        volume=Volume(1000, 365),
        functional_unit="answer",
        objective=objective,
        models=(),
        place=Place(region="FR"),
        budget=SearchBudget(),
        owner=Ownership(team="search"),
        instruction="",
        max_output_tokens=16,
        seed=3,
    )


KINDS = {"recorded": recorded, "traditional": traditional}


def climb(job: Mapping[str, Any]) -> None:
    workload, methods, meter = KINDS[job["kind"]]()
    setting = Setting(
        home=Path(job["home"]),
        methods={method.name: method for method in methods},
        engines=NoEngines(),
        meter=meter,
        factors=factors_for(Place(region="FR")),
        speed=TYPICAL,
        reserve=0.0,
    )
    run_climb(workload, setting, resume=job["resume"])


def main() -> None:
    # A lap within a build now and then, though these builds are short.
    (Purse.tap.__kwdefaults__ or {})["every_s"] = 0.01
    all_methods()
    preload(["tfidf-logreg", "tfidf-svm"])
    for line in sys.stdin:
        job = json.loads(line)
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            # One that hangs says where, and ends.
            faulthandler.dump_traceback_later(60, exit=True)
            code = 1
            try:
                climb(job)
                code = 0
            except BaseException:  # noqa: BLE001  whatever it is, it must not reach the parent's loop
                traceback.print_exc()
            os._exit(code)
        kill_after_s = job["kill_after_s"]
        ended, status = 0, 0
        while ended == 0 and (kill_after_s is None or time.monotonic() - began < kill_after_s):
            ended, status = os.waitpid(pid, os.WNOHANG)
            time.sleep(0.0005)
        if ended == 0:
            os.kill(pid, signal.SIGKILL)  # not awaited yet, so the id is still its own
            _, status = os.waitpid(pid, 0)
        took_s = time.monotonic() - began
        print(json.dumps({"status": os.waitstatus_to_exitcode(status), "took_s": took_s}), flush=True)


if __name__ == "__main__":
    main()
