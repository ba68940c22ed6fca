from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadData, BadInput
from rung.evaluation.shortlist import ModelRow, ModelTable, Need, Shortlist, parse_needs, read_models, shortlist

pytestmark = pytest.mark.capability("shortlist", verified="real")

NAN = float("nan")
CELLS = st.fixed_dictionaries(
    {
        "size": st.sampled_from([None, "", "n/a", "1B", "7B", 13, 70.0, 0, -1, "about 7"]),
        "license": st.sampled_from([None, "mit", "apache-2.0", "Apache License 2.0", "other", ["mit", "gpl-3.0"]]),
        "score": st.sampled_from([None, 0.1, 0.5, 0.9, NAN, "none"]),
        "price": st.sampled_from([None, 0.1, "$0.2", 3]),
    }
)
NEEDS = st.sampled_from(
    [
        "size<=7b",
        "size>7b",
        "license=apache|mit",
        "license!=mit",
        "score>=0.5",
        "score<50%",
        "price<=0.2USD",
        "price!=3",
    ]
).map(lambda text: parse_needs(text)[0])
NO_NUMBERS = (None, "", "n/a", 0, -1, "about 7", NAN, "none")
TABLES = st.lists(CELLS, min_size=1, max_size=12)


def made(rows: list[dict[str, Any]]) -> ModelTable:
    cells = [{"model": f"m{at}", **row} for at, row in enumerate(rows)]
    return ModelTable(Path("t.json"), "entry", tuple(ModelRow(at, row) for at, row in enumerate(cells, start=1)))


def kept(found: Shortlist) -> set[str]:
    return {one.model for one in found.kept}


@given(TABLES, st.lists(NEEDS, max_size=4), NEEDS)
def test_every_model_has_one_verdict_with_its_reasons(rows: list[dict[str, Any]], needs: list[Need], more: Need):
    found = shortlist(made(rows), needs)
    assert [one.model for one in found.verdicts] == [f"m{at}" for at in range(len(rows))]
    for one in found.verdicts:
        assert (one.verdict == "failed") == bool(one.failed)
        assert (one.verdict == "unknown") == (bool(one.unknown) and not one.failed)
    for count in found.needs:
        assert count.met + count.failed + count.unknown == len(rows)
    assert kept(shortlist(made(rows), [*needs, more])) <= kept(found), "a further need adds nobody"
    accepting = shortlist(made(rows), needs, unknown="accept")
    assert kept(accepting) == {one.model for one in found.verdicts if one.verdict != "failed"}


@given(TABLES, NEEDS)
def test_a_need_and_its_contrary_share_the_models(rows: list[dict[str, Any]], need: Need):
    contrary = {"<=": ">", ">": "<=", ">=": "<", "<": ">=", "=": "!=", "!=": "="}
    other = Need(need.column, contrary[need.operator], need.values)  # pyright: ignore[reportArgumentType]
    here, there = shortlist(made(rows), [need]), shortlist(made(rows), [other])
    assert not kept(here) & kept(there)
    open_ = {one.model for one in here.verdicts if one.verdict == "unknown"}
    assert open_ == {one.model for one in there.verdicts if one.verdict == "unknown"}
    assert kept(here) | kept(there) | open_ == {f"m{at}" for at in range(len(rows))}


POINTS = st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=20)


