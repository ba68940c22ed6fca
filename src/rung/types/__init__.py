"""The records and protocols that every layer speaks in."""

from __future__ import annotations

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
from rung.types.items import Document, Item, TaskKind
from rung.types.protocols import Answerer, Engine, Look, Meter, Progress, Scorer
from rung.types.quantity import Factor, Origin, Quantity, sum_known, total
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
    "TokenUsage",
    "candidate_from_json",
    "candidate_to_json",
    "content_hash",
    "sum_footprints",
    "sum_known",
    "total",
]
