from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from rung.accounting import factors_for
from rung.errors import BadInput, BadModel, BadScore, RungError, Unexpected, UpstreamFailed
from rung.evaluation.asking import REFUSALS, Asked
from rung.evaluation.formats import Dataset
from rung.evaluation.given import GivenSystem
from rung.evaluation.measures import LONGEST, response_scorers
from rung.evaluation.records import EvalItem, Response, ResponseScorer
from rung.evaluation.results import read_results, write_results
from rung.evaluation.running import EvalSetting, Evaluated, evaluate
from rung.ledger import Event, Ledger
from rung.stats import seeded_order
from rung.testing.meters import FakeMeter
from rung.types import Quantity, Reading, TokenUsage, content_hash
from rung.workload import Place

BY = response_scorers(["exact_match", "token_f1"])


def questions(count: int) -> Dataset:
    return Dataset("q", tuple(EvalItem(f"q{n}", f"question {n}", (f"answer {n}",)) for n in range(count)))


@dataclass
class Talker:
    """Right on even questions; slow at random; breaks where told."""

    name: str = "talker"
    parallel: int = 1
    batch_size: int = 1
    breaks: Callable[[EvalItem], BaseException | None] = lambda item: None
    remote: Quantity | None = field(default_factory=lambda: Quantity.zero("J"))
    asked: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def key(self) -> str:
        return content_hash(["talker", self.name])

    def prepare(self) -> None:
        self.opened += 1

    def respond(self, items: Sequence[EvalItem]) -> list[Asked]:
        made: dict[int, Asked] = {}
        with self.lock:
            self.asked += [item.id for item in items]
        for at, item in enumerate(items):
            if self.parallel > 1:
                time.sleep(random.Random(item.id).random() * 0.01)
            problem = self.breaks(item)
            if isinstance(problem, RungError):
                problem.done = made
            if problem is not None:
                raise problem
            number = int(item.id[1:])
            text = f"answer {number}" if number % 2 == 0 else "wrong"
            usage = TokenUsage(10, number + 1)
            made[at] = Asked(Response(item.id, self.name, text, usage=usage, cost_usd=0.25), self.remote)
            with self.lock:
                self.finished.append(item.id)
        return list(made.values())

    def close(self) -> None:
        self.closed += 1


def setting(home: Path, **changes: Any) -> EvalSetting:
    meter = FakeMeter(wall_s_per_look=0.001, cpu_s_per_look=0.01)
    plain = EvalSetting(home=home, meter=meter, factors=factors_for(Place(region="FR")))
    return replace(plain, **changes)


def events(home: Path, kind: str) -> list[Event]:
    with Ledger(home / "ledger.db") as ledger:
        return list(ledger.events(kind=kind))


def run(home: Path, system: Any, count: int = 20, by: Sequence[ResponseScorer] = BY, **changes: Any) -> Evaluated:
    return evaluate(questions(count), [system], by, setting(home, **changes))


@pytest.mark.capability("eval", verified="real")
def test_means_intervals_and_what_was_asked(tmp_path: Path) -> None:
    found = run(tmp_path, Talker())
    exact, f1 = found.summaries
    assert (exact.mean, exact.items, exact.errors) == (0.5, 20, 0)
    assert f1.mean == 0.5
    assert exact.low is not None
    assert exact.low < 0.5 < (exact.high or 0)
    # What holds at any time is wider than what holds at one.
    assert (exact.anytime_low or 0) < exact.low
    assert (found.calls, found.kept) == (20, 0)
    write_results(tmp_path / "r.jsonl", found.results)
    assert read_results(tmp_path / "r.jsonl") == found.results


@pytest.mark.capability("eval", verified="real")
def test_scores_are_committed_in_the_seeded_order_whatever_order_responses_come_in(tmp_path: Path) -> None:
    talker = Talker(parallel=6)
    found = run(tmp_path, talker, 60, seed=3)
    ids = [f"q{n}" for n in range(60)]
    order = [ids[at] for at in seeded_order(ids, 3)]
    assert [event.body["item"] for event in events(tmp_path, "score")] == order
    assert [item.id for item in found.results.items] == order
    # The test would show nothing if they came in that order anyway.
    assert talker.finished != order
    assert sorted(event.body["item"] for event in events(tmp_path, "response")) == sorted(order)


