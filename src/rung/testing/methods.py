"""For authors of methods: the contract as a test class, and a method that learns its examples by heart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rung.errors import BadRelease, RungError
from rung.methods import Engines, Method
from rung.prediction import TYPICAL, MachineSpeed, local_effort
from rung.types import (
    Answer,
    Answerer,
    Candidate,
    Control,
    Document,
    Item,
    Prediction,
    Progress,
    Rung,
    TaskKind,
)
from rung.workload import Brief

PICKLES = frozenset({".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin", ".ckpt"})
PICKLE_START = b"\x80"
COLOURS = ("red", "green", "blue")
THINGS = ("lamp", "table", "chair", "door", "window", "shelf", "carpet", "mirror")


def small_brief(task: TaskKind, **changes: object) -> Brief:
    """A small workload that any method for the task can be built on: 24 training and 12 tune items."""
    items, knowledge = _items(task, 36)
    train, tune = items[:24], items[24:]
    settings: dict[str, object] = {
        "task": task,
        "train": train,
        "tune": tune,
        "knowledge": knowledge,
        "models": (),
        "labels": tuple(sorted({item.output for item in train})) if task == "classify" else (),
        "fields": ("thing", "count") if task == "extract" else (),
        "instruction": "",
        "max_output_tokens": 8,
        "seed": 0,
        "eval_size": 12,
        "mean_input_chars": sum(len(item.input) for item in train) / len(train),
        "mean_output_chars": sum(len(item.output) for item in train) / len(train),
    }
    return Brief(**(settings | changes))  # pyright: ignore[reportArgumentType]


def _items(task: TaskKind, count: int) -> tuple[tuple[Item, ...], tuple[Document, ...]]:
    items: list[Item] = []
    documents: list[Document] = []
    for at in range(count):
        thing, colour, number = THINGS[at % len(THINGS)], COLOURS[at % len(COLOURS)], at + 2
        if task == "classify":
            items.append(Item(f"i{at}", f"I ordered {number} {colour} things, a {thing} too", (colour,)))
        elif task == "extract":
            output = json.dumps({"thing": thing, "count": number}, separators=(",", ":"))
            items.append(Item(f"i{at}", f"Please send {number} of the {thing} today.", (output,)))
        else:
            place = f"Town{at}"
            documents.append(Document(f"d{at}", f"In {place} the {thing} is {colour}. It costs {number} euros."))
            items.append(Item(f"i{at}", f"What colour is the {thing} in {place}?", (colour,), source=f"d{at}"))
    return tuple(items), tuple(documents)


class MethodContract:
    """What every method holds. Subclass it and give three fixtures: `method`, `brief` (one it fits) and `engines`."""

    @pytest.fixture
    def method(self) -> Method:
        """The method under test."""
        raise NotImplementedError("give a fixture `method`")

    @pytest.fixture
    def brief(self) -> Brief:
        """A workload that the method fits."""
        raise NotImplementedError("give a fixture `brief`")

    @pytest.fixture
    def engines(self) -> Engines:
        """Where the method gets engines from."""
        raise NotImplementedError("give a fixture `engines`")

    @pytest.fixture
    def candidate(self, method: Method, brief: Brief) -> Candidate:
        """The first candidate that the method proposes."""
        return method.propose(brief)[0]

    @pytest.fixture
    def artifact(self, method: Method, candidate: Candidate, brief: Brief, engines: Engines, tmp_path: Path) -> Path:
        """The candidate, built."""
        return _built(method, candidate, brief, engines, tmp_path / "artifact")

    def test_satisfies_the_protocol(self, method: Method) -> None:
        """It has a name, a rung and the five verbs."""
        assert isinstance(method, Method)
        assert method.name

    def test_candidates_are_plain_and_told_apart(self, method: Method, brief: Brief) -> None:
        """Names are unique, recipes are JSON, and the same workload gives the same candidates."""
        candidates = method.propose(brief)
        assert len({candidate.name for candidate in candidates}) == len(candidates) > 0
        for candidate in candidates:
            assert (candidate.method, candidate.rung) == (method.name, method.rung)
            assert json.loads(json.dumps(dict(candidate.recipe))) == dict(candidate.recipe)
        assert list(method.propose(brief)) == list(candidates)

    def test_a_prediction_is_positive_and_repeats(
        self, method: Method, candidate: Candidate, brief: Brief, engines: Engines
    ) -> None:
        """A request takes something, or costs something; a prediction is a function of what is given."""
        one, two = (method.predict(candidate, brief, engines, TYPICAL) for _ in range(2))
        assert one == two
        request = one.per_request
        assert request.cpu_s.value + request.wall_s.value + request.usd.value > 0

    def test_progress_ends_at_one(
        self, method: Method, candidate: Candidate, brief: Brief, engines: Engines, tmp_path: Path
    ) -> None:
        """Shares lie in [0, 1], never fall, and end at 1."""
        shares: list[float] = []
        folder = tmp_path / "told"
        folder.mkdir()
        method.build(candidate, brief, engines, folder, lambda what, share: shares.append(share))
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        assert shares[0] >= 0

    def test_no_pickle_in_the_artifact(self, artifact: Path) -> None:
        """Nothing that is run when it is read."""
        files = [path for path in artifact.rglob("*") if path.is_file()]
        assert files
        for path in files:
            assert path.suffix not in PICKLES
            assert not path.read_bytes().startswith(PICKLE_START)

    def test_the_artifact_is_enough_wherever_it_lies(
        self, method: Method, candidate: Candidate, brief: Brief, engines: Engines, artifact: Path, tmp_path: Path
    ) -> None:
        """Moved to another folder, it gives the same answers; no file of it names where it was made."""
        inputs = [item.input for item in brief.tune[:4]]
        before = _answers(method.load(candidate, artifact, engines), inputs)
        moved = tmp_path / "elsewhere" / "moved"
        moved.parent.mkdir()
        shutil.move(artifact, moved)
        assert _answers(method.load(candidate, moved, engines), inputs) == before
        for path in moved.rglob("*"):
            assert not path.is_file() or str(tmp_path).encode() not in path.read_bytes()

    def test_building_twice_gives_the_same_answers(
        self, method: Method, candidate: Candidate, brief: Brief, engines: Engines, artifact: Path, tmp_path: Path
    ) -> None:
        """A seed decides."""
        inputs = [item.input for item in brief.tune[:4]]
        again = _built(method, candidate, brief, engines, tmp_path / "again")
        one, two = (_answers(method.load(candidate, folder, engines), inputs) for folder in (artifact, again))
        assert one == two

    def test_one_answer_each_in_order(
        self, method: Method, candidate: Candidate, brief: Brief, engines: Engines, artifact: Path
    ) -> None:
        """As many answers as inputs, in their order, under every control, with sound figures."""
        answerer = method.load(candidate, artifact, engines)
        assert answerer.batch_size >= 1
        inputs = [item.input for item in brief.tune[:3]]
        for control in Control:
            answers = answerer.answer(inputs, control=control)
            assert len(answers) == len(inputs)
            assert all(answer.latency_s >= 0 for answer in answers)
            if control is Control.CLOSED_BOOK:
                assert all(not answer.contexts for answer in answers)
        assert [a.text for a in answerer.answer(inputs[::-1])] == [a.text for a in answerer.answer(inputs)][::-1]
        answerer.close()
        answerer.close()

    def test_unicode_and_empty_texts_are_answered(
        self, method: Method, candidate: Candidate, engines: Engines, artifact: Path
    ) -> None:
        """Whatever comes in, something comes out."""
        answerer = method.load(candidate, artifact, engines)
        assert len(answerer.answer(["", "Где 北京? 🌍", "x" * 40])) == 3
        answerer.close()

    def test_a_broken_artifact_is_refused(
        self, method: Method, candidate: Candidate, engines: Engines, artifact: Path
    ) -> None:
        """Without its settings it is no artifact; the error is ours."""
        (artifact / "method.json").unlink()
        with pytest.raises(RungError):
            method.load(candidate, artifact, engines)


def _built(method: Method, candidate: Candidate, brief: Brief, engines: Engines, folder: Path) -> Path:
    folder.mkdir()
    method.build(candidate, brief, engines, folder, lambda what, share: None)
    return folder


def _answers(answerer: Answerer, inputs: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    answers = answerer.answer(inputs)
    answerer.close()
    return [(answer.text, answer.contexts) for answer in answers]


@dataclass(frozen=True, slots=True)
class FakeMethod:
    """Knows its training and tune examples by heart, and says `otherwise` to anything else.

    Args:
        cpu_s: predicted CPU time of a request [s]; the build is predicted to take a hundred of it.
    """

    name: str = "fake"
    rung: Rung = Rung.TRADITIONAL
    otherwise: str = ""
    cpu_s: float = 0.001

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate for anything."""
        return (Candidate(self.name, self.rung, self.name, {"otherwise": self.otherwise}),)

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """As it was told."""
        return Prediction(local_effort(100 * self.cpu_s), local_effort(self.cpu_s))

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Write the examples down."""
        known = {item.input: item.output for item in (*brief.train, *brief.tune)}
        (into / "method.json").write_text(json.dumps(known), encoding="utf-8")
        progress("written", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Read them."""
        path = artifact / "method.json"
        if not path.is_file():
            raise BadRelease(f"{path} is missing", mend="build the candidate again")
        return FakeAnswerer(json.loads(path.read_text(encoding="utf-8")), str(candidate.recipe["otherwise"]))


class FakeAnswerer:
    """Looks answers up."""

    batch_size = 4

    def __init__(self, known: dict[str, str], otherwise: str) -> None:
        self._known = known
        self._otherwise = otherwise

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        """What was written down."""
        return [Answer(self._known.get(text, self._otherwise)) for text in inputs]

    def close(self) -> None:
        """Nothing is held."""
