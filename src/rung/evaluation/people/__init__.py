"""Ratings by people: who rates what, blinded; the file that keeps it; what comes out."""

from __future__ import annotations

from rung.evaluation.people.exports import Format, bedrock_lines, own_lines
from rung.evaluation.people.judged import JudgedMean, judged_means
from rung.evaluation.people.kinds import KINDS, LETTERS, WHOLE, Kind, kind_named
from rung.evaluation.people.reading import Material, read_material
from rung.evaluation.people.records import Rater, RaterCount, Rating, Shown, StudyInfo
from rung.evaluation.people.report import PeopleReport, SystemMean, WinRate, people_report
from rung.evaluation.people.schema import is_study
from rung.evaluation.people.store import RatingStore, Saved, create_study
from rung.evaluation.people.study import Assignment, Plan, Study, Task, make_study

__all__ = [
    "KINDS",
    "LETTERS",
    "WHOLE",
    "Assignment",
    "Format",
    "JudgedMean",
    "Kind",
    "Material",
    "PeopleReport",
    "Plan",
    "Rater",
    "RaterCount",
    "Rating",
    "RatingStore",
    "Saved",
    "Shown",
    "Study",
    "StudyInfo",
    "SystemMean",
    "Task",
    "WinRate",
    "bedrock_lines",
    "create_study",
    "is_study",
    "judged_means",
    "kind_named",
    "make_study",
    "own_lines",
    "people_report",
    "read_material",
]
