"""Short answers out of sentences: candidate spans, what can be seen of them, and a ranker that is learnt.

A span is scored by a weighted sum of features of the kind of question, the shape of the span and where it stands. The
weights maximise the expected token F1 of a softmax over the spans of each training question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rung.methods.bm25 import STOP, stem, word_set
from rung.methods.sentences import Found

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOKEN: Final = re.compile(r"\d[\d,.:]*\d|\w+(?:[-'’.]\w+)*|[^\w\s]")
LONGEST: Final = 8
MONTHS: Final = word_set("january february march april may june july august september october november december")
NUMBERS: Final = word_set(
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand "
    "million billion half third quarter first second dozen"
)
BEFORE: Final = word_set("in at by of to for from on with the a an is was are were as called named about than")
INNER: Final = word_set("of and the in to for a an or 's on by with")
KINDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("when", r"\bwhen\b|\b(what|which|in what) (year|date|month|day|century|decade)"),
        ("count", r"\bhow (many|much|long|far|old|large|big|high|tall|often)\b|\bwhat (percent|number|amount|ratio)"),
        ("who", r"\bwho(se|m)?\b|\b(what|which) (person|man|woman|king|leader|scientist|president)"),
        ("where", r"\bwhere\b|\b(what|which) (city|country|state|place|region|river|town|area|continent)"),
        ("why", r"\bwhy\b"),
        ("how", r"\bhow\b"),
        ("which", r"\bwhich\b"),
        ("what-is", r"\bwhat (is|was|are|were|did|does|do|can)\b"),
        ("what", r"\bwhat\b"),
    )
)


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate answer: its text and the names of what is seen of it (each counts once)."""

    text: str
    document: str
    features: tuple[str, ...]


def kind_of(question: str) -> str:
    """The kind of answer that a question asks for."""
    lowered = question.lower()
    return next((kind for kind, pattern in KINDS if pattern.search(lowered)), "other")


def spans_of(question: str, found: Sequence[Found]) -> list[Span]:
    """Every candidate in the sentences found, best sentence first."""
    kind = kind_of(question)
    asked = {stem(word) for word in re.findall(r"\w+", question.lower()) if word not in STOP}
    best = found[0].score if found else 1.0
    spans: list[Span] = []
    for rank, sentence in enumerate(found):
        common = (f"rank:{rank}", f"near:{round(4 * sentence.score / best) if best > 0 else 0}")
        spans += _spans_in(sentence, kind, asked, common)
    return spans


def _spans_in(sentence: Found, kind: str, asked: set[str], common: tuple[str, ...]) -> Iterator[Span]:
    matches = list(TOKEN.finditer(sentence.text))
    words = [match.group() for match in matches]
    lowered = [word.lower() for word in words]
    plain = [word[0].isalnum() for word in words]
    known = [is_word and stem(word) in asked for word, is_word in zip(lowered, plain, strict=True)]
    hits = [place for place, hit in enumerate(known) if hit]
    share = f"shared:{min(4, round(4 * len({lowered[p] for p in hits}) / max(1, len(asked))))}"
    for start in range(len(words)):
        if not plain[start] or lowered[start] in STOP:
            continue
        for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
            last = end - 1
            if not plain[last] and lowered[last] not in ("'", "’", ",", "-", "–", "%"):
                break
            if lowered[last] != "%" and (not plain[last] or lowered[last] in STOP):
                continue
            if all(known[start:end]):
                continue
            seen = _seen(words, lowered, known, hits, start, end, kind)
            text = sentence.text[matches[start].start() : matches[last].end()]
            yield Span(text, sentence.document, (*common, share, *seen))


