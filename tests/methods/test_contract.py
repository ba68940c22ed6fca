"""Every built-in method holds the contract that outside authors' methods are held to."""

from __future__ import annotations

from pathlib import Path

import pytest

from rung.engines import EngineRoom
from rung.methods import Method, all_methods
from rung.testing.methods import FakeMethod, MethodContract, small_brief
from rung.types import ModelRef
from rung.workload import Brief

QUICK = {"epochs": 0.5, "batch": 4}


class BuiltIn(MethodContract):
    """A built-in method, by name."""

    name = ""

    @pytest.fixture
    def method(self) -> Method:
        return all_methods()[self.name]

    @pytest.fixture
    def engines(self, room: EngineRoom) -> EngineRoom:
        return room


class TestFake(MethodContract):
    @pytest.fixture
    def method(self) -> Method:
        return FakeMethod()

    @pytest.fixture
    def brief(self) -> Brief:
        return small_brief("classify")

    @pytest.fixture
    def engines(self, room: EngineRoom) -> EngineRoom:
        return room


class Classifying(BuiltIn):
    @pytest.fixture
    def brief(self) -> Brief:
        return small_brief("classify")


@pytest.mark.capability("method-tfidf", verified="real")
class TestTfidfLogreg(Classifying):
    name = "tfidf-logreg"


@pytest.mark.capability("method-tfidf", verified="real")
class TestTfidfSvm(Classifying):
    name = "tfidf-svm"


@pytest.mark.capability("method-embeddings", verified="real")
class TestEmbedLogreg(BuiltIn):
    name = "embed-logreg"

    @pytest.fixture
    def brief(self, embedder: Path) -> Brief:
        return small_brief("classify", options={"embed-logreg": {"embedder": str(embedder)}})


@pytest.mark.capability("method-patterns", verified="real")
class TestPatterns(BuiltIn):
    name = "patterns"

    @pytest.fixture
    def brief(self) -> Brief:
        return small_brief("extract")


class Answering(BuiltIn):
    @pytest.fixture
    def brief(self) -> Brief:
        return small_brief("answer")


@pytest.mark.capability("method-bm25-sentence", verified="real")
class TestBm25Sentence(Answering):
    name = "bm25-sentence"


class TestBm25Span(Answering):
    name = "bm25-span"


class Prompted(BuiltIn):
    @pytest.fixture
    def brief(self, tiny: ModelRef) -> Brief:
        options = dict.fromkeys(("lora", "full-finetune"), QUICK)
        return small_brief("answer", models=(tiny,), options=options)


@pytest.mark.capability("method-zero-shot", verified="real")
class TestZeroShot(Prompted):
    name = "zero-shot"


@pytest.mark.capability("method-few-shot", verified="real")
class TestFewShot(Prompted):
    name = "few-shot"


@pytest.mark.capability("method-rag", verified="real")
class TestRag(Prompted):
    name = "rag"


@pytest.mark.capability("method-lora", verified="real")
class TestLora(Prompted):
    name = "lora"


@pytest.mark.capability("method-full-finetune", verified="real")
class TestFullFinetune(Prompted):
    name = "full-finetune"


@pytest.mark.capability("method-system", verified="real")
class TestSystem(BuiltIn):
    name = "system"

    @pytest.fixture
    def brief(self, tmp_path: Path) -> Brief:
        script = tmp_path / "upper.py"
        script.write_text(
            "import json, sys\n"
            "for line in sys.stdin:\n"
            "    request = json.loads(line)\n"
            "    print(json.dumps({'id': request['id'], 'text': request['prompt'].upper()}), flush=True)\n"
        )
        return small_brief("generate", models=(ModelRef("upper", "system", f"python3 {script}"),))


def test_every_built_in_method_is_under_contract():
    here = {cls.name for cls in globals().values() if isinstance(cls, type) and issubclass(cls, BuiltIn) and cls.name}
    assert here == set(all_methods())
