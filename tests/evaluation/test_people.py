"""Studies: who rates what, what is refused, and the file that keeps it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.errors import BadData, BadInput, NoSuch
from rung.evaluation.people import KINDS, Plan, RatingStore, Study, create_study, kind_named, make_study
from rung.evaluation.records import EvalItem, Response


def study(
    items: int = 6,
    *,
    kind: str = "comparison-choice",
    raters: int = 3,
    per_item: int = 2,
    systems: int = 2,
    seed: int = 0,
) -> Study:
    """Systems s0, s1, ... that answered q0, q1, ..."""
    names = [f"s{n}" for n in range(systems)]
    plan = Plan(kind, "quality", "Which?", "", raters, per_item, seed)
    every = [EvalItem(f"q{n}", f"question {n}", category="even" if n % 2 == 0 else "odd") for n in range(items)]
    answers = {i.id: {name: Response(i.id, name, f"{name} on {i.id}") for name in names} for i in every}
    return make_study("toy", plan, every, answers)


@given(
    items=st.integers(1, 30),
    raters=st.integers(1, 7),
    per_item=st.integers(1, 3),
    kind=st.sampled_from(sorted(KINDS)),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_shares_are_balanced_and_whole(items: int, raters: int, per_item: int, kind: str, seed: int):
    per_item = min(per_item, raters)
    made = study(items, kind=kind, raters=raters, per_item=per_item, systems=3, seed=seed)
    assert len(made.tasks) == items * (3 if kind.startswith("comparison") else 1)
    assert Counter(a.task for a in made.assignments) == dict.fromkeys(range(len(made.tasks)), per_item)
    assert len({(a.task, a.rater) for a in made.assignments}) == len(made.assignments)
    load = Counter(dict.fromkeys(range(1, raters + 1), 0))
    load.update(a.rater for a in made.assignments)
    assert max(load.values()) - min(load.values()) <= 1
    for rater, count in load.items():
        assert sorted(a.place for a in made.assignments if a.rater == rater) == list(range(1, count + 1))
    assert all(sorted(a.shown) == sorted(made.tasks[a.task].systems) for a in made.assignments)


def test_the_seed_gives_every_order():
    assert study(seed=1) == study(seed=1)
    assert study(seed=1).digest != study(seed=2).digest


def test_order_is_random_by_item_and_rater():
    made = study(200, raters=2, per_item=2)
    first = Counter(a.shown[0] for a in made.assignments)
    assert 160 <= first["s0"] <= 240, "each system is A about as often"
    by_task: dict[int, set[str]] = {}
    for a in made.assignments:
        by_task.setdefault(a.task, set()).add(a.shown[0])
    differing = sum(len(names) == 2 for names in by_task.values())
    assert 70 <= differing <= 130, "two raters of an item see orders that are drawn apart"
    places = {r: [a.task for a in sorted(made.assignments, key=lambda a: a.place) if a.rater == r] for r in (1, 2)}
    assert places[1] != places[2]


def test_all_pairs_of_raters_meet():
    made = study(30, raters=4, per_item=2)
    met = Counter(tuple(sorted(a.rater for a in made.assignments if a.task == t)) for t in range(30))
    assert len(met) == 6
    assert max(met.values()) - min(met.values()) <= 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"raters": 0}, "0 raters"),
        ({"per_item": 4, "raters": 5}, "4 raters an item"),
        ({"per_item": 3, "raters": 2}, "3 raters an item"),
        ({"systems": 1}, "compares systems"),
        ({"systems": 17}, "17 systems"),
        ({"items": 0}, "nothing to rate"),
        ({"kind": "guess"}, "no kind of rating"),
    ],
)
def test_plans_that_cannot_be_are_refused(change: dict[str, int], said: str):
    with pytest.raises(BadInput, match=said):
        study(**change)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("text", "said"), [("x" * 10_000_000, "10,000,000 characters"), ("a\ud800", "surrogate")])
def test_a_text_that_no_page_can_show_is_refused(text: str, said: str):
    item = EvalItem("q", "question")
    answers = {"q": {"a": Response("q", "a", text), "b": Response("q", "b", "short")}}
    with pytest.raises(BadData, match=said):
        make_study("toy", Plan("thumbs", "m", "?", "", 1, 1, 0), [item], answers)


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "answer", "scores"),
    [
        ("thumbs", {"A": "1", "B": "0"}, {"x": 1.0, "y": 0.0}),
        ("likert", {"A": "5", "B": "2"}, {"x": 1.0, "y": 0.25}),
        ("comparison-likert", {"choice": "4"}, {"x": 0.25, "y": 0.75}),
        ("comparison-choice", {"choice": "A"}, {"x": 1.0, "y": 0.0}),
        ("comparison-choice", {"choice": "tie"}, {"x": 0.5, "y": 0.5}),
        ("ranking", {"A": "2", "B": "1"}, {"x": 0.0, "y": 1.0}),
        ("ranking", {"A": "1", "B": "1"}, {"x": 0.5, "y": 0.5}),
    ],
)
def test_what_an_answer_is_worth(kind: str, answer: dict[str, str], scores: dict[str, float]):
    assert kind_named(kind).refuse(answer, 2) is None
    assert kind_named(kind).scores(answer, ("x", "y")) == scores


def test_ranks_with_ties_share_what_is_beaten():
    answer = {"A": "1", "B": "1", "C": "3"}
    assert kind_named("ranking").scores(answer, ("x", "y", "z")) == {"x": 0.75, "y": 0.75, "z": 0.0}
    # 1, 1, 2 is the same order as 1, 1, 3
    assert kind_named("ranking").scores({**answer, "C": "2"}, ("x", "y", "z")) == {"x": 0.75, "y": 0.75, "z": 0.0}


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("thumbs", {"A": "1"}),
        ("thumbs", {"A": "1", "B": "2"}),
        ("likert", {"A": "0", "B": "1"}),
        ("comparison-choice", {}),
        ("comparison-choice", {"choice": "C"}),
        ("comparison-likert", {"choice": "6"}),
        ("ranking", {"A": "1", "B": "3"}),
        ("ranking", {"A": "1", "B": "2", "C": "1"}),
    ],
)
def test_what_is_no_answer_is_refused(kind: str, answer: dict[str, str]):
    assert kind_named(kind).refuse(answer, 2) is not None


# -- the file ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> RatingStore:
    create_study(tmp_path / "r.db", study())
    return RatingStore(tmp_path / "r.db")


def test_tokens_are_long_random_and_kept_as_hashes_alone(tmp_path: Path):
    tokens = create_study(tmp_path / "r.db", study())
    assert len(set(tokens)) == 3
    assert all(len(token) == 32 for token in tokens), "24 bytes, 192 bits, in base64"
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("r.db*"))
    assert not any(token.encode() in kept for token in tokens)
    assert (tmp_path / "r.db").stat().st_mode & 0o077 == 0
    found = RatingStore(tmp_path / "r.db")
    assert [r.id for r in map(found.rater_of, tokens) if r is not None] == [1, 2, 3]
    assert found.rater_of(tokens[0][:-1]) is None
    new = found.renew(1)
    assert found.rater_of(tokens[0]) is None
    assert (rater := found.rater_of(new)) is not None
    assert rater.id == 1


def test_no_name_of_a_system_is_in_what_a_rater_sees(store: RatingStore):
    shown = store.shown(1, 1)
    assert shown is not None
    assert {text.split(" on ")[0] for text in shown.texts if text} == {"s0", "s1"}, "only where the text itself says it"
    assert not hasattr(shown, "systems")
    assert store.shown(1, 99) is None


def test_unblinding_is_exact(store: RatingStore):
    """Raters always pick the text of s1, wherever it stands; unblinded, s1 wins every time."""
    for rater in (1, 2, 3):
        for place in store.open_places(rater):
            shown = store.shown(rater, place)
            assert shown is not None
            letter = "A" if str(shown.texts[0]).startswith("s1") else "B"
            assert store.rate(rater, place, {"choice": letter}, "") == "new"
    ratings = store.ratings()
    assert len(ratings) == 12
    assert {rating.answer["choice"] for rating in ratings} == {"A", "B"}
    assert all(rating.scores == {"s0": 0.0, "s1": 1.0} for rating in ratings)


def test_a_change_keeps_what_was(store: RatingStore):
    assert store.rate(1, 1, {"choice": "A"}, "") == "new"
    assert store.rate(1, 1, {"choice": "A"}, "") == "same"
    assert store.rate(1, 1, {"choice": "B"}, "no") == "changed"
    (rating,) = store.ratings()
    assert (rating.answer, rating.comment) == ({"choice": "B"}, "no")
    assert [answer for _, answer in rating.earlier] == [{"choice": "A"}]
    assert store.counts()[0].changes == 1
    with sqlite3.connect(store.path) as db, pytest.raises(sqlite3.IntegrityError, match="never removed"):
        db.execute("DELETE FROM ratings")
    db.close()


def test_only_ones_own_tasks_and_only_until_finished(store: RatingStore):
    with pytest.raises(NoSuch):
        store.rate(1, 99, {"choice": "A"}, "")
    assert not store.finish(1), "something is open"
    for place in store.open_places(1):
        store.rate(1, place, {"choice": "tie"}, "")
    assert store.finish(1)
    assert store.rate(1, 1, {"choice": "A"}, "") == "finished"
    assert store.ratings()[0].answer == {"choice": "tie"}


@pytest.mark.capability("rate-durable", verified="real")
def test_two_raters_and_a_double_click_at_once(tmp_path: Path):
    create_study(tmp_path / "r.db", study(25, raters=2, per_item=2))
    faults: list[Exception] = []

    def rate_all(rater: int) -> None:
        try:
            mine = RatingStore(tmp_path / "r.db")
            for place in range(1, 26):
                mine.rate(rater, place, {"choice": "A"}, "")
        except Exception as error:  # noqa: BLE001 - a thread's fault has to reach the test
            faults.append(error)

    threads = [threading.Thread(target=rate_all, args=(rater,)) for rater in (1, 2, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    counts = RatingStore(tmp_path / "r.db").counts()
    assert [(c.rated, c.changes) for c in counts] == [(25, 0), (25, 0)]


RATES = """
import sys
from pathlib import Path
from rung.evaluation.people import RatingStore
store = RatingStore(Path(sys.argv[1]))
for place in range(1, 201):
    store.rate(1, place, {"choice": "B"}, "x" * 500)
    print(place, flush=True)
