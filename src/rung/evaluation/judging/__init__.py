"""An engine as a judge: rubrics, verdicts, pairs in both orders, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.lazily import lazily

if TYPE_CHECKING:
    from rung.evaluation.judging.asking import Desk
    from rung.evaluation.judging.judge import Judge, judge_responses
    from rung.evaluation.judging.pair_judge import PairJudge
    from rung.evaluation.judging.pairs import PairFigures, PairVerdict, Share, pair_figures
    from rung.evaluation.judging.parsing import parse_verdict
    from rung.evaluation.judging.quality import JudgeQuality, judge_quality
    from rung.evaluation.judging.reading import find_rubric, read_rubric, rubric_from, rubric_names
    from rung.evaluation.judging.recall import known_verdicts
    from rung.evaluation.judging.rubric import Label, Rubric
    from rung.evaluation.judging.scoring import with_verdicts
    from rung.evaluation.judging.verdicts import Judged, JudgeSpending, Verdict, verdict_from_event

_LATER = {
    "Desk": "asking",
    "Judge": "judge",
    "JudgeQuality": "quality",
    "JudgeSpending": "verdicts",
    "Judged": "verdicts",
    "Label": "rubric",
    "PairFigures": "pairs",
    "PairJudge": "pair_judge",
    "PairVerdict": "pairs",
    "Rubric": "rubric",
    "Share": "pairs",
    "Verdict": "verdicts",
    "find_rubric": "reading",
    "judge_quality": "quality",
    "judge_responses": "judge",
    "known_verdicts": "recall",
    "pair_figures": "pairs",
    "parse_verdict": "parsing",
    "read_rubric": "reading",
    "rubric_from": "reading",
    "rubric_names": "reading",
    "verdict_from_event": "verdicts",
    "with_verdicts": "scoring",
}

__all__ = [
    "Desk",
    "Judge",
    "JudgeQuality",
    "JudgeSpending",
    "Judged",
    "Label",
    "PairFigures",
    "PairJudge",
    "PairVerdict",
    "Rubric",
    "Share",
    "Verdict",
    "find_rubric",
    "judge_quality",
    "judge_responses",
    "known_verdicts",
    "pair_figures",
    "parse_verdict",
    "read_rubric",
    "rubric_from",
    "rubric_names",
    "verdict_from_event",
    "with_verdicts",
]

__getattr__ = lazily(__name__, _LATER)
