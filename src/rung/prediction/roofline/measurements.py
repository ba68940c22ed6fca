"""Tables of measured serving, each schema read into one record.

Known schemas: ML.ENERGY Benchmark v3 (`mlenergy_v3_llm`) and v2 (`mlenergy_v2_llm`), LLM-Inference-Bench of Argonne
(`argonne_*_power`, `argonne_*_throughput`), and our own (`model,silicon,count,...`, written by `rung predict
calibrate` or by hand). What a table does not say about its tasks is stated here, for all models alike.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from rung.errors import BadData, BadInput, RungError
from rung.prediction.llm import BYTES, Architecture, Precision, Size, estimate, from_specs
from rung.prediction.roofline.accelerators import accelerator
from rung.prediction.roofline.serving import GENERATIONS, Generation, Parallel, Serving

Row = Mapping[str, str]

PROMPTS: Final = {
    "gpqa": 300,
    "lm-arena-chat": 300,
    "sourcegraph-fim": 900,
    "image-chat": 250,
    "video-chat": 1100,
    "llm_text_generation/chat": 300,
    "llm_text_generation/code": 150,
    "mllm_text_generation/chat": 250,
}
"""Tokens of the text of a prompt by task: typical, not measured. A video counts as text; its work is a constant."""

IMAGE_TOKENS: Final = {
    "llava-1.5": 576,
    "llava-next": 2200,
    "llava-v1.6": 2200,
    "Phi-3-vision": 2000,
    "chameleon": 1024,
    "gemma-3": 256,
    "Llama-4": 1500,
    "Nemotron": 1800,
}
"""Tokens of one image, by a part of the model's name: published for fixed sizes, else typical."""

TYPICAL_IMAGE_TOKENS: Final = 1000


class _LeftOut(Exception):
    """A row that is right, but of something that is not predicted; it is counted by its reason."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of a table.

    Args:
        serving: what ran.
        family: whose rows stand or fall together in cross-validation: models with one backbone.
        estimated: the architecture follows from the size alone.
        j_per_token: of an output token, all accelerators [J]; None: not measured.
        itl_s: median gap between tokens, or time per output token [s].
        step_s: batch over output tokens per second [s].
        where: `file:line`.
        task: of the table; empty where it has none.
    """

    serving: Serving
    family: str
    estimated: bool
    j_per_token: float | None
    itl_s: float | None
    step_s: float | None
    where: str
    task: str = ""


@dataclass(frozen=True, slots=True)
class Specs:
    """Rows of architectures; the longest key that is part of a model's name is that model's."""

    rows: Mapping[str, Row]

    @classmethod
    def read(cls, path: Path | None) -> Specs:
        """A CSV file with the columns of `from_specs`.

        Raises:
            BadInput: it cannot be read, or has no column `key`.
        """
        if path is None:
            return cls({})
        found = list(_rows(path))
        if found and "key" not in found[0][1]:
            raise BadInput(f"{path} has no column key", mend="give a table of architectures: key,layers,hidden,...")
        return cls({row["key"]: row for _, row in found})

    def architecture(self, model: str, *, total_b: float | None, active_b: float | None) -> tuple[Architecture, str]:
        """The architecture of a model, and its family: the key, or the name where only a size is known.

        Raises:
            BadInput: neither a row nor a size is known.
        """
        keys = [key for key in self.rows if key in model]
        if keys:
            key = max(keys, key=len)
            # A row has no query heads: what ran was possible, so none are guessed.
            return replace(from_specs(self.rows[key]), query_heads=0), re.sub(r"-VL(?=-)", "", key)
        size = _size(model, total_b, active_b)
        return replace(estimate(size), query_heads=0), f"estimated:{model}"


def _size(model: str, total_b: float | None, active_b: float | None) -> Size:
    if total_b:
        return Size.of(total_b, active_b or total_b)
    named = re.search(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)b|(\d+(?:\.\d+)?)b(?![a-z])", model, re.IGNORECASE)
    if named is None:
        raise BadInput(f"neither the architecture nor the size of {model!r} is known", mend="add a row to --specs")
    return Size.of(f"{float(named[1]) * float(named[2]) if named[1] else named[3]}B")


