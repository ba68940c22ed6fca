"""`rung predict fit-slo`: which replicas keep a workload's objectives at the least energy or cost."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from rung.cli.place_reading import listed, number_for
from rung.cli.predict_asked import architecture
from rung.errors import BadInput
from rung.units import S_PER_HOUR

if TYPE_CHECKING:
    from rung.prediction.roofline.accelerators import Accelerator
    from rung.prediction.roofline.planner import Demand, Slo
    from rung.prediction.roofline.serving import Serving
    from rung.types import Quantity
    from rung.workload import Workload

PARTS = ("1/7", "2/7", "3/7", "4/7")
"""Profiles of multi-instance GPUs."""

_PEAK = 3.0
_CHARACTERS_PER_TOKEN = 4.0
_RATE = "Requests per second to plan for; else three times the workload's mean."
_PROMPT, _OUTPUT = (
    "Tokens of a prompt; else from the workload, or 500.",
    "Tokens of an answer; else from the workload, or 300.",
)
_ITL, _TTFT = "SLO: most for the median gap between tokens [ms].", "SLO: most until the first token [ms]."
_LAST = "SLO: most for an answer [s]; else the workload's."
_MARGIN = "How far towards the far end of its interval a latency must keep its limit, 0 to 1; else 1."
_USD, _J = "Most for 1,000 requests [USD].", "Most for a request [J]."


@dataclass(frozen=True, slots=True)
class _Task:
    """What is asked, from options and the workload."""

    rate: float
    prompt: float
    output: float
    latency_s: float | None
    notes: tuple[str, ...]
    assumed: str = ""


def fit_slo(
    workload: Annotated[Path | None, typer.Argument(metavar="[WORKLOAD]", help="A workload file.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="A config.json, folder or size; repeat for several.")] = None,
    silicon: Annotated[str, typer.Option(help="Accelerators, with commas; H100:1/7 is a MIG slice.")] = "H100,A100,L4",
    counts: Annotated[str, typer.Option(help="Accelerators of a replica, with commas.")] = "1,2,4,8",
    precisions: Annotated[str, typer.Option(help="With commas; `published`: as the model is.")] = "published",
    rate: Annotated[float | None, typer.Option(help=_RATE, parser=number_for(_RATE), metavar="NUMBER")] = None,
    prompt: Annotated[float | None, typer.Option(help=_PROMPT, parser=number_for(_PROMPT), metavar="NUMBER")] = None,
    output: Annotated[float | None, typer.Option(help=_OUTPUT, parser=number_for(_OUTPUT), metavar="NUMBER")] = None,
    itl_ms: Annotated[float | None, typer.Option(help=_ITL, parser=number_for(_ITL), metavar="NUMBER")] = None,
    ttft_ms: Annotated[float | None, typer.Option(help=_TTFT, parser=number_for(_TTFT), metavar="NUMBER")] = None,
    latency_s: Annotated[float | None, typer.Option(help=_LAST, parser=number_for(_LAST), metavar="NUMBER")] = None,
    margin: Annotated[float | None, typer.Option(help=_MARGIN, parser=number_for(_MARGIN), metavar="NUMBER")] = None,
    max_usd: Annotated[float | None, typer.Option(help=_USD, parser=number_for(_USD), metavar="NUMBER")] = None,
    max_j: Annotated[float | None, typer.Option(help=_J, parser=number_for(_J), metavar="NUMBER")] = None,
    objective: Annotated[str, typer.Option(help="energy or cost.")] = "energy",
    engine_generation: Annotated[str, typer.Option(help="vllm-2025 or vllm-2024.")] = "vllm-2025",
    constants: Annotated[Path | None, typer.Option(help="Constants of your own, from `rung predict fit`.")] = None,
    tested: Annotated[Path | None, typer.Option(help="CSV of load tests of options; see the guide.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many options are printed.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> int:
    """Choose model, silicon, count, precision and batch under objectives; every loser keeps its reason."""
    from rung.prediction.roofline.constants import read_constants, shipped
    from rung.prediction.roofline.load_tests import read_load_tests
    from rung.prediction.roofline.planner import MARGIN, Demand, Slo, plan
    from rung.report.predict_plan import plan_text

    if margin is not None and margin > 1:
        raise BadInput(f"a margin of {margin:g} is past the far end", mend="give --margin from 0 to 1")
    if objective not in ("energy", "cost"):
        raise BadInput(f"the objective {objective!r} is not known", mend="give energy or cost")
    task = _task(workload, rate=rate, prompt=prompt, output=output, latency_s=latency_s)
    if not model:
        raise BadInput("no model is given", mend="add --model config.json, a folder, or a size; repeat for several")
    options = list(_options(model, silicon, counts, precisions, task, engine_generation))
    if not options:
        raise BadInput("no option is left", mend="give counts that divide the heads of the models")
    slo: Slo = Slo(
        itl_s=None if itl_ms is None else itl_ms / 1e3,
        ttft_s=None if ttft_ms is None else ttft_ms / 1e3,
        latency_s=task.latency_s,
        margin=MARGIN if margin is None else margin,
    )
    demand: Demand = Demand(task.rate, max_usd, max_j)
    prices = [_price(one.accelerator.key) for one in options]
    known = shipped() if constants is None else read_constants(constants)
    tests = [] if tested is None else read_load_tests(tested, options)
    usd = [price for price, _ in prices]
    found = plan(options, slo, demand, goal=objective, prices=usd, constants=known, tests=tests)
    rented = sorted({machine for _, machine in prices if machine})
    if rented:
        shares = (
            f"Prices are shares of {', '.join(rented)} (on demand, us-east-1): a part of a machine may not be for rent."
        )
        task = replace(task, notes=(*task.notes, shares))
    if json:
        worth = None if found.next_test is None else found.next_test.to_json()
        answer = {"margin": found.margin, "rate": task.rate, "notes": list(task.notes), "next_test": worth}
        print(jsonlib.dumps({**answer, "choices": [choice.to_json() for choice in found.choices]}, ensure_ascii=False))
    else:
        lengths = f"{task.prompt:.4g} + {task.output:.4g} tokens{task.assumed}"
        print(plan_text(found, slo, demand, lengths=lengths, top=top))
        for note in task.notes:
            print(f"Note: {note}", file=sys.stderr)
    return 0 if found.choice is not None else 1


def _task(
    path: Path | None, *, rate: float | None, prompt: float | None, output: float | None, latency_s: float | None
) -> _Task:
    if path is None:
        if rate is None or not rate:
            raise BadInput("neither a workload nor a rate is given", mend="add --rate REQUESTS_PER_SECOND")
        assumed = " (assumed; --prompt, --output)" if prompt is None or output is None else ""
        tokens = (500.0 if prompt is None else prompt, 300.0 if output is None else output)
        return _Task(rate, *tokens, latency_s, (), assumed)
    from rung.workload import load_workload

    workload = load_workload(path)
    notes: list[str] = []
    if prompt is None or output is None:
        found = _lengths(workload)
        notes.append(f"Lengths are of the evaluation items at {_CHARACTERS_PER_TOKEN:g} characters a token.")
        prompt, output = prompt if prompt is not None else found[0], output if output is not None else found[1]
    if rate is None:
        rate = _PEAK * workload.volume.requests_per_day / (24 * S_PER_HOUR)
        notes.append(f"The busiest time is taken as {_PEAK:g} times the mean of the volume; --rate says another.")
    if latency_s is None and workload.slo is not None:
        latency_s = workload.slo.latency_s
    return _Task(rate, prompt, output, latency_s, tuple(notes))


def _lengths(workload: Workload) -> tuple[float, float]:
    """Mean tokens of prompts (instruction included) and of answers, at four characters a token."""
    items = workload.splits.evaluation
    asked = sum(len(item.input) for item in items) / len(items) + len(workload.instruction)
    answered = sum(len(str(item.references[0])) if item.references else 0 for item in items) / len(items)
    return max(1.0, asked / _CHARACTERS_PER_TOKEN), max(1.0, answered / _CHARACTERS_PER_TOKEN)


def _options(
    models: Sequence[str], silicon: str, counts: str, precisions: str, task: _Task, generation: str
) -> Iterator[Serving]:
    from rung.prediction.llm import BYTES
    from rung.prediction.roofline.serving import Generation, Parallel, Serving

    known = [architecture(text) for text in models]
    for model in known:
        for board in map(_board, listed(silicon)):
            for count in map(_count, listed(counts)):
                for name in listed(precisions):
                    precision = (model.native_precision or "bf16") if name == "published" else name
                    if precision not in BYTES:
                        mend = f"use published, {', '.join(BYTES)}"
                        raise BadInput(f"the precision {precision!r} is not known", mend=mend)
                    if (model.query_heads and model.query_heads % count) or (board.is_part and count > 1):
                        continue
                    parallel = Parallel(tensor=count, expert=count if model.experts else 1)
                    for power in range(11):
                        yield Serving(
                            model=model,
                            accelerator=board,
                            parallel=parallel,
                            precision=precision,
                            batch=2.0**power,
                            prompt=task.prompt,
                            output=task.output,
                            generation=cast("Generation", generation),
                        )


def _board(text: str) -> Accelerator:
    from rung import catalog
    from rung.prediction.roofline.accelerators import accelerator
    from rung.prediction.roofline.planner import fraction

    name, _, part = text.partition(":")
    if not part:
        return accelerator(name)
    whole = accelerator(name)
    if part not in PARTS or not catalog.chip(whole.key).slices:
        cut = ", ".join(key for key in catalog.silicon() if catalog.chip(key).slices)
        raise BadInput(f"{text!r} is no part of an accelerator", mend=f"write H100:1/7 ({', '.join(PARTS)}) of {cut}")
    slices, of = (int(number) for number in part.split("/"))
    return fraction(whole, slices, of)


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise BadInput(f"{text!r} is no count of accelerators", mend="give --counts 1,2,4,8")
    return int(text)


def _price(key: str) -> tuple[Quantity | None, str | None]:
    """The least on-demand price of one accelerator [USD/h] and the machine that has it; a part costs its share."""
    from rung import catalog

    name, _, part = key.partition(" (")
    machines = [catalog.instance(one) for one in catalog.instances()]
    found = [(m.price.quantity.value / m.accelerators, m) for m in machines if m.accelerator == name]
    if not found:
        return None, None
    _, machine = min(found, key=lambda pair: pair[0])
    slices, _, of = part.rstrip(")").partition("/")
    share = int(slices) / int(of) if part else 1.0
    return machine.price.quantity.scaled(share / machine.accelerators), machine.name
