from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rung.evaluation.formats import read_dataset
from rung.evaluation.results import read_results
from rung.stats import seeded_order
from rung.testing.tiny import make_tiny_llama

from .conftest import Project


@dataclass
class Chat:
    """Speaks chat completions: the last message's last word in capitals, after a while of its own for each prompt."""

    url: str = ""
    most_wait_s: float = 0.0
    refuse: str | None = None
    prompts: list[str] = field(default_factory=list)
    most_at_once: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        prompt = body["messages"][-1]["content"]
        with self.lock:
            self.prompts.append(prompt)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(random.Random(prompt).random() * self.most_wait_s)
        with self.lock:
            self.at_once -= 1
        if self.refuse is not None and self.refuse in prompt:
            return 400, {"error": {"message": "too long"}}
        message = {"role": "assistant", "content": prompt.split()[-1].upper()}
        usage = {"prompt_tokens": 10, "completion_tokens": 2}
        return 200, {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}


@pytest.fixture
def chat() -> Iterator[Chat]:
    found = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, reply = found.answer(body)
            content = json.dumps(reply).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass  # the one who asked was killed

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None: ...

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield found
    server.shutdown()
    server.server_close()


def questions(project: Project, count: int) -> Path:
    """Every second one is answered right by `Chat`."""
    rows = [
        {"id": f"q{n}", "input": f"say w{n}", "references": [f"W{n}" if n % 2 == 0 else "no"], "category": f"c{n % 2}"}
        for n in range(count)
    ]
    return project.jsonl("questions.jsonl", rows)


def asked(chat: Chat, *more: str) -> list[str]:
    metrics = ("--metric", "exact_match", "--metric", "token_f1")
    return ["eval", "questions.jsonl", *metrics, "--endpoint", chat.url, "--endpoint-model", "m", *more]


def test_results_are_not_written_over_the_data(project: Project) -> None:
    data = project.jsonl("d.jsonl", [{"input": "a", "references": ["x"], "response": "x", "system": "s"}])
    before = data.read_bytes()
    for more in (("--out", "d.jsonl"), ("--export", "rows=./d.jsonl")):
        ran = project.rung("eval", "d.jsonl", "--metric", "exact_match", *more)
        assert ran.code == 2
        assert "is the data itself" in ran.err
    assert data.read_bytes() == before


@pytest.mark.capability("eval", verified="real")
def test_an_endpoint(project: Project, chat: Chat) -> None:
    questions(project, 30)
    chat.most_wait_s = 0.02
    prices = ("--price-input", "1", "--price-output", "10", "--parameters-b", "8")
    ran = project.rung(*asked(chat, *prices, "--concurrency", "5", "--out", "r.jsonl", "--json"))
    assert ran.code == 0, ran
    found = ran.json()
    assert [one["mean"] for one in found["summaries"]] == [0.5, 0.5]
    assert (found["asked"], found["kept"]) == (30, 0)
    assert 1 < chat.most_at_once <= 5
    results = read_results(project.folder / "r.jsonl")
    one = results.scored["m"]["q0"].response
    assert one.cost_usd == pytest.approx(10e-6 + 20e-6)
    assert one.energy is not None
    # 8 x 10^9 parameters x 0.07 J x (2 + 0.1 x 10 tokens), and the PUE, besides what this machine took.
    assert one.energy.value > 8 * 0.07 * 3
    assert found["spent"]["cost"]["value"] == pytest.approx(30 * 30e-6, rel=0.05)
    ids = [f"q{n}" for n in range(30)]
    order = [ids[at] for at in seeded_order(ids, 0)]
    assert [event.body["item"] for event in project.events() if event.kind == "score"] == order
    spent = project.rung("ledger", "show", "--json").json()["spent"]
    assert sum(row["calls"] for row in spent if row["part"] == "eval") == 30


