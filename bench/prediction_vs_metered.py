"""Predicted against metered CPU time, for building each candidate and for each request.

    python bench/prediction_vs_metered.py tests/workloads/banking77_90.yaml --only tfidf-logreg,tfidf-svm > out.json
    python bench/prediction_vs_metered.py examples/policy.yaml --items 96 > out.json

Prints one JSON object: machine, date, the calibrated speed, and for every candidate the predicted and metered seconds
with their ratio; then the share within 2x and Kendall's tau over candidates. Requests are answered in the answerer's
own batches, after one warm-up answer; loading is no part of them. A build under 50 ms is not compared.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from rung.engines import EngineRoom
from rung.errors import RungError
from rung.methods import Method, all_methods, preload
from rung.prediction import MachineSpeed, calibrate
from rung.types import Candidate, Item
from rung.workload import Brief, load_workload

LEAST_BUILD_S = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="+", type=Path)
    parser.add_argument("--only", default="", help="names of methods, with commas between; all by default")
    parser.add_argument("--items", type=int, default=96, help="evaluation items that are answered")
    args = parser.parse_args()
    wanted = [name for name in args.only.split(",") if name] or list(all_methods())
    preload(wanted)
    speed = calibrate()
    rows: list[dict[str, Any]] = []
    with EngineRoom() as engines:
        for path in args.workloads:
            workload = load_workload(path)
            for name in wanted:
                method = all_methods()[name]
                for candidate in method.propose(workload.brief()):
                    row = measured(
                        method, candidate, workload.brief(), engines, speed, workload.splits.evaluation, args.items
                    )
                    rows.append({"workload": workload.name, "candidate": candidate.name, **row})
                    print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    machine = {"processor": platform.processor() or platform.machine(), "cores": speed.cores, "python": sys.version}
    head = {"machine": machine, "date": datetime.now(UTC).isoformat(timespec="seconds"), "speed": speed.to_json()}
    print(json.dumps({**head, "candidates": rows, "summary": summary(rows)}, indent=1))


def measured(
    method: Method,
    candidate: Candidate,
    brief: Brief,
    engines: EngineRoom,
    speed: MachineSpeed,
    items: Sequence[Item],
    count: int,
) -> dict[str, Any]:
    """Predicted and metered seconds of one candidate."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            prediction = method.predict(candidate, brief, engines, speed)
            start = time.process_time()
            method.build(candidate, brief, engines, Path(folder), lambda what, share: None)
            build_s = time.process_time() - start
            answerer = method.load(candidate, Path(folder), engines)
        except RungError as error:
            return {"error": error.problem}
        inputs = [item.input for item in items[:count]]
        answerer.answer(inputs[:1])
        start = time.process_time()
        for at in range(0, len(inputs), answerer.batch_size):
            answerer.answer(inputs[at : at + answerer.batch_size])
        request_s = (time.process_time() - start) / len(inputs)
        answerer.close()
    return {
        "build_s": build_s,
        "predicted_build_s": prediction.build.cpu_s.value,
        "request_s": request_s,
        "predicted_request_s": prediction.per_request.cpu_s.value,
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Share within 2x, and Kendall's tau, for builds and for requests."""
    done = [row for row in rows if "error" not in row]
    result: dict[str, Any] = {}
    for kind in ("build", "request"):
        pairs = [(row[f"predicted_{kind}_s"], row[f"{kind}_s"]) for row in done]
        if kind == "build":
            pairs = [pair for pair in pairs if max(pair) >= LEAST_BUILD_S]
        ratios = [predicted / metered for predicted, metered in pairs]
        result[kind] = {
            "candidates": len(pairs),
            "within_2x": sum(0.5 <= ratio <= 2 for ratio in ratios) / max(1, len(ratios)),
            "ratios": [round(ratio, 2) for ratio in ratios],
            "kendall_tau": kendall_tau(pairs),
        }
    return result


def kendall_tau(pairs: Sequence[tuple[float, float]]) -> float:
    """Kendall's tau-a: concordant less discordant pairs over all."""
    signs = [_sign(a[0] - b[0]) * _sign(a[1] - b[1]) for a, b in combinations(pairs, 2)]
    return sum(signs) / max(1, len(signs))


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


if __name__ == "__main__":
    main()