def read_measurements(path: Path, specs: Specs, *, skip_bad: bool = False) -> tuple[list[Measured], dict[str, int]]:
    """The rows of a table that can be predicted, and how many of the others, by reason.

    Args:
        path: a CSV file, gzipped or not.
        specs: architectures.
        skip_bad: count a row with a number that cannot be read, instead of refusing the table.

    Raises:
        BadInput: the file cannot be read, or its columns are of no known schema.
        BadData: a number of a row cannot be read.
    """
    kept: list[Measured] = []
    left: dict[str, int] = {}
    schema: Callable[[Row, str, Specs], Measured] | None = None
    for line, row in _rows(path):
        schema = schema or _schema_of(row, path)
        where = f"{path.name}:{line}"
        try:
            kept.append(schema(row, where, specs))
        except (KeyError, TypeError, ValueError) as error:
            if skip_bad:
                left["a number cannot be read"] = left.get("a number cannot be read", 0) + 1
                continue
            what = f"no column {error}" if isinstance(error, KeyError) else str(error)
            raise BadData(f"{where}: {what}", mend="see `rung predict fit --help` for the columns") from error
        except (RungError, _LeftOut) as refused:
            reason = refused.problem if isinstance(refused, RungError) else str(refused)
            left[reason] = left.get(reason, 0) + 1
    if schema is None:
        raise BadInput(f"{path} has no rows", mend="give a table of measurements")
    return kept, left


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = reader.fieldnames or []
            if len(set(names)) < len(names):
                raise BadInput(f"{path} has two columns of one name", mend="name every column once")
            for row in reader:
                yield reader.line_num, row
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read: {error}", mend="give a CSV file") from error


def _schema_of(row: Row, path: Path) -> Callable[[Row, str, Specs], Measured]:
    for column, schema in (("median_itl_ms", _v3), ("avg_tpot_s", _v2), ("framework", _argonne), ("silicon", _own)):
        if column in row:
            return schema
    raise BadInput(f"{path} is of no known schema", mend="see `rung predict fit --help` for the columns")


