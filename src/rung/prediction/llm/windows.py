"""Which layers see only the last tokens."""

from __future__ import annotations

from rung.prediction.llm.config_json import Config

WINDOWED = ("sliding", "local", "chunked")
"""How names of layer types begin that keep a window only."""


def window_of(config: Config) -> int | None:
    """Tokens of the window, or None: switched off, absent, or no shorter than the longest context."""
    if not config.flag("use_sliding_window", default=True):
        return None
    window = config.count("sliding_window", "attention_chunk_size", least=0, default=0)
    longest = config.count("max_position_embeddings", "n_positions", default=10**9)
    return window if 0 < window < longest else None


def kinds_of(config: Config, layers: int, *names: str) -> list[str] | None:
    """What each layer is, where a field of the config lists it."""
    kinds = config.items(*names)
    if not kinds:
        return None
    if len(kinds) != layers:
        raise config.problem(f"{names[0]} lists {len(kinds)} layers of {layers}", mend="list every layer once")
    return [str(kind) for kind in kinds]


def windowed_layers(config: Config, layers: int, *, every: int | None) -> tuple[bool, ...]:
    """Whether each layer is windowed.

    Args:
        config: with a window.
        layers: how many.
        every: where the config does not say: the last of each so many layers sees all; None: no layer does.
    """
    if kinds := kinds_of(config, layers, "layer_types"):
        return tuple(kind.startswith(WINDOWED) for kind in kinds)
    if (positions := config.items("no_rope_layers")) and len(positions) == layers:
        return tuple(bool(one) for one in positions)  # Llama 4: layers with positions attend within chunks
    pattern = config.get("sliding_window_pattern", "_sliding_window_pattern")
    if isinstance(pattern, str) and pattern:
        return tuple(pattern[at % len(pattern)] == "L" for at in range(layers))
    if config.has("use_sliding_window") and config.has("max_window_layers"):
        first = config.count("max_window_layers", least=0)
        return tuple(at >= first for at in range(layers))
    if pattern is not None or every is not None:
        each = config.count("sliding_window_pattern", "_sliding_window_pattern", default=every)
        return tuple((at + 1) % each != 0 for at in range(layers))
    return (True,) * layers