"""


@pytest.mark.capability("rate-durable", verified="real")
def test_a_kill_loses_nothing_that_was_told_to_be_saved(tmp_path: Path):
    create_study(tmp_path / "r.db", study(200, raters=1, per_item=1))
    process = subprocess.Popen([sys.executable, "-c", RATES, str(tmp_path / "r.db")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(40):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    told = 40 + len([line for line in process.stdout.read().split("\n") if line.strip()])
    process.wait(20)
    process.stdout.close()
    store = RatingStore(tmp_path / "r.db")
    assert told <= len(store.ratings()) <= told + 1
    assert store.rate(1, 200, {"choice": "A"}, "") in ("new", "changed"), "it goes on"


def test_other_files_are_refused(tmp_path: Path):
    text = tmp_path / "text.db"
    text.write_text("no database, but long enough to be looked at as one. " * 20)
    with pytest.raises(BadInput, match="cannot be used"):
        RatingStore(text)
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    with pytest.raises(BadInput, match="some other SQLite file"):
        create_study(tmp_path / "other.db", study())
    with pytest.raises(NoSuch):
        RatingStore(tmp_path / "absent.db")
    create_study(tmp_path / "r.db", study())
    with pytest.raises(BadInput, match="holds a study already"):
        create_study(tmp_path / "r.db", study())
