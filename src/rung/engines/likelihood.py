"""Log probabilities of texts under a causal model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from rung.errors import BadInput


@torch.inference_mode()
def sequence_log_probabilities(network: Any, sequences: Sequence[Sequence[int]], pad_id: int) -> list[float]:
    """Sum of ln p(token | tokens before) over each sequence but its first token.

    Rows are padded on the right, where a causal model never looks from an earlier place, so that the figure of a
    sequence is that of the sequence alone up to rounding.

    Args:
        network: a transformers model with a causal language-model head.
        sequences: token ids, two or more each.
        pad_id: any valid id.

    Returns:
        A sum per sequence [nats].
    """
    width = max(map(len, sequences))
    ids = torch.full((len(sequences), width), pad_id)
    mask = torch.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.as_tensor(list(sequence))
        mask[row, : len(sequence)] = 1
    ids, mask = ids.to(network.device), mask.to(network.device)
    logits = network(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, -width:][:, :-1].float()
    told = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    return (told * mask[:, 1:]).double().sum(-1).tolist()


def scored_ids(tokenizer: Any, text: str, room: int | None) -> list[int]:
    """The token ids of a plain text after the begin token, or the end token where the tokenizer has no begin token.

    Args:
        tokenizer: of the model.
        text: to be scored.
        room: most tokens of the model, or None where it has no limit.

    Raises:
        BadInput: nothing is left to score, or there is no room.
    """
    begin = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    body = list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
    ids = body if begin is None else [begin, *body]
    if len(ids) < 2:
        raise BadInput(
            f"a text of {len(body)} tokens has nothing to score: {text[:60]!r}", mend="leave out empty texts"
        )
    if room is not None and len(ids) > room:
        raise BadInput(
            f"a text of {len(body)} tokens is longer than the model's {room}: {text[:60]!r}",
            mend="shorten it, or take a model with a longer context",
        )
    return ids
