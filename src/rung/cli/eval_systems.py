"""What `rung eval` is asked to evaluate, as systems."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rung.errors import BadInput
from rung.types import ModelRef

if TYPE_CHECKING:
    from rung.evaluation import Noise
    from rung.evaluation.asking import System
    from rung.methods import Engines
    from rung.methods.evaluated import Prompting, Search

TASKS = ("generate", "answer", "classify", "extract")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The systems that a command line names; see `rung eval --help`."""

    models: Sequence[str] = ()
    workload: Path | None = None
    endpoint: str | None = None
    endpoint_model: str | None = None
    api_key_env: str | None = None
    bedrock: str | None = None
    command: str | None = None
    price: tuple[float, float] | None = None
    parameters_b: float | None = None
    knowledge: Path | None = None
    top_k: int = 3
    retrieve_only: bool = False
    task: str | None = None
    template: Path | None = None
    instruction: str = ""
    max_tokens: int = 256
    concurrency: int = 8
    seed: int = 0
    noise: Sequence[Noise] = ()


def systems_of(wanted: Wanted, engines: Engines) -> list[System]:
    """The systems, each followed by itself with noise where that is wanted; a model is opened when it is first asked.

    Raises:
        BadInput: options that do not go together.
        RungError: a model cannot be described.
    """
    from rung.evaluation.noisy import NoisySystem

    plain = _plain_systems(wanted, engines)
    if wanted.noise and not plain:
        raise BadInput(
            "--perturb without a system to ask: responses in the data were made without noise",
            mend="name a model, an endpoint or a command, or leave --perturb out",
        )
    noisy = [[NoisySystem(one, kind, seed=wanted.seed) for kind in wanted.noise] for one in plain]
    return [one for first, more in zip(plain, noisy, strict=True) for one in (first, *more)]


def _plain_systems(wanted: Wanted, engines: Engines) -> list[System]:
    from rung.methods.evaluated import ModelSystem, SearchSystem, settings_of

    _refuse_idle(wanted)
    search = _search(wanted)
    if wanted.retrieve_only:
        if search is None:
            raise BadInput("--retrieve-only without --knowledge", mend="name the folder of documents")
        return [SearchSystem(f"bm25-{wanted.top_k}", search)]
    prompting = _prompting(wanted)
    found: list[System] = []
    for model in model_refs(wanted):
        name = model.name if search is None else f"rag-{wanted.top_k}({model.name})"
        settings = settings_of(model, prompting, max_tokens=wanted.max_tokens, seed=wanted.seed)
        found.append(
            ModelSystem(
                name,
                model,
                engines,
                prompting=prompting,
                settings=settings,
                search=search,
                concurrency=wanted.concurrency,
            )
        )
    if search is not None and not found:
        raise BadInput("--knowledge without a model", mend="name a model, or add --retrieve-only")
    return found


def _refuse_idle(wanted: Wanted) -> None:
    if wanted.endpoint_model is not None and wanted.endpoint is None:
        raise BadInput("--endpoint-model without --endpoint", mend="give the URL too")
    if wanted.endpoint is not None and wanted.endpoint_model is None:
        raise BadInput("--endpoint without --endpoint-model", mend="name the model that the URL serves")
    if wanted.concurrency < 1 or wanted.top_k < 1 or wanted.max_tokens < 1:
        raise BadInput("--concurrency, --top-k and --max-tokens are at least 1", mend="give a whole number from 1 on")


def model_refs(wanted: Wanted) -> list[ModelRef]:
    """The models, as a workload would name them."""
    found = _of_workload(wanted) if wanted.workload is not None else [local_model(name) for name in wanted.models]
    price_in, price_out = wanted.price or (None, None)
    span = None if wanted.parameters_b is None else (wanted.parameters_b, wanted.parameters_b)

    def remote(name: str, engine: str, model: str, url: str | None = None) -> ModelRef:
        return ModelRef(
            name=name,
            engine=engine,
            model=model,
            url=url,
            api_key_env=wanted.api_key_env if engine == "openai" else None,
            price_input_usd_per_mtok=price_in,
            price_output_usd_per_mtok=price_out,
            parameters_b=span,
        )

    if wanted.endpoint is not None and wanted.endpoint_model is not None:
        found.append(remote(wanted.endpoint_model, "openai", wanted.endpoint_model, wanted.endpoint))
    if wanted.bedrock is not None:
        found.append(remote(wanted.bedrock, "bedrock", wanted.bedrock))
    if wanted.command is not None:
        found.append(ModelRef(wanted.command, "system", wanted.command, options={"cwd": str(Path.cwd())}))
    return found


def local_model(named: str) -> ModelRef:
    """The model of a folder, else of a Hugging Face id."""
    folder = Path(named).expanduser()
    if folder.exists() or named.startswith((".", "/", "~")) or named.count("/") > 1:
        return ModelRef(folder.resolve().name, "transformers", os.path.normpath(folder.absolute()))
    return ModelRef(named, "transformers", named)


def _of_workload(wanted: Wanted) -> list[ModelRef]:
    from rung.workload.load import model_ref
    from rung.workload.validate import validate
    from rung.workload.yamlfile import read_yaml

    path = cast("Path", wanted.workload)
    known = {model.name: model_ref(model, path.parent) for model in validate(read_yaml(path)).models}
    if unknown := [name for name in wanted.models if name not in known]:
        listed = ", ".join(known) or "none"
        raise BadInput(f"{path} names no model {unknown[0]!r}", mend=f"choose among {listed}")
    return [known[name] for name in (wanted.models or known)]


def _search(wanted: Wanted) -> Search | None:
    if wanted.knowledge is None:
        return None
    from rung.methods.bm25 import Bm25Index
    from rung.methods.evaluated import Search
    from rung.workload.knowledge import read_knowledge

    return Search(Bm25Index.build(read_knowledge(wanted.knowledge)), top_k=wanted.top_k, seed=wanted.seed)


def _prompting(wanted: Wanted) -> Prompting:
    from rung.evaluation.formats import Template
    from rung.methods.evaluated import Prompting
    from rung.workload.tables import decoded, read_bytes

    task = wanted.task or ("generate" if wanted.knowledge is None else "answer")
    if task not in TASKS:
        raise BadInput(f"there is no task {task!r}", mend=f"use one of {', '.join(TASKS)}")
    template = None
    if wanted.template is not None:
        text = decoded(wanted.template, read_bytes(wanted.template))
        template = Template(text, where=str(wanted.template))
    return Prompting(task, wanted.instruction, template)
