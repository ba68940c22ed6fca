"""What serving a language model depends on, read from its config or guessed from its size."""

from __future__ import annotations

from rung.prediction.llm.architecture import BYTES, Architecture, Precision
from rung.prediction.llm.reading import from_config, known_architectures, read_architecture
from rung.prediction.llm.sizes import Size, estimate, from_specs

__all__ = [
    "BYTES",
    "Architecture",
    "Precision",
    "Size",
    "estimate",
    "from_config",
    "from_specs",
    "known_architectures",
    "read_architecture",
]