def _seen(
    words: list[str], lowered: list[str], known: list[bool], hits: list[int], start: int, end: int, kind: str
) -> list[str]:
    before = lowered[start - 1] if start else "^"
    after = lowered[end] if end < len(lowered) else "$"
    shape = _shape(words[start:end], lowered[start:end])
    length = end - start
    away = min((min(abs(p - start), abs(p - end + 1)) for p in hits if not start <= p < end), default=99)
    distance = "1" if away <= 1 else "2" if away == 2 else "5" if away <= 5 else "10" if away <= 10 else "far"
    opened = before if before in BEFORE else "," if not before[0].isalnum() else "word"
    closed = "word" if after[0].isalnum() and after not in STOP else "stop" if after[0].isalnum() else "mark"
    seen = [
        f"{kind}/{shape}",
        f"shape:{shape}",
        f"{kind}/length:{min(length, 5)}",
        f"length:{length}",
        f"away:{distance}",
        f"before:{opened}",
        f"{kind}/before:{opened}",
        f"after:{closed}",
        f"known:{min(2, sum(known[start:end]))}",
    ]
    if start and known[start - 1]:
        seen.append("after-asked")
    if end < len(known) and known[end]:
        seen.append("before-asked")
    if any(word in INNER for word in lowered[start:end]):
        seen.append("joined")
    if "," in lowered[start:end]:
        seen.append("comma")
    if _cuts_name(words, start, end):
        seen.append("cuts-name")
    if not (before[0].isalnum() and before not in STOP) and closed != "word":
        seen.append("whole")
    return seen


def _shape(words: list[str], lowered: list[str]) -> str:
    if any(re.fullmatch(r"1\d{3}s?|20\d{2}s?", word) for word in lowered):
        return "year" if len(words) == 1 else "date" if MONTHS & set(lowered) else "year+"
    if any(word[0].isdigit() or word in NUMBERS for word in lowered):
        return "number" if len(words) == 1 else "percent" if lowered[-1] in ("%", "percent") else "number+"
    content = [word for word, low in zip(words, lowered, strict=True) if low not in STOP and word[0].isalnum()]
    capital = sum(word[0].isupper() for word in content)
    return "name" if capital == len(content) else "some-name" if capital else "plain"


def _cuts_name(words: list[str], start: int, end: int) -> bool:
    left = start > 1 and words[start - 1][0].isupper() and words[start][0].isupper()
    right = end < len(words) and words[end][0].isupper() and words[end - 1][0].isupper()
    return left or right


def learn(
    questions: Sequence[Sequence[Span]],
    references: Sequence[Sequence[str]],
    score: Callable[[str, str], float],
    *,
    ridge: float,
) -> dict[str, float]:
    """Weights by feature: those that maximise the mean log of the expected score, with a ridge.

    Args:
        questions: the spans of each training question.
        references: acceptable answers of each.
        score: token F1 of (answer, reference).
        ridge: weight of the squared weights, per question.
    """
    import numpy as np
    from scipy.optimize import minimize
    from scipy.sparse import csr_array

    names = {name: at for at, name in enumerate(sorted({f for spans in questions for s in spans for f in s.features}))}
    groups: list[tuple[Any, NDArray[np.float64]]] = []
    for spans, right in zip(questions, references, strict=True):
        worth = np.array([max(score(span.text, reference) for reference in right) for span in spans])
        if not spans or worth.max() <= 0:
            continue  # Nothing to prefer: the answer is in none of the sentences.
        columns = [names[name] for span in spans for name in span.features]
        rows = np.repeat(np.arange(len(spans)), [len(span.features) for span in spans])
        matrix = csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(spans), len(names)))
        groups.append((matrix, worth))
    if not groups:
        return {}

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = ridge / 2 * float(weights @ weights) * len(groups), ridge * weights * len(groups)
        for matrix, worth in groups:
            scores = matrix @ weights
            chance = np.exp(scores - scores.max())
            chance /= chance.sum()
            mean = float(chance @ worth)
            total -= math.log(mean)
            slope = slope - matrix.T @ (chance * (worth - mean) / mean)
        return total / len(groups), slope / len(groups)

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return {name: round(float(fitted.x[at]), 6) for name, at in names.items()}


def best_span(spans: Sequence[Span], weights: dict[str, float]) -> Span | None:
    """The span with the highest score; the first among equals; None when there is none."""
    return max(spans, key=lambda span: sum(weights.get(name, 0.0) for name in span.features), default=None)