def test_a_refused_item_is_counted(project: Project, chat: Chat) -> None:
    questions(project, 20)
    chat.refuse = "w14"
    ran = project.rung(*asked(chat))
    assert ran.code == 0, ran
    assert "1 errors (each scored 0)" in ran.out
    assert "0.450" in ran.out


@pytest.mark.capability("eval-resume", verified="real")
def test_killed_in_the_middle_it_goes_on(project: Project, chat: Chat) -> None:
    count = 60
    questions(project, count)
    chat.most_wait_s = 0.3
    process = project.start(*asked(chat, "--concurrency", "4", "--out", "r.jsonl"))
    until = time.monotonic() + 60
    while len(chat.prompts) < count // 2 and time.monotonic() < until and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    killed = project.finish(process)
    assert killed.code == -signal.SIGKILL, killed
    assert not (project.folder / "r.jsonl").exists()
    before = project.events()
    kept = [event.body["item"] for event in before if event.kind == "response"]
    first = len(chat.prompts)
    assert 10 <= len(kept) < count
    # What was under way at the moment of the kill is all that can have been lost: one request for each of the four.
    assert first - len(kept) <= 4
    chat.most_wait_s = 0.0
    ran = project.rung(*asked(chat, "--concurrency", "4", "--out", "r.jsonl", "--json"))
    assert ran.code == 0, ran
    found = ran.json()
    assert (found["kept"], found["asked"]) == (len(kept), count - len(kept))
    times = Counter(chat.prompts[first:])
    assert not set(times) & {f"say w{name[1:]}" for name in kept}
    assert len(chat.prompts) == first + count - len(kept)
    events = project.events()
    assert sorted(event.body["item"] for event in events if event.kind == "response") == sorted(
        f"q{n}" for n in range(count)
    )
    ids = [f"q{n}" for n in range(count)]
    order = [ids[at] for at in seeded_order(ids, 0)]
    assert [event.body["item"] for event in events if event.kind == "score"] == order
    assert [one["mean"] for one in found["summaries"]] == [0.5, 0.5]
    calls = sum(event.body["calls"] for event in events if event.kind == "spent")
    assert calls == count


@pytest.mark.long
@pytest.mark.capability("eval-resume", verified="real")
def test_a_campaign_of_kills(project: Project, chat: Chat) -> None:
    """Killed at twenty random moments: what the ledger had is never asked again, and everything is counted once."""
    count, rng, kills = 1500, random.Random(5), 0
    questions(project, count)
    chat.most_wait_s = 0.1
    while True:
        begun = len(chat.prompts)
        there = (project.home / "ledger.db").exists()
        kept = {event.body["item"] for event in project.events() if event.kind == "response"} if there else set[str]()
        process = project.start(*asked(chat, "--concurrency", "4", "--json"))
        try:
            out, _ = process.communicate(timeout=1.5 + 3 * rng.random() if kills < 20 else 300)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
            time.sleep(0.2)
            out = b""
        assert not {f"say w{name[1:]}" for name in kept} & set(chat.prompts[begun:])
        if out:
            break
    assert json.loads(out)["summaries"][0]["mean"] == 0.5
    assert len(chat.prompts) - count <= 4 * kills
    events = project.events()
    kinds = Counter(event.kind for event in events)
    assert (kinds["response"], kinds["score"]) == (count, count)
    ids = [f"q{n}" for n in range(count)]
    order = [ids[at] for at in seeded_order(ids, 0)]
    assert [event.body["item"] for event in events if event.kind == "score"] == order
    assert sum(event.body["calls"] for event in events if event.kind == "spent") == count


@pytest.mark.capability("eval-resume", verified="real")
def test_two_at_once_ask_nothing_twice_and_lose_no_score(project: Project, chat: Chat) -> None:
    questions(project, 40)
    chat.most_wait_s = 0.05
    same = [project.start(*asked(chat, "--json")) for _ in range(2)]
    other = project.start(*asked(chat, "--instruction", "Answer.", "--json"))
    ran = [project.finish(process) for process in (*same, other)]
    assert [one.code for one in ran] == [0, 0, 0], ran
    founds = [one.json() for one in ran]
    assert all([one["mean"] for one in found["summaries"]] == [0.5, 0.5] for found in founds)
    # The second of two equal ones waits, and finds everything; another prompt is another system.
    assert sorted(found["asked"] for found in founds[:2]) == [0, 40]
    assert founds[2]["asked"] == 40
    assert len(chat.prompts) == 80
    kinds = Counter(event.kind for event in project.events())
    assert (kinds["response"], kinds["score"]) == (80, 80)


