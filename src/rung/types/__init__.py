"""The records and protocols that every layer speaks in, each imported at its first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.lazily import lazily
from rung.types.quantity import Factor, Origin, Quantity, sum_known, total

if TYPE_CHECKING:
    from rung.types.answers import (
        Answer,
        Completion,
        Control,
        GenerationSettings,
        Message,
        Prompt,
        TokenUsage,
    )
    from rung.types.candidate import (
        Candidate,
        ModelFacts,
        ModelRef,
        Rejection,
        Rung,
        candidate_from_json,
        candidate_to_json,
        content_hash,
    )
    from rung.types.items import Document, Item, TaskKind, is_plain
    from rung.types.protocols import Answerer, Engine, LogProbability, Look, Meter, Progress, Scorer, TextEmbedder
    from rung.types.spending import Effort, Footprint, Prediction, Reading, sum_footprints

__all__ = [
    "Answer",
    "Answerer",
    "Candidate",
    "Completion",
    "Control",
    "Document",
    "Effort",
    "Engine",
    "Factor",
    "Footprint",
    "GenerationSettings",
    "Item",
    "LogProbability",
    "Look",
    "Message",
    "Meter",
    "ModelFacts",
    "ModelRef",
    "Origin",
    "Prediction",
    "Progress",
    "Prompt",
    "Quantity",
    "Reading",
    "Rejection",
    "Rung",
    "Scorer",
    "TaskKind",
    "TextEmbedder",
    "TokenUsage",
    "candidate_from_json",
    "candidate_to_json",
    "content_hash",
    "is_plain",
    "sum_footprints",
    "sum_known",
    "total",
]

_LATER = {
    "Answer": "answers",
    "Answerer": "protocols",
    "Candidate": "candidate",
    "Completion": "answers",
    "Control": "answers",
    "Document": "items",
    "Effort": "spending",
    "Engine": "protocols",
    "Footprint": "spending",
    "GenerationSettings": "answers",
    "Item": "items",
    "LogProbability": "protocols",
    "Look": "protocols",
    "Message": "answers",
    "Meter": "protocols",
    "ModelFacts": "candidate",
    "ModelRef": "candidate",
    "Prediction": "spending",
    "Progress": "protocols",
    "Prompt": "answers",
    "Reading": "spending",
    "Rejection": "candidate",
    "Rung": "candidate",
    "Scorer": "protocols",
    "TaskKind": "items",
    "is_plain": "items",
    "TextEmbedder": "protocols",
    "TokenUsage": "answers",
    "candidate_from_json": "candidate",
    "candidate_to_json": "candidate",
    "content_hash": "candidate",
    "sum_footprints": "spending",
}

__getattr__ = lazily(__name__, _LATER)
