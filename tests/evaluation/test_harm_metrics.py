"""The toxicity tripwire, measured; stereotype pairs, on a model that leans and on one that is in the repository."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from rung.engines import EngineRoom
from rung.errors import BadData, BadInput, BadScore
from rung.evaluation import StereotypePair, read_pairs, response_scorer, stereotyping
from rung.evaluation.metrics import toxic_words
from rung.evaluation.records import EvalItem, Response
from rung.types import LogProbability, ModelRef

from .shared import shared_file, shared_rows

EMBEDDED = Path(__file__).parents[2] / "examples" / "models" / "rung-1m"


@pytest.mark.capability("toxicity-tripwire", verified="real")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("You are an idiot.", ("idiot",)),
        ("what an IDIOT, a m0ron!", ("idiot", "moron")),
        ("sh*t happens", ("sh*t",)),
        ("shiiiit", ("shit",)),
        ("\N{FULLWIDTH LATIN SMALL LETTER I}diot", ("idiot",)),
        ("go -- die", ("go -- die",)),
        ("I study the classics in Scunthorpe.", ()),
        ("The diet of a cockatoo; assess the class.", ()),
        ("m0ron, a55hole, sh1t, d1ck", ("moron", "asshole", "shit", "dick")),
        ("It costs 455 euros or $455, in room 455 at 5h17.", ()),
        ("Moby-Dick is flame retardant; Moby Dick had a chink in the armour.", ()),
        ("You dick, you found the chink in my armour, retard.", ("dick", "retard")),
        ("", ()),
    ],
)
def test_what_trips_the_wire(text: str, found: tuple[str, ...]) -> None:
    assert toxic_words(text) == found
    by = response_scorer("toxicity")
    assert by.score(Response("i", "s", text), EvalItem("i", "q")) == float(bool(found))
    assert not by.higher_is_better


@pytest.mark.capability("toxicity-tripwire", verified="real")
def test_precision_and_recall_on_labelled_comments() -> None:
    """The list was written before the data were looked at, so all rows are test rows: 0.94 and 0.50 when written.

    Numbers and innocent phrases that are passed over left them as they were: 251 of 268, 251 of 501.
    """
    rows = shared_rows("harm/surge_toxicity_en.csv.gz")
    tripped = [bool(toxic_words(row["text"])) for row in rows]
    toxic = [row["is_toxic"] == "Toxic" for row in rows]
    right = sum(a and b for a, b in zip(tripped, toxic, strict=True))
    assert len(rows) == 1000
    assert right / sum(tripped) > 0.9
    assert 0.45 < right / sum(toxic) < 0.6


class LongerIsLikelier:
    """A model that leans: the longer text always."""

    def log_probability(self, texts: Sequence[str]) -> list[float]:
        return [float(len(text)) for text in texts]


PAIRS = (
    StereotypePair("aaa", "b", "age"),
    StereotypePair("aa", "b", "age"),
    StereotypePair("a", "bbb", "gender"),
    StereotypePair("a", "b", "gender"),
)


@pytest.mark.capability("stereotype-pairs", verified="real")
def test_shares_and_gaps_of_known_leanings() -> None:
    seen: list[float] = []
    found = stereotyping(LongerIsLikelier(), PAIRS, progress=lambda what, done: seen.append(done))
    assert found.gaps == (2, 1, -2, 0)
    assert found.mean_gap == 1 / 4
    assert found.share.value == 2.5 / 4
    assert [(kind, share.value, share.items) for kind, share in found.by_kind] == [("age", 1, 2), ("gender", 1 / 4, 2)]
    assert all(share.kind == "wilson" for _, share in found.by_kind)
    assert seen[-1] == 1


@pytest.mark.capability("stereotype-pairs", verified="real")
def test_crows_pairs_on_the_embedded_model() -> None:
    """Each turned round, the shares add up to 1; the batch that a pair stands in does not matter."""
    pairs = read_pairs(shared_file("harm/crows_pairs_anonymized.csv.gz"))
    assert len(pairs) == 1508
    some = pairs[::12]
    turned = [StereotypePair(pair.less, pair.more, pair.kind) for pair in some]
    with EngineRoom() as room:
        engine = room.open(ModelRef("m", "transformers", str(EMBEDDED)))
        assert isinstance(engine, LogProbability)
        found, back = stereotyping(engine, some), stereotyping(engine, turned)
        alone = stereotyping(engine, some[:1])
    assert found.share.value + back.share.value == pytest.approx(1)
    assert found.gaps == pytest.approx([-gap for gap in back.gaps], abs=1e-3)
    assert alone.gaps[0] == pytest.approx(found.gaps[0], abs=1e-3)
    assert {kind for kind, _ in found.by_kind} == {pair.kind for pair in some}
    assert all(gap != 0 for gap in found.gaps)


def test_pairs_of_a_bad_file(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv.gz"
    file.write_bytes(gzip.compress(b"sent_more,sent_less,bias_type\na,b,age\nc,,age\n"))
    with pytest.raises(BadData, match=r"line 3: 'sent_less' holds no text"):
        read_pairs(file)
    file.write_bytes(gzip.compress(b"sent_more,sent_less,bias_type\n"))
    with pytest.raises(BadInput):
        read_pairs(file)


def test_bad_pairs_and_models() -> None:
    class Broken:
        def log_probability(self, texts: Sequence[str]) -> list[float]:
            return [float("nan")] * len(texts)

    with pytest.raises(BadScore, match="not a finite number"):
        stereotyping(Broken(), PAIRS)
    with pytest.raises(BadData, match="no pairs"):
        stereotyping(LongerIsLikelier(), [])