@pytest.mark.capability("eval", verified="real")
def test_the_laps_sum_to_the_whole_and_the_shares_to_their_laps(tmp_path: Path) -> None:
    found = run(tmp_path, Talker(batch_size=7))
    laps = [Reading.from_json(event.body["reading"]) for event in events(tmp_path, "spent")]
    by_lap = [
        Reading.from_json(event.body["reading"]) for event in events(tmp_path, "spent") if event.body["part"] == "eval"
    ]
    shares = [Reading.from_json(event.body["reading"]) for event in events(tmp_path, "response")]
    assert sum(one.cpu_s for one in by_lap) == pytest.approx(sum(one.cpu_s for one in shares))
    first, last = found.results.scored["talker"]["q0"].response, found.results.scored["talker"]["q6"].response
    assert first.energy is not None
    assert last.energy is not None
    assert first.carbon is not None
    factors = factors_for(Place(region="FR"))
    whole_j = sum(one.energy.value for one in laps if one.energy is not None) * factors.pue.quantity.value
    assert found.spent.energy is not None
    assert found.spent.energy.value == pytest.approx(whole_j)
    assert found.spent.cost is not None
    assert found.spent.cost.value == pytest.approx(20 * 0.25, rel=1e-3)


def test_energy_that_is_unknown_stays_unknown(tmp_path: Path) -> None:
    found = run(tmp_path, Talker(remote=None), 4)
    assert found.spent.energy is None
    assert all(one.response.energy is None for one in found.results.scored["talker"].values())


@pytest.mark.capability("eval-resume", verified="real")
def test_a_second_start_asks_nothing_and_gives_the_same(tmp_path: Path) -> None:
    first = run(tmp_path, Talker())
    again = Talker()
    second = run(tmp_path, again)
    assert again.asked == []
    assert again.opened == 0
    assert (second.calls, second.kept) == (0, 20)
    assert second.results == first.results
    assert len(events(tmp_path, "response")) == len(events(tmp_path, "score")) == 20


def test_another_metric_or_reference_is_scored_without_asking(tmp_path: Path) -> None:
    run(tmp_path, Talker(), by=BY[:1])
    again = Talker()
    both = run(tmp_path, again)
    assert again.asked == []
    assert [one.mean for one in both.summaries] == [0.5, 0.5]
    data = questions(20)
    changed = replace(data, items=tuple(replace(item, references=("wrong",)) for item in data.items))
    turned = evaluate(changed, [again], BY, setting(tmp_path))
    assert again.asked == []
    assert [one.mean for one in turned.summaries] == [0.5, 0.5]
    assert turned.results.scored["talker"]["q1"].scores["exact_match"] == 1


def test_items_that_are_added_are_asked_alone(tmp_path: Path) -> None:
    run(tmp_path, Talker(), 10)
    again = Talker()
    run(tmp_path, again, 12)
    assert sorted(again.asked) == ["q10", "q11"]


def test_a_question_that_stands_twice_is_asked_twice(tmp_path: Path) -> None:
    items = (EvalItem("q0", "same", ("answer 0",)), EvalItem("q2", "same", ("answer 2",)))
    talker = Talker()
    found = evaluate(Dataset("twice", items), [talker], BY, setting(tmp_path))
    assert sorted(talker.asked) == ["q0", "q2"]
    assert [one.items for one in found.summaries] == [2, 2]


def failing(at: str, problem: Callable[[], BaseException]) -> Callable[[EvalItem], BaseException | None]:
    return lambda item: problem() if item.id == at else None


@pytest.mark.parametrize("parallel", [1, 5])
@pytest.mark.parametrize(
    "problem",
    [
        lambda: UpstreamFailed("the server is gone", mend="start it"),
        lambda: BadModel("the key is refused", mend="check it"),
        KeyboardInterrupt,
    ],
)
def test_what_came_before_a_break_is_kept(tmp_path: Path, parallel: int, problem: Callable[[], BaseException]) -> None:
    order = seeded_order([f"q{n}" for n in range(20)], 0)
    broken = Talker(parallel=parallel, breaks=failing(f"q{order[9]}", problem))
    with pytest.raises((RungError, KeyboardInterrupt)):
        run(tmp_path, broken)
    assert broken.closed == 1
    kept = {event.body["item"] for event in events(tmp_path, "response")}
    assert kept == set(broken.finished)
    assert len(kept) >= 9
    again = Talker()
    found = run(tmp_path, again)
    assert set(again.asked) == {f"q{n}" for n in range(20)} - kept
    assert found.summaries[0].mean == 0.5


