"""The reference engine: any causal or sequence-to-sequence model of transformers, any PEFT adapter.

Counts: `usage.input` is the prompt's own tokens, without padding; `usage.output` is every token that was generated,
the end token included, because each costs a step (hosted APIs count alike).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig

from rung.engines.decoding import can_decode, decode
from rung.engines.folder import check_adapter_folder, check_model_folder, has_tokenizer, precision_of
from rung.engines.hub import local_folder
from rung.engines.likelihood import scored_ids, sequence_log_probabilities
from rung.engines.options import Options
from rung.engines.pricing import price_usd
from rung.engines.rendering import encode, encode_answer, render
from rung.engines.threads import ONE_THREAD_PARAMETERS, torch_threads
from rung.errors import BadInput, BadModel
from rung.types import Completion, GenerationSettings, ModelFacts, ModelRef, Prompt, TokenUsage

__all__ = ["TransformersEngine", "encode", "encode_answer", "load_model", "load_tokenizer", "open_folder", "render"]

transformers.utils.logging.disable_progress_bar()


def load_model(folder_or_id: str | Path, dtype: str = "auto", *, device: str = "cpu") -> tuple[Any, Any]:
    """A model and its tokenizer, with the checks of the engine: safetensors only, no remote code.

    Args:
        folder_or_id: model folder or Hugging Face id.
        dtype: `float32`, `bfloat16`, `float16`, or `auto` for the engine's own choice (see `precision_of`).
        device: where the weights go.

    Returns:
        (model in evaluation mode, tokenizer that pads on the left).

    Raises:
        BadModel: it may not be loaded, or cannot be.
        UpstreamFailed: the hub cannot be reached.
    """
    folder = local_folder(str(folder_or_id))
    check_model_folder(folder)
    return _load_weights(folder, precision_of(folder, dtype), device), load_tokenizer(folder)


def open_folder(
    model: ModelRef, facts: ModelFacts, *, folder: Path, tokenizer_folder: Path, adapter: Path | None, dtype: str
) -> TransformersEngine:
    """An engine on checked folders.

    Raises:
        BadInput: an option is unknown or has a wrong value.
        BadModel: transformers or PEFT cannot load it.
    """
    options = Options(model)
    options.take("revision", None, kind=str)
    options.take("dtype", "auto", kind=str)
    device = options.take("device", "cpu", kind=str)
    small = facts.parameters is not None and facts.parameters <= ONE_THREAD_PARAMETERS
    threads = int(options.number("threads", 1 if small else 0, at_least=0))
    batch_size = int(options.number("batch_size", 16, at_least=1))
    options.refuse_rest()
    network = _load_weights(folder, dtype, device)
    if adapter is not None:
        network = _with_adapter(network, adapter)
    tokenizer = load_tokenizer(tokenizer_folder)
    return TransformersEngine(model, facts, network, tokenizer, batch_size=batch_size, threads=threads)


class TransformersEngine:
    """A model in memory that completes prompts in batches of alike lengths.

    Within a call, prompts are sorted by length and content before they are batched, so that a prompt's output does not
    depend on where in the call it stood. A prompt that leaves no room for an output in the context gets an error
    (`prompt too long: N > M tokens`); it is never cut.

    Options of a model entry: `dtype` (`auto`; see `precision_of`), `device` (`cpu`), `threads` (1 for a
    small model, else 0: as torch has it), `batch_size` (16), `revision` (of a Hugging Face id).

    Args:
        model: the entry that was opened.
        facts: of the folder.
        network: a transformers or PEFT model in evaluation mode.
        tokenizer: its tokenizer.
        batch_size: most prompts at once.
        threads: of torch while generating; 0 leaves them as they are.
        batch_tokens: most padded prompt tokens at once, to bound memory.
    """

    name = "transformers"

    def __init__(
        self,
        model: ModelRef,
        facts: ModelFacts,
        network: Any,
        tokenizer: Any,
        *,
        batch_size: int = 16,
        threads: int = 0,
        batch_tokens: int = 16_384,
    ) -> None:
        self._model = model
        self._facts = facts
        self._network: Any | None = network
        self._tokenizer = tokenizer
        self._batch_size = batch_size
        self._threads = threads
        self._batch_tokens = batch_tokens
        self._lock = threading.Lock()
        self._end_ids = _end_ids(network, tokenizer)
        pad = tokenizer.pad_token_id
        self._pad_id = pad if pad is not None else min(self._end_ids, default=0)
        self._own_loop = can_decode(network)

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model."""
        return self._facts

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Completion]:
        """Complete prompts, in order, one completion each.

        Raises:
            BadInput: the engine was closed.
        """
        if self._network is None:
            raise BadInput("the engine 'transformers' was closed", mend="open it again")
        ids = [encode(self._tokenizer, prompt) for prompt in prompts]
        results: dict[int, Completion] = {}
        fitting: list[int] = []
        for place, prompt in enumerate(ids):
            if problem := self._misfit(prompt):
                results[place] = Completion("", TokenUsage(), 0.0, finish="error", error=problem)
            else:
                fitting.append(place)
        fitting.sort(key=lambda place: (len(ids[place]), ids[place]))
        with self._lock, torch_threads(self._threads):
            for batch in self._batches(fitting, ids):
                outputs = self._complete([ids[place] for place in batch], settings)
                results.update(zip(batch, outputs, strict=True))
        return [results[place] for place in range(len(prompts))]

    def log_probability(self, texts: Sequence[str]) -> list[float]:
        """The natural log of each text's probability, in order (`rung.types.LogProbability`).

        The plain text is scored, without a chat template and without an end token, after the tokenizer's begin token,
        or its end token where it has none (as lm-evaluation-harness does). Without either the first token of a text is
        given, not scored.

        Raises:
            BadInput: the engine was closed, the model is no causal one, or a text has too few or too many tokens.
        """
        if self._network is None:
            raise BadInput("the engine 'transformers' was closed", mend="open it again")
        if self._is_seq2seq:
            raise BadInput("an encoder-decoder model gives no probability of a text", mend="use a causal model")
        ids = [scored_ids(self._tokenizer, text, self._facts.context_tokens) for text in texts]
        results: dict[int, float] = {}
        with self._lock, torch_threads(self._threads):
            for batch in self._batches(sorted(range(len(ids)), key=lambda place: (len(ids[place]), ids[place])), ids):
                found = sequence_log_probabilities(self._network, [ids[place] for place in batch], self._pad_id)
                results.update(zip(batch, found, strict=True))
        return [results[place] for place in range(len(texts))]

    def close(self) -> None:
        """Let go of the weights."""
        self._network = None

    def _misfit(self, prompt: list[int]) -> str | None:
        room = self._facts.context_tokens
        if not prompt:
            return "empty prompt: 0 tokens"
        if room is not None and not self._is_seq2seq and len(prompt) >= room:
            return f"prompt too long: {len(prompt)} > {room - 1} tokens"
        return None

    @property
    def _is_seq2seq(self) -> bool:
        return bool(self._network is not None and self._network.config.is_encoder_decoder)

    def _batches(self, places: list[int], ids: list[list[int]]) -> Iterator[list[int]]:
        batch: list[int] = []
        for place in places:  # ascending lengths: the newest is the longest
            if batch and (len(batch) == self._batch_size or (len(batch) + 1) * len(ids[place]) > self._batch_tokens):
                yield batch
                batch = []
            batch.append(place)
        if batch:
            yield batch

    def _complete(self, prompts: list[list[int]], settings: GenerationSettings) -> list[Completion]:
        start = time.perf_counter()
        limits = [self._limit(prompt, settings) for prompt in prompts]
        run = self._run_loop if self._own_loop else self._run_generate
        outputs = run(prompts, limits, settings)
        elapsed = time.perf_counter() - start
        return [
            self._completion(len(prompt), output, elapsed, settings)
            for prompt, output in zip(prompts, outputs, strict=True)
        ]

    def _limit(self, prompt: list[int], settings: GenerationSettings) -> int:
        room = self._facts.context_tokens
        if room is None or self._is_seq2seq:
            return max(1, settings.max_tokens)
        return max(1, min(settings.max_tokens, room - len(prompt)))

    def _run_loop(self, prompts: list[list[int]], limits: list[int], settings: GenerationSettings) -> list[list[int]]:
        return decode(
            self._network,
            prompts,
            limits,
            settings,
            end_ids=self._end_ids,
            pad_id=self._pad_id,
            ended=self._stop_watch(settings.stop),
        )

    @torch.inference_mode()
    def _run_generate(
        self, prompts: list[list[int]], limits: list[int], settings: GenerationSettings
    ) -> list[list[int]]:
        network = cast("Any", self._network)
        width = max(map(len, prompts))
        # Encoders pad on the right: their positions count from the first token.
        left = not self._is_seq2seq
        ids = torch.full((len(prompts), width), self._pad_id)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            place = slice(width - len(prompt), width) if left else slice(0, len(prompt))
            ids[row, place] = torch.as_tensor(prompt)
            mask[row, place] = 1
        config = _generation_config(settings, max(limits), self._pad_id, self._end_ids, network)
        with torch.random.fork_rng():
            torch.manual_seed(settings.seed)
            grown = network.generate(
                input_ids=ids.to(network.device),
                attention_mask=mask.to(network.device),
                generation_config=config,
                **({"stop_strings": list(settings.stop), "tokenizer": self._tokenizer} if settings.stop else {}),
            )
        fresh = grown[:, width if left else 1 :].tolist()
        return [_until_end(row, self._end_ids)[:limit] for row, limit in zip(fresh, limits, strict=True)]

    def _completion(
        self, prompt_tokens: int, output: list[int], elapsed_s: float, settings: GenerationSettings
    ) -> Completion:
        text = str(self._tokenizer.decode(output, skip_special_tokens=True))
        cuts = [text.index(stop) for stop in settings.stop if stop in text]
        usage = TokenUsage(input=prompt_tokens, output=len(output))
        return Completion(
            text[: min(cuts)] if cuts else text,
            usage,
            elapsed_s,
            finish="stop" if cuts or (output and output[-1] in self._end_ids) else "length",
            cost_usd=price_usd(self._model, usage),
        )

    def _stop_watch(self, stops: tuple[str, ...]) -> Callable[[Sequence[int]], bool]:
        if not stops:
            return lambda output: False
        # A token gives at least one byte, so the tail holds any stop string that just ended.
        tail = max(len(stop.encode()) for stop in stops) + 8
        return lambda output: any(
            stop in self._tokenizer.decode(output[-tail:], skip_special_tokens=True) for stop in stops
        )


