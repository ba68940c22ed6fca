"""Architectures from less than a config: a row of specifications, or a size alone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rung.errors import BadInput
from rung.prediction.llm.architecture import Architecture

WIDTH_PER_LAYER: Final = 128
"""Width over layers: 4096 / 32 in Llama-2 7B and most 7 to 8 B models, 102 at 70 B."""
TYPICAL_VOCABULARY: Final = 128_256
TYPICAL_KV_HEADS: Final = 8
TYPICAL_HEAD_DIM: Final = 128

_SCALES: Final = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_SIZE: Final = re.compile(r"(?P<total>\d+(\.\d+)?)\s*(?P<scale>[KMBT])", re.IGNORECASE)
_BOTH: Final = re.compile(r"(?P<total>\S+?)[-_/ ]A(?P<active>\S+)", re.IGNORECASE)
_MEND: Final = "write 7B, 350M or 1.2T; 30B-A3B where 3 of 30 billion are active per token"


@dataclass(frozen=True, slots=True)
class Size:
    """Parameters of a model of which nothing else is known.

    Args:
        parameters: all of them.
        active: that a token goes through; as many where the model is dense.
    """

    parameters: int
    active: int

    @classmethod
    def of(cls, parameters: str | float, active: str | float | None = None) -> Size:
        """A size as people write it: `7B`, `30B-A3B`, or a number of billions.

        Raises:
            BadInput: it cannot be read, is not above 0, or more is active than there is.
        """
        if active is None and isinstance(parameters, str) and (both := _BOTH.fullmatch(parameters.strip())):
            parameters, active = both["total"], both["active"]
        total = _count(parameters)
        chosen = total if active is None else _count(active)
        if chosen > total:
            raise BadInput(f"{active} active of {parameters} parameters", mend="active parameters are a part of them")
        return cls(total, chosen)


def _count(text: str | float) -> int:
    if isinstance(text, str) and (found := _SIZE.fullmatch(text.strip())):
        value = float(found["total"]) * _SCALES[found["scale"].upper()]
    else:
        try:
            value = float(text) * 1e9
        except ValueError:
            raise BadInput(f"the size {text!r} cannot be read", mend=_MEND) from None
    if not 1e3 <= value <= 1e15:
        raise BadInput(f"the size {text!r} is out of range", mend="from 1K to 1000T; a bare number is in billions")
    return round(value)


def estimate(size: Size) -> Architecture:
    """A model of this size, as such models usually are.

    parameters = 12 x layers x width^2 and width = 128 x layers give the layers; with experts, the layers follow from
    the geometric mean of all and active parameters, and the width from the active ones. Heads of 128, 8 of keys and
    values, tied below 3 billion. Experts: 8 per token of 128 or more, or 2 of 8 where more than a quarter is active.
    """
    sparse = size.active < 0.9 * size.parameters
    scale = math.sqrt(size.parameters * size.active) if sparse else float(size.parameters)
    layers = max(1, round((scale / (12 * WIDTH_PER_LAYER**2)) ** (1 / 3)))
    width = math.sqrt(size.active / (12 * layers))
    head_dim = min(TYPICAL_HEAD_DIM, max(8, 2 ** int(math.log2(max(8.0, width / 2)))))
    kv_heads = min(TYPICAL_KV_HEADS, max(1, int(width / head_dim)))
    hidden = max(1, round(width / (head_dim * kv_heads))) * head_dim * kv_heads
    vocabulary = min(TYPICAL_VOCABULARY, max(256, int(0.25 * size.active / hidden)))
    tied = size.parameters < 3e9
    lookup = 0 if tied else vocabulary * hidden
    experts, chosen, routed = _experts(size) if sparse else (0, 0, 0)
    active = size.active - lookup if not sparse else min(size.active, size.parameters - lookup)
    return Architecture(
        name=f"{size.parameters / 1e9:.3g}B" + (f"-A{size.active / 1e9:.3g}B" if sparse else ""),
        layers=layers,
        attention_layers=layers,
        hidden=hidden,
        query_heads=hidden // head_dim,
        kv_heads=kv_heads,
        head_dim=head_dim,
        kv_elements=2 * kv_heads * head_dim,
        latent=False,
        window=None,
        windowed_share=0.0,
        experts=experts,
        experts_per_token=chosen,
        moe_layers=layers if sparse else 0,
        parameters=size.parameters,
        active_parameters=active,
        lookup_parameters=lookup,
        expert_parameters=routed,
        vision_parameters=0,
        encoder_parameters=0,
        state_elements=0,
        vocabulary=vocabulary,
        tied=tied,
        estimated=True,
    )


def _experts(size: Size) -> tuple[int, int, int]:
    """Experts, those per token, and their parameters: what is not active lies in experts that were not chosen."""
    idle = size.parameters - size.active
    if size.active > size.parameters / 4:
        count, chosen = 8, 2
    else:
        count, chosen = 8 * max(16, math.ceil(1.5 * size.parameters / size.active)), 8
    return count, chosen, round(idle * count / (count - chosen))


def from_specs(row: Mapping[str, str]) -> Architecture:
    """An architecture from a row of specifications.

    Columns: key, layers, attn_layers, hidden, n_kv_heads, head_dim, kv_elems_per_token_layer (empty: 2 x n_kv_heads x
    head_dim), window, frac_windowed, n_experts, top_k, params_total_b, params_active_b (billions), vocab, tied (0
    or 1). Query heads are hidden / head_dim, and every layer is sparse where there are experts. Expert parameters
    follow from what is not active: (total - active) x E / (E - k). Active parameters are as the row has them; rows of
    dense models count the input table, which is taken off, and rows with experts may or may not.

    Raises:
        BadInput: a column is missing, is no number, or contradicts another.
    """
    name = row.get("key") or "a row without key"
    layers, hidden, dim = (_cell(row, column, least=1) for column in ("layers", "hidden", "head_dim"))
    attending, kv_heads = _cell(row, "attn_layers"), _cell(row, "n_kv_heads")
    experts, chosen, window = (_cell(row, column) for column in ("n_experts", "top_k", "window"))
    total, active = (round(_number(row, column) * 1e9) for column in ("params_total_b", "params_active_b"))
    if attending > layers or chosen > experts or active > total or not total:
        raise BadInput(f"{name}: a part is larger than the whole", mend="check attn_layers, top_k, params_active_b")
    vocabulary, tied = _cell(row, "vocab", least=1), bool(_cell(row, "tied"))
    lookup = 0 if tied else vocabulary * hidden
    share = _number(row, "frac_windowed") if window else 0.0
    if not 0 <= share <= 1:
        raise BadInput(f"{name}: frac_windowed is {share:g}", mend="a share from 0 to 1")
    given = str(row.get("kv_elems_per_token_layer") or "")
    kept = _cell(row, "kv_elems_per_token_layer") if given else 2 * kv_heads * dim
    routed = round((total - active) * experts / (experts - chosen)) if experts > chosen else 0
    return Architecture(
        name=name,
        layers=layers,
        attention_layers=attending,
        hidden=hidden,
        query_heads=max(kv_heads, hidden // dim),
        kv_heads=kv_heads,
        head_dim=dim,
        kv_elements=kept,
        latent=bool(given) and kept != 2 * kv_heads * dim,
        window=window or None,
        windowed_share=share,
        experts=experts,
        experts_per_token=chosen,
        moe_layers=layers if experts else 0,
        parameters=total,
        active_parameters=min(active, total - lookup),
        lookup_parameters=lookup,
        expert_parameters=min(routed, total),
        vision_parameters=0,
        encoder_parameters=0,
        state_elements=0,
        vocabulary=vocabulary,
        tied=tied,
    )


def _number(row: Mapping[str, str], column: str) -> float:
    name = row.get("key") or "a row without key"
    if column not in row:
        raise BadInput(f"{name}: no column {column}", mend="a row has the columns of model_arch_specs.csv")
    try:
        value = float(row[column])
    except ValueError:
        raise BadInput(f"{name}: {column} {row[column]!r} is not a number", mend="write a number") from None
    if not 0 <= value < 1e9:
        raise BadInput(f"{name}: {column} is {row[column]}", mend="a number from 0 on")
    return value


def _cell(row: Mapping[str, str], column: str, *, least: int = 0) -> int:
    value = _number(row, column)
    if value != int(value) or value < least:
        raise BadInput(f"{row.get('key')}: {column} is {row[column]}", mend=f"a whole number, from {least} on")
    return int(value)
