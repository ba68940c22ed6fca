"""A shortlist of models from a table of facts about them, with a reason for each one that is not on it."""

from __future__ import annotations

from rung.evaluation.shortlist.choosing import NeedCount, Shortlist, Verdict, shortlist
from rung.evaluation.shortlist.needs import Need, parse_needs
from rung.evaluation.shortlist.tables import ModelRow, ModelTable, read_models

__all__ = [
    "ModelRow",
    "ModelTable",
    "Need",
    "NeedCount",
    "Shortlist",
    "Verdict",
    "parse_needs",
    "read_models",
    "shortlist",
]