def _v3(row: Row, where: str, specs: Specs) -> Measured:
    total, active = _number(row, "total_params_billions"), _number(row, "activated_params_billions")
    known = specs.architecture(row["model_id"], total_b=total, active_b=active)
    count, data = int(row["num_gpus"]), int(row["data_parallel"] or 1)
    # tensor_parallel of 1 with experts spread: all that have no sequences of their own share the attention.
    tensor = max(int(row["tensor_parallel"] or 1), count // data)
    expert = count if int(row["expert_parallel"] or 1) > 1 and known[0].experts else 1
    server = _Server(Parallel(tensor=tensor, data=data, expert=expert), _precision(row), "vllm-2025")
    return _measured(row, where, known, server, itl_s=_float(row, "median_itl_ms") / 1e3)


def _v2(row: Row, where: str, specs: Specs) -> Measured:
    known = specs.architecture(row["model_id"], total_b=_number(row, "total_params_billions"), active_b=None)
    parallel = Parallel(tensor=int(row["tensor_parallel"]), pipeline=int(row["pipeline_parallel"]))
    return _measured(row, where, known, _Server(parallel, "bf16", "vllm-2024"), itl_s=_float(row, "avg_tpot_s"))


_PRECISIONS: Final = {"bfloat16": "bf16", "float16": "fp16", "nvfp4": "mxfp4", "awq": "int4", "gptq": "int4"}


def _precision(row: Row) -> Precision:
    named = _PRECISIONS.get(row["weight_precision"], row["weight_precision"])
    if named not in BYTES:
        raise _LeftOut(f"the precision {named!r} is not known")
    return named


@dataclass(frozen=True, slots=True)
class _Server:
    parallel: Parallel
    precision: Precision
    generation: Generation


def _measured(row: Row, where: str, known: tuple[Architecture, str], server: _Server, *, itl_s: float) -> Measured:
    model, family = known
    task, batch = row["task"], _float(row, "avg_batch_size")
    sees = "image" in task or task.startswith("mllm")
    images = _image_tokens(row["model_id"]) if sees else 0
    serving = Serving(
        model=model,
        accelerator=accelerator(row["gpu_model"]),
        parallel=server.parallel,
        precision=server.precision,
        batch=batch,
        prompt=PROMPTS.get(task, 300) + images,
        output=_float(row, "avg_output_len"),
        generation=server.generation,
        image_tokens=images,
        videos=float("video" in task),
        sampled=not task.endswith("/code"),
    )
    step_s = batch / _float(row, "output_throughput_tokens_per_sec")
    joules = _number(row, "energy_per_token_joules")
    return Measured(serving, family, model.estimated, joules, itl_s, step_s, where, task)


def _image_tokens(model: str) -> int:
    return next((tokens for part, tokens in IMAGE_TOKENS.items() if part in model), TYPICAL_IMAGE_TOKENS)


def _argonne(row: Row, where: str, specs: Specs) -> Measured:
    """Static batches without a server: all prompts are read first, then all sequences go on to the same length.

    The constants of 2024 are of a server whose host held the GPUs back; these batches had none, so those of 2025 apply.
    """
    if row["framework"] != "vLLM":
        raise _LeftOut(f"no constants for the engine {row['framework']}")
    model, family = specs.architecture(row["model_id"], total_b=None, active_b=None)
    length, batch = _float(row, "input_output_len"), _float(row, "batch_size")
    elapsed = _float(row, "e2e_latency_s")
    # Polaris, whose A100 the study used, has those of 40 GB.
    board = accelerator(row["hardware"].replace("Nvidia A100 GPU", "A100-40"))
    tensor = int(row["num_devices"])
    expert = tensor if model.experts and tensor > 1 else 1
    serving = Serving(
        model=model,
        accelerator=board,
        parallel=Parallel(tensor=tensor, expert=expert),
        precision="bf16",
        batch=batch,
        prompt=length,
        output=length,
        generation="vllm-2025",
        sampled=False,
    )
    step_s = elapsed / length
    fastest = (model.active_parameters * 2) / (tensor * board.bandwidth)
    if step_s < 0.5 * fastest:
        raise _LeftOut("faster than the memory can be read: wrong in the table")
    joules = _number(row, "energy_per_output_token_joules")
    return Measured(serving, family, model.estimated, joules, step_s, step_s, where, "static")


def _own(row: Row, where: str, specs: Specs) -> Measured:
    model, family = specs.architecture(
        row["model"], total_b=_number(row, "parameters_b"), active_b=_number(row, "active_b")
    )
    generation = row.get("generation") or "vllm-2025"
    if generation not in GENERATIONS:
        raise _LeftOut(f"no constants for the engine {generation}")
    serving = Serving(
        model=model,
        accelerator=accelerator(row["silicon"]),
        parallel=Parallel.parse(row.get("parallel") or f"tp={row.get('count') or 1}"),
        precision=cast("Precision", row.get("precision") or "bf16"),
        batch=_float(row, "batch"),
        prompt=_float(row, "prompt"),
        output=_float(row, "output"),
        generation=generation,
    )
    joules = _number(row, "j_per_output_token")
    itl_s, step_s = _scaled(_number(row, "itl_ms"), 1e-3), _scaled(_number(row, "step_ms"), 1e-3)
    least_s = step_s or itl_s
    if joules is None and least_s is None:
        raise ValueError("none of j_per_output_token, itl_ms and step_ms is there")
    if joules is not None and least_s is not None:
        watts, most = joules * serving.batch / least_s, serving.count * serving.accelerator.watts
        if watts > 1.5 * most:
            raise ValueError(f"{watts:.0f} W by batch x joules / step, from {most:.0f} W of silicon")
    return Measured(serving, family, model.estimated, joules, itl_s, step_s, where)


def _number(row: Row, column: str) -> float | None:
    text = row.get(column)
    return None if not text else _float(row, column)


def _float(row: Row, column: str) -> float:
    value = float(row[column])
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{column} is {row[column]}")
    return value


def _scaled(value: float | None, by: float) -> float | None:
    return None if value is None else value * by


def families(rows: Sequence[Measured]) -> tuple[str, ...]:
    """The families of some rows, in order."""
    return tuple(sorted({row.family for row in rows}))