@pytest.mark.capability("eval", verified="real")
def test_a_command(project: Project) -> None:
    questions(project, 12)
    (project.folder / "up.py").write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    row = json.loads(line)\n"
        "    last = row['prompt'].split()[-1].upper()\n"
        "    print(json.dumps({'id': row['id'], 'text': last}), flush=True)\n"
    )
    command = f"{sys.executable} up.py"
    ran = project.rung("eval", "questions.jsonl", "--metric", "exact_match", "--command", command, "--json")
    assert ran.code == 0, ran
    assert ran.json()["summaries"][0]["mean"] == 0.5


@pytest.mark.slow
@pytest.mark.capability("eval", verified="real")
def test_a_local_model(project: Project) -> None:
    pytest.importorskip("torch")
    questions(project, 4)
    make_tiny_llama(project.folder / "tiny")
    options = ("--model", "tiny", "--max-tokens", "4", "--json", "--out", "r.jsonl")
    ran = project.rung("eval", "questions.jsonl", "--metric", "token_f1", *options)
    assert ran.code == 0, ran
    results = read_results(project.folder / "r.jsonl")
    assert list(results.scored) == ["tiny"]
    for one in results.scored["tiny"].values():
        assert one.response.usage is not None
        assert one.response.usage.output > 0
        assert one.response.energy is not None


@pytest.mark.capability("eval", verified="real")
def test_retrieval_alone_and_before_a_model(project: Project, chat: Chat) -> None:
    knowledge = project.folder / "knowledge"
    knowledge.mkdir()
    (knowledge / "ada.txt").write_text("Ada Lovelace wrote the first program.")
    (knowledge / "bees.txt").write_text("Bees dance to show where flowers are.")
    project.jsonl("rag.jsonl", [{"id": "1", "input": "Who wrote a program?", "references": ["ANSWER:"]}])
    base = ("eval", "rag.jsonl", "--metric", "exact_match", "--knowledge", "knowledge", "--top-k", "2")
    only = project.rung(*base, "--retrieve-only", "--out", "only.jsonl")
    assert only.code == 0, only
    (found,) = read_results(project.folder / "only.jsonl").scored["bm25-2"].values()
    assert [passage.id for passage in found.response.passages] == ["ada"]
    assert found.response.text == ""
    ran = project.rung(*base, "--endpoint", chat.url, "--endpoint-model", "m", "--export", "bedrock=out/b.jsonl")
    assert ran.code == 0, ran
    assert chat.prompts == [
        "Context:\nAda Lovelace wrote the first program.\n\nQuestion: Who wrote a program?\nAnswer:"
    ]
    again = read_dataset(project.folder / "out" / "b.jsonl")
    assert [one.text for one in again.responses["rag-2(m)"].values()] == ["ANSWER:"]


def test_a_template_and_turns_before(project: Project, chat: Chat) -> None:
    earlier = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    project.jsonl("q.jsonl", [{"input": "go", "references": ["GO!"], "earlier": earlier, "category": "x"}])
    (project.folder / "t.txt").write_text("[{{ category }}] {{ prompt }}!")
    endpoint = ("--endpoint", chat.url, "--endpoint-model", "m")
    ran = project.rung("eval", "q.jsonl", "--metric", "exact_match", *endpoint, "--template", "t.txt", "--json")
    assert ran.json()["summaries"][0]["mean"] == 1
    assert chat.prompts == ["[x] go!"]


