"""A decoding loop over `model.forward` with a key-value cache: greedy or seeded sampling, rows leave when they end.

It gives the tokens that `model.generate` gives, greedily, and costs less per step on small models: no processors, no
bookkeeping for beams, and rows that have ended are taken out of the batch.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from transformers import DynamicCache

from rung.types import GenerationSettings

Ended = Callable[[Sequence[int]], bool]
"""Whether the tokens so far hold a stop string."""

COMPACT_BELOW = 0.75
"""Share of live rows under which the ended ones are taken out of the cache; copying the cache has its price too."""


def can_decode(model: Any) -> bool:
    """Whether the loop fits the model: decoder-only, with a plain cache, and positions that may be given."""
    taken = inspect.signature(model.forward).parameters
    plain = not model.config.is_encoder_decoder and not getattr(model, "_is_stateful", False)
    return plain and {"attention_mask", "position_ids", "past_key_values", "logits_to_keep"} <= set(taken)


@torch.inference_mode()
def decode(
    model: Any,
    prompts: Sequence[Sequence[int]],
    limits: Sequence[int],
    settings: GenerationSettings,
    *,
    end_ids: frozenset[int],
    pad_id: int,
    ended: Ended,
) -> list[list[int]]:
    """Output tokens for each prompt, the end token included where one came.

    Args:
        model: a decoder-only model on one device.
        prompts: token ids, none empty; padded on the left here.
        limits: cap on output tokens of each prompt, >= 1.
        settings: temperature, nucleus, seed.
        end_ids: tokens that end an output.
        pad_id: what rows are padded with.
        ended: looked at after each token.
    """
    batch = _Batch(model, prompts, max(limits), settings, pad_id)
    outputs: list[list[int]] = [[] for _ in prompts]
    rows = list(range(len(prompts)))
    done: set[int] = set()
    for _ in range(max(limits)):
        for row, token in zip(rows, batch.step(), strict=True):
            if row in done:
                continue
            outputs[row].append(token)
            if token in end_ids or len(outputs[row]) >= limits[row] or ended(outputs[row]):
                done.add(row)
        live = [place for place, row in enumerate(rows) if row not in done]
        if not live:
            break
        if len(live) < COMPACT_BELOW * len(rows):
            batch.keep(live)
            rows = [rows[place] for place in live]
    return outputs


class _Batch:
    """Rows that are decoded together: their next tokens, masks, chances and cache.

    Args:
        model: a decoder-only model on one device.
        prompts: token ids, none empty.
        steps: how many will be taken at most.
        settings: temperature, nucleus, seed.
        pad_id: what rows are padded with, on the left.
    """

    def __init__(
        self, model: Any, prompts: Sequence[Sequence[int]], steps: int, settings: GenerationSettings, pad_id: int
    ) -> None:
        self._model = model
        self._settings = settings
        self._step = 0
        self._width = max(map(len, prompts))
        ids = torch.full((len(prompts), self._width), pad_id)
        mask = torch.ones((len(prompts), self._width + steps), dtype=torch.long)
        for row, prompt in enumerate(prompts):
            ids[row, self._width - len(prompt) :] = torch.as_tensor(prompt)
            mask[row, : self._width - len(prompt)] = 0
        self._ids, self._mask = ids.to(model.device), mask.to(model.device)
        self._positions = (self._mask[:, : self._width].cumsum(-1) - 1).clamp(min=0)
        sampled = settings.temperature > 0
        self._chances = _chances(prompts, steps, settings.seed).to(model.device) if sampled else None
        # Built once, where the model would build the same mask again at each step.
        self._hidden = _hidden(self._mask, model) if _attends_to_all(model.config) else None
        self._cache = DynamicCache(config=model.config)

    def step(self) -> list[int]:
        """The next token of each row."""
        seen = self._width + self._step
        hidden = None if self._step == 0 else self._hidden
        logits = self._model(
            input_ids=self._ids,
            attention_mask=self._mask[:, :seen] if hidden is None else hidden[..., :seen],
            position_ids=self._positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        chances = self._chances
        chosen = logits.argmax(-1) if chances is None else sample(logits, self._settings, chances[:, self._step])
        self._ids, self._positions = chosen[:, None], self._positions[:, -1:] + 1
        self._step += 1
        return chosen.tolist()

    def keep(self, places: Sequence[int]) -> None:
        """Take out all rows but these."""
        kept = torch.tensor(places, device=self._model.device)
        self._cache.batch_select_indices(kept)
        self._ids, self._positions, self._mask = self._ids[kept], self._positions[kept], self._mask[kept]
        self._hidden = None if self._hidden is None else self._hidden[kept]
        self._chances = None if self._chances is None else self._chances[kept]


def sample(logits: torch.Tensor, settings: GenerationSettings, chances: torch.Tensor) -> torch.Tensor:
    """One token per row by inverse transform: temperature, then the `top_k` best, then the nucleus `top_p`.

    Args:
        logits: [rows, vocabulary].
        settings: temperature > 0, top_k, top_p.
        chances: uniform in [0, 1), [rows].
    """
    scores, tokens = (logits.float() / settings.temperature).sort(-1, descending=True)
    if settings.top_k is not None:
        scores, tokens = scores[:, : settings.top_k], tokens[:, : settings.top_k]
    shares = scores.softmax(-1)
    before = shares.cumsum(-1) - shares
    # The first token is always in; others are while the mass before them is below top_p.
    shares = shares.masked_fill(before >= settings.top_p, 0.0) if settings.top_p < 1 else shares
    sums = shares.cumsum(-1)
    places = torch.searchsorted(sums, (chances[:, None] * sums[:, -1:]).contiguous(), right=True)
    last = (shares > 0).sum(-1, keepdim=True) - 1
    return tokens.gather(-1, places.minimum(last)).squeeze(-1)


def _attends_to_all(config: Any) -> bool:
    plain = set(getattr(config, "layer_types", None) or ["full_attention"]) == {"full_attention"}
    return plain and not getattr(config, "sliding_window", None) and config._attn_implementation in ("sdpa", "eager")


def _hidden(mask: torch.Tensor, model: Any) -> torch.Tensor:
    """What is added to attention scores [rows, 1, 1, width]: 0 where seen, the least number where padded."""
    zeros = torch.zeros(mask.shape, dtype=model.dtype, device=mask.device)
    return zeros.masked_fill_(mask == 0, torch.finfo(model.dtype).min)[:, None, None, :]


def _chances(prompts: Sequence[Sequence[int]], steps: int, seed: int) -> torch.Tensor:
    # Drawn per prompt, so that a sample depends on the prompt and the seed and not on its place in the batch;
    # a prompt that comes twice gets two samples.
    seen: dict[tuple[int, ...], int] = {}
    rows: list[np.ndarray] = []
    for prompt in prompts:
        key = tuple(prompt)
        seen[key] = seen.get(key, 0) + 1
        digest = hashlib.sha256(repr((seed, key, seen[key])).encode()).digest()
        rows.append(np.random.default_rng(int.from_bytes(digest[:8], "little")).random(steps, dtype=np.float32))
    return torch.from_numpy(np.stack(rows))
