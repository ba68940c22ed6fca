"""Data files of evaluations: Amazon Bedrock's, our own, CSV, Parquet, and tasks of lm-evaluation-harness."""

from __future__ import annotations

from rung.evaluation.formats.bedrock import write_bedrock
from rung.evaluation.formats.dataset import UNNAMED, Dataset, Unusable
from rung.evaluation.formats.reading import read_dataset, read_responses
from rung.evaluation.formats.rows import write_rows
from rung.evaluation.formats.templates import Template

__all__ = [
    "UNNAMED",
    "Dataset",
    "Template",
    "Unusable",
    "read_dataset",
    "read_responses",
    "write_bedrock",
    "write_rows",
]