def _load_weights(folder: Path, dtype: str, device: str) -> Any:
    kind = getattr(torch, dtype)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    auto: Any = AutoModelForSeq2SeqLM if config.get("is_encoder_decoder") else AutoModelForCausalLM
    try:
        network = auto.from_pretrained(str(folder), dtype=kind, trust_remote_code=False, use_safetensors=True)
        return network.to(device).eval()
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, ImportError, AttributeError) as error:
        raise BadModel(
            f"transformers cannot load {folder}: {_first_line(error)}",
            mend="check that the folder is complete and its architecture is known to the installed transformers",
        ) from error


def load_tokenizer(folder: Path) -> Any:
    """A folder's tokenizer, which pads on the left.

    Raises:
        BadModel: there is none, or it cannot be loaded.
    """
    if not has_tokenizer(folder):
        raise BadModel(f"{folder} has no tokenizer", mend="save it with tokenizer.save_pretrained(folder)")
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False, padding_side="left")
    except Exception as error:
        # The parsers of tokenizers raise bare Exception.
        raise BadModel(
            f"transformers cannot load the tokenizer of {folder}: {_first_line(error)}",
            mend="save it again with tokenizer.save_pretrained(folder)",
        ) from error
    return tokenizer


def _with_adapter(network: Any, adapter: Path) -> Any:
    from peft import PeftModel, PeftType

    check_adapter_folder(adapter)
    try:
        grown = PeftModel.from_pretrained(network, str(adapter)).eval()
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise BadModel(
            f"PEFT cannot load {adapter}: {_first_line(error)}",
            mend="use the adapter with the model that it was trained on",
        ) from error
    configs = list(grown.peft_config.values())
    if any(config.is_prompt_learning for config in configs):
        return grown  # virtual tokens are put in by PEFT's own generate
    # Merged weights compute the same at the speed of the base model. In half precision merging rounds, so not there.
    if network.dtype == torch.float32 and all(config.peft_type == PeftType.LORA for config in configs):
        return grown.merge_and_unload()
    return grown.get_base_model()


def _end_ids(network: Any, tokenizer: Any) -> frozenset[int]:
    found: set[int] = set()
    for value in (
        tokenizer.eos_token_id,
        getattr(getattr(network, "generation_config", None), "eos_token_id", None),
        getattr(network.config, "eos_token_id", None),
    ):
        found.update([value] if isinstance(value, int) else value or [])
    return frozenset(found)


def _generation_config(
    settings: GenerationSettings, limit: int, pad_id: int, end_ids: frozenset[int], network: Any
) -> GenerationConfig:
    sampling: dict[str, Any] = {"do_sample": False}
    if settings.temperature > 0:
        sampling = {"do_sample": True, "temperature": settings.temperature, "top_p": settings.top_p}
        sampling["top_k"] = settings.top_k or 0
    return GenerationConfig(
        max_new_tokens=limit,
        pad_token_id=pad_id,
        eos_token_id=sorted(end_ids) or None,
        decoder_start_token_id=getattr(network.config, "decoder_start_token_id", None),
        **sampling,
    )


def _until_end(row: list[int], end_ids: frozenset[int]) -> list[int]:
    for place, token in enumerate(row):
        if token in end_ids:
            return row[: place + 1]
    return row


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