@pytest.mark.capability("eval", verified="real")
def test_given_responses_of_bedrock_and_results_scored_again(project: Project) -> None:
    row = {
        "prompt": "Capital of France?",
        "referenceResponse": "Paris",
        "category": "geo",
        "modelResponses": [
            {"response": "Paris", "modelIdentifier": "a"},
            {"response": "It is Paris", "modelIdentifier": "b"},
        ],
    }
    project.jsonl("b.jsonl", [row])
    ran = project.rung("eval", "b.jsonl", "--metric", "exact_match", "--out", "r.jsonl", "--json")
    assert {one["system"]: one["mean"] for one in ran.json()["summaries"]} == {"a": 1.0, "b": 0.0}
    again = project.rung("eval", "r.jsonl", "--metric", "token_f1", "--export", "bedrock=back.jsonl", "--json")
    assert again.json()["summaries"][1]["mean"] == pytest.approx(0.5)
    assert json.loads((project.folder / "back.jsonl").read_text()) == row


def test_models_of_a_workload(project: Project, chat: Chat) -> None:
    questions(project, 4)
    project.change("methods:", f"models: [{{name: far, url: '{chat.url}', model: m}}]\nmethods:")
    base = ("eval", "questions.jsonl", "--metric", "exact_match", "--workload", "workload.yaml")
    assert project.rung(*base, "--json").json()["summaries"][0]["system"] == "far"
    problem, mend = project.rung(*base, "--model", "near").refused()
    assert "'near'" in problem
    assert "far" in mend


def test_an_evaluation_is_no_climb_and_its_texts_can_be_forgotten(climbed: Project) -> None:
    climbed.jsonl("g.jsonl", [{"input": "secret prompt", "references": ["x"], "response": "secret answer"}])
    ran = climbed.rung("eval", "g.jsonl", "--metric", "exact_match", "--json")
    run = ran.json()["run"]
    assert climbed.rung("report", "last").code == 0
    assert climbed.rung("ledger", "forget", "--run", run).out.startswith("2 texts forgotten")
    assert climbed.rung("ledger", "forget", "--containing", "secret").out.startswith("0 texts")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "no metric"),
        (("--metric", "exact"), "no metric 'exact'"),
        (("--metric", "exact_match"), "nothing to evaluate"),
        (("--metric", "exact_match", "--endpoint", "http://x"), "--endpoint-model"),
        (("--metric", "exact_match", "--endpoint-model", "m"), "--endpoint"),
        (("--metric", "exact_match", "--model", "./absent"), "absent"),
        (("--metric", "exact_match", "--retrieve-only"), "--knowledge"),
        (("--metric", "exact_match", "--knowledge", "absent"), "absent"),
        (("--metric", "exact_match", "--command", "no-such-program-here"), "no-such-program-here"),
        (("--metric", "exact_match", "--task", "dance"), "'dance'"),
        (("--metric", "exact_match", "--alpha", "2"), "--alpha"),
        (("--metric", "exact_match", "--concurrency", "0"), "--concurrency"),
        (("--metric", "exact_match", "--price-input", "1"), "one price"),
        (("--metric", "exact_match", "--region", "Atlantis"), "Atlantis"),
        (("--metric", "exact_match", "--export", "xml=y"), "--export"),
        (("--metric", "exact_match", "--template", "absent.txt"), "absent.txt"),
    ],
)
def test_what_cannot_be_used_is_one_error(project: Project, options: tuple[str, ...], said: str) -> None:
    questions(project, 2)
    problem, _ = project.rung("eval", "questions.jsonl", *options).refused()
    assert said in problem


def test_an_endpoint_that_is_not_there(project: Project, chat: Chat) -> None:
    questions(project, 2)
    project.change(
        "methods:", "models: [{name: far, url: 'http://127.0.0.1:9', model: m, options: {retries: 0}}]\nmethods:"
    )
    options = ("--metric", "exact_match", "--workload", "workload.yaml")
    problem, _ = project.rung("eval", "questions.jsonl", *options).refused()
    assert "no connection" in problem