def test_of_a_batch_that_breaks_what_it_had_brought_is_kept(tmp_path: Path) -> None:
    order = seeded_order([f"q{n}" for n in range(20)], 0)
    broken = Talker(batch_size=20, breaks=failing(f"q{order[9]}", lambda: UpstreamFailed("gone", mend="start it")))
    with pytest.raises(UpstreamFailed):
        run(tmp_path, broken)
    assert len(events(tmp_path, "response")) == 9
    assert sum(event.body["calls"] for event in events(tmp_path, "spent")) == 9


@pytest.mark.capability("eval", verified="real")
def test_a_refused_request_scores_the_worst_and_is_counted(tmp_path: Path) -> None:
    order = seeded_order([f"q{n}" for n in range(20)], 0)
    # The very first request is refused: it is held back until another is answered.
    refused = Talker(breaks=failing(f"q{order[0]}", lambda: BadInput("the prompt is too long", mend="cut it")))
    found = run(tmp_path, refused)
    exact = found.summaries[0]
    assert (exact.items, exact.errors) == (20, 1)
    assert found.calls == 19
    given = found.results.scored["talker"][f"q{order[0]}"]
    assert given.response.error == "refused: the prompt is too long"
    assert given.scores == {"exact_match": 0.0, "token_f1": 0.0}


def test_a_system_that_refuses_everything_is_told_and_leaves_no_scores(tmp_path: Path) -> None:
    talker = Talker(breaks=lambda item: BadInput("no such parameter", mend="check the options"))
    with pytest.raises(BadInput, match="no such parameter"):
        run(tmp_path, talker)
    assert len(talker.asked) == REFUSALS
    assert events(tmp_path, "response") == []


def test_a_system_that_breaks_unforeseen_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unexpected, match="talker"):
        run(tmp_path, Talker(breaks=failing("q3", lambda: ZeroDivisionError("by zero"))))


@dataclass(frozen=True)
class Harm:
    """Lower is better; gives what it is told."""

    gives: object = 0.25
    name: str = "harm"
    higher_is_better: bool = False

    def score(self, response: Response, item: EvalItem) -> float | None:
        return self.gives if item.id != "q1" else None  # pyright: ignore[reportReturnType]


@pytest.mark.capability("eval", verified="real")
def test_given_responses_missing_empty_and_too_long(tmp_path: Path) -> None:
    data = questions(4)
    responses = {
        "q0": Response("q0", "given", "answer 0"),
        "q1": Response("q1", "given", ""),
        "q2": Response("q2", "given", "x" * (LONGEST + 1)),
    }
    bare = replace(data, items=(*data.items[:3], replace(data.items[3], references=())))
    found = evaluate(bare, [GivenSystem("given", responses)], (*BY, Harm()), setting(tmp_path))
    exact, _, harm = found.summaries
    assert (exact.mean, exact.items, exact.errors, exact.empty, exact.not_applicable) == (1 / 3, 3, 1, 1, 1)
    # An error is never better than an answer: where lower is better it scores 1.
    assert (harm.mean, harm.items, harm.errors, harm.not_applicable) == ((0.25 + 1 + 1) / 3, 3, 2, 1)
    assert found.calls == 0
    assert [event.body["calls"] for event in events(tmp_path, "spent") if event.body["part"] == "eval"] == [0]


@pytest.mark.parametrize("gives", [1.5, -0.1, float("nan"), "much"])
def test_a_score_outside_its_range_is_refused_and_no_response_lost(tmp_path: Path, gives: object) -> None:
    with pytest.raises((BadScore, Unexpected), match="harm"):
        run(tmp_path, Talker(), 4, by=(Harm(gives),))
    assert events(tmp_path, "response") != []


def test_nothing_to_evaluate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing to evaluate"):
        evaluate(questions(2), [], BY, setting(tmp_path))
    with pytest.raises(BadInput, match="no metric"):
        evaluate(questions(2), [Talker()], [], setting(tmp_path))
    with pytest.raises(BadInput, match="two systems"):
        evaluate(questions(2), [Talker(), Talker()], BY, setting(tmp_path))


def test_a_response_whose_text_was_forgotten_is_asked_for_again(tmp_path: Path) -> None:
    run(tmp_path, Talker(), 6)
    with Ledger(tmp_path / "ledger.db") as ledger:
        forgotten = next(iter(ledger.events(kind="response")))
        ledger.blobs.forget([forgotten.body["answer"]])
    again = Talker()
    found = run(tmp_path, again, 6)
    # Equal texts are one blob: whoever gave the same text is forgotten with it.
    assert forgotten.body["item"] in again.asked
    assert found.summaries[0].mean == 0.5
    third = Talker()
    run(tmp_path, third, 6)
    assert third.asked == []