@given(POINTS, st.sampled_from([("a", "b"), ("b", "a"), ("a", "b", "c")]), st.data())
def test_the_front_is_the_brute_force_one(points: list[tuple[int, ...]], columns: tuple[str, ...], data: st.DataObject):
    ways = [data.draw(st.sampled_from([("asc", 1), ("desc", -1)])) for _ in columns]
    rows = [dict(zip("abc", point, strict=True)) for point in points]
    front = [f"{column}:{word}" for column, (word, _) in zip(columns, ways, strict=True)]
    found = shortlist(made(rows), [], front=front)
    keys = [tuple(sign * row[column] for column, (_, sign) in zip(columns, ways, strict=True)) for row in rows]

    def beats(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
        return one != other and all(mine <= its for mine, its in zip(one, other, strict=True))

    assert kept(found) == {f"m{at}" for at, key in enumerate(keys) if not any(beats(other, key) for other in keys)}
    for one in found.verdicts:
        if one.verdict == "dominated":
            assert one.better in kept(found)
            assert beats(keys[int(str(one.better)[1:])], keys[one.place - 1])


@given(TABLES, st.sampled_from(["size", "size:desc", "score", "price:asc"]))
def test_ranks(rows: list[dict[str, Any]], rank: str):
    if all(made(rows).rows[at].cells[rank.partition(":")[0]] in NO_NUMBERS for at in range(len(rows))):
        with pytest.raises(BadInput, match="holds no numbers"):
            shortlist(made(rows), [], rank=rank)
        return
    found = shortlist(made(rows), [], rank=rank)
    assert found.rank is not None
    keys = [found.rank.key(made(rows).rows[one.place - 1]) for one in found.kept]
    known = [key for key in keys if key is not None]
    assert keys == [*sorted(known), *[None] * (len(keys) - len(known))]


def test_directions_that_are_not_said():
    rows = [{"size": "1B", "accuracy": 0.2, "usd_per_1m": 1}, {"size": "7B", "accuracy": 0.9, "usd_per_1m": 3}]
    first = {rank: shortlist(made(rows), [], rank=rank).kept[0].model for rank in ("size", "accuracy", "usd")}
    assert first == {"size": "m0", "accuracy": "m1", "usd": "m0"}
    assert [one.model for one in shortlist(made(rows), [], rank="accuracy:asc", top=1).chosen] == ["m0"]


def test_reasons_say_what_was_needed_and_what_was_there():
    rows = [{"size": "70B", "license": "cc-by-nc-4.0", "score": None}]
    (one,) = shortlist(made(rows), parse_needs("size<=13b,license=apache|mit,score>=0.5")).verdicts
    assert [reason.sentence() for reason in one.failed] == [
        "size: needed <= 13b, got 70B",
        "license: needed = apache | mit, got cc-by-nc-4.0",
    ]
    assert [reason.sentence() for reason in one.unknown] == ["score: needed >= 0.5, got unknown"]


def test_a_need_of_another_scale_is_noted():
    found = shortlist(made([{"accuracy": 0.5}, {"accuracy": 0.9}]), parse_needs("accuracy>=80"))
    assert "nobody meets accuracy>=80: accuracy is from 0.5 to 0.9" in found.notes


def test_without_sizes_the_order_is_the_tables_and_that_is_said():
    found = shortlist(made([{"accuracy": 0.5}, {"accuracy": 0.9}]), [])
    assert found.rank is None
    assert any("the order is that of the table" in note for note in found.notes)


def test_a_front_sets_aside_what_it_cannot_place():
    found = shortlist(made([{"size": "1B", "score": 0.5}, {"size": None, "score": 0.9}]), [], front=["size", "score"])
    assert [one.verdict for one in found.verdicts] == ["kept", "unknown"]
    assert found.verdicts[1].unknown[0].sentence() == "size: needed a number for the front, got unknown"


def test_names_twice():
    rows = [{"model": "a", "size": "7B"}, {"model": "a", "size": "7B"}]
    same = ModelTable(Path("t"), "line", tuple(ModelRow(at, row) for at, row in enumerate(rows)))
    found = shortlist(same, [])
    assert len(found.verdicts) == 1
    assert found.notes == ("1 rows that repeat another one wholly count once",)
    rows[1] = {"model": "a", "size": "8B"}
    with pytest.raises(BadData, match="lines 0 and 1 are both 'a' and differ"):
        shortlist(ModelTable(Path("t"), "line", tuple(ModelRow(at, row) for at, row in enumerate(rows))), [])


@pytest.mark.parametrize(
    "options",
    [{"rank": "size:up"}, {"rank": ":asc"}, {"rank": "license"}, {"front": ["size"]}, {"top": 0}, {"name": "who"}],
)
def test_options_that_cannot_be(options: dict[str, Any]):
    with pytest.raises(BadInput):
        shortlist(made([{"size": "7B", "license": "mit"}]), [], **options)


def test_a_model_without_a_name():
    with pytest.raises(BadData, match="line 1: no name"):
        shortlist(ModelTable(Path("t"), "line", (ModelRow(1, {"model": " ", "size": "7B"}),)), [])


def test_a_hundred_thousand_rows_in_seconds(tmp_path: Path):
    licences = ("gpl-3.0", "mit", "MIT License")
    lines = [f'm{n},{n % 97 + 1}B,{licences[n % 3]},"en,de",{n % 101 / 100},{n % 7}' for n in range(100_000)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["model,size,license,language,score,price", *lines]), encoding="utf-8")
    start = time.process_time()
    needs = parse_needs("license=mit,language=German,size<=40b,score>=50%")
    found = shortlist(read_models(path), needs, front=["size", "score"])
    assert time.process_time() - start < 15
    assert found.kept
    assert len(found.verdicts) == 100_000
