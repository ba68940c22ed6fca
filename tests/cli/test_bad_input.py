"""Bad input: one clear error with the mend, exit code 2; what the ledger held stays, and a good run works after it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Project, Ran, rows


def refused(project: Project, *, nothing_written: bool = False) -> tuple[str, str]:
    """The error of a climb in a project that has climbed before; everything else goes on as if nothing was."""
    before = project.events()
    said = project.rung("climb", "workload.yaml").refused()
    after = project.events()
    assert after[: len(before)] == before
    if nothing_written:
        assert after == before
    assert project.rung("ledger", "verify").out == "the ledger is sound\n"
    project.fill()
    again = project.rung("climb", "workload.yaml", "--json")
    assert again.code == 0
    assert again.json()["search"]["calls"] == 0
    return said


def write(name: str, text: str | bytes) -> Callable[[Project], object]:
    def spoil(project: Project) -> object:
        data = text.encode() if isinstance(text, str) else text
        return (project.folder / name).write_bytes(data)

    return spoil


def add(name: str, line: str) -> Callable[[Project], object]:
    def spoil(project: Project) -> object:
        path = project.folder / name
        return path.write_text(path.read_text() + line + "\n")

    return spoil


FILES: dict[str, tuple[Callable[[Project], object], str, str]] = {
    "missing file": (
        lambda p: p.change("eval.jsonl", "evil.jsonl"),
        "workload.yaml:3: data.evaluation: no such file",
        "relative to the workload file",
    ),
    "missing workload": (lambda p: p.workload.unlink(), "workload.yaml", "rung init"),
    "wrong column": (
        lambda p: p.change("{train", "{columns: {input: inptu}, train"),
        "no column 'inptu'; it has input, output",
        "did you mean 'input'?",
    ),
    "empty set": (write("eval.jsonl", ""), "eval.jsonl: holds no rows", "at least one row"),
    "eval items in train": (
        lambda p: p.jsonl("eval.jsonl", [*rows("eval", 5), *rows("train", 2)]),
        "2 of 7 evaluation items stand in train too: eval.jsonl line 6 (same input as 1), 7 (same input as 2)",
        "on_leak: drop",
    ),
    "label unseen in train": (
        add("eval.jsonl", '{"input": "a", "output": "snd"}'),
        "eval.jsonl: line 91: the label 'snd' has no train item",
        "did you mean 'send'?",
    ),
    "1-item set": (
        lambda p: p.jsonl("eval.jsonl", rows("eval", 1)),
        "1 evaluation item: one answer, right or wrong, says nothing",
        "at least 2",
    ),
    "non-UTF-8": (
        write("eval.jsonl", b'{"input": "caf\xe9", "output": "send"}\n'),
        "eval.jsonl: line 1: not UTF-8 (byte 0xe9 at offset 14)",
        "iconv",
    ),
    "NaN": (add("eval.jsonl", '{"input": "a", "output": NaN}'), "line 91: column 'output' is NaN", "fill it in"),
    "not JSON": (add("train.jsonl", '{"input": '), "train.jsonl: line 61: not JSON", "one JSON object"),
    "not YAML": (write("workload.yaml", "a: [1"), "workload.yaml:1", ""),
    "unknown field": (add("workload.yaml", "vloume: 3"), "workload.yaml:9: vloume", "did you mean 'volume'"),
    "unknown metric": (lambda p: p.change("accuracy", "acuracy"), "'acuracy'", "accuracy"),
    "unknown method": (lambda p: p.change("tfidf-svm", "tfidf-svn"), "'tfidf-svn'", "tfidf-svm"),
    "unknown region": (lambda p: p.change("FR", "ZZ"), "'ZZ'", "grid"),
    "one label": (
        lambda p: [
            p.jsonl(f"{n}.jsonl", [{**r, "output": "lost"} for r in rows(n, 9)]) for n in ("train", "tune", "eval")
        ],
        "no method has a candidate for the task 'classify'",
        "name a model",
    ),
}


@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize(("spoil", "problem", "mend"), FILES.values(), ids=FILES)
def test_a_bad_file_is_refused_before_anything_is_written(
    climbed: Project, spoil: Callable[[Project], object], problem: str, mend: str
):
    spoil(climbed)
    said = refused(climbed, nothing_written=True)
    assert problem in said[0]
    assert mend in said[1]


CHECKED = {name: case for name, case in FILES.items() if name not in {"one label", "unknown method"}}
"""What `rung check` sees as well; it loads no methods."""


@pytest.mark.parametrize(("spoil", "problem", "mend"), CHECKED.values(), ids=CHECKED)
def test_check_says_the_same_before_a_climb(
    project: Project, spoil: Callable[[Project], object], problem: str, mend: str
):
    spoil(project)
    ran = project.rung("check", "workload.yaml")
    assert ran.code == 2
    assert problem in ran.err
    assert mend in ran.err
    assert "ready" not in ran.out
    report = project.rung("check", "workload.yaml", "--json")
    assert report.code == 2
    assert json.loads(report.out)["problems"]


ODD = {
    "NaN": ("float('nan')", "gave nan on item"),
    "more than 1": ("7", "gave 7.0 on item"),
    "nothing": ("None", "gave None on item"),
    "a word": ("'good'", "gave 'good' on item"),
}


@pytest.mark.parametrize(("score", "said"), ODD.values(), ids=ODD)
def test_a_scorer_that_gives_no_score_is_told_and_what_was_called_is_counted(
    climbed: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, score: str, said: str
):
    plugin, about = tmp_path / "plugin", tmp_path / "plugin" / "odd_scorer-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-scorer\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[rung.scorers]\nodd = odd_scorer:Odd\n")
    code = f"class Odd:\n    name = 'odd'\n    def score(self, answer, item):\n        return {score}\n"
    (plugin / "odd_scorer.py").write_text(code)
    monkeypatch.syspath_prepend(plugin)
    monkeypatch.delitem(sys.modules, "odd_scorer", raising=False)
    before = climbed.events()
    climbed.change("metric: accuracy", "metric: odd")
    problem, mend = refused(climbed)
    assert f"the scorer 'odd' {said}" in problem
    assert "not a number in [0, 1]" in problem
    assert "rescale it" in mend
    run = next(event.run for event in climbed.events()[len(before) :])
    of_run = [event for event in climbed.events() if event.run == run]
    assert sum(event.body["calls"] for event in of_run if event.kind == "spent") > 0
    assert not [event for event in of_run if event.kind == "trial"]


# -- models ------------------------------------------------------------------------------------------------------------

MODELS = "models:\n  - {{name: m, {}}}\n"


def with_model(project: Project, entry: str) -> None:
    project.change("only: [tfidf-logreg, tfidf-svm]", "only: [zero-shot]")
    project.workload.write_text(project.workload.read_text() + MODELS.format(entry))


@pytest.mark.capability("safe-weights", verified="real")
def test_a_model_folder_with_a_pickle_only_is_refused(climbed: Project):
    folder = climbed.folder / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"architectures": ["LlamaForCausalLM"], "model_type": "llama"}')
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with_model(climbed, "path: model")
    checked = climbed.rung("check", "workload.yaml")
    assert checked.code == 2
    assert "pickle" in checked.err
    problem, mend = refused(climbed, nothing_written=True)
    assert "pickle" in problem
    assert "safetensors" in mend


def test_a_model_folder_that_is_not_there_is_told(climbed: Project):
    with_model(climbed, "path: model")
    problem, mend = refused(climbed, nothing_written=True)
    assert str(climbed.folder / "model") in problem
    assert mend


Reply = tuple[int, str]
BROKEN: dict[str, tuple[Reply, str]] = {
    "500": ((500, "oh"), "status 500, after 2 attempts"),
    "429": ((429, '{"error": {"message": "slow down"}}'), "status 429, after 2 attempts"),
    "not JSON": ((200, "<html>hello</html>"), "a reply that is not JSON, after 2 attempts"),
    "no object": ((200, "[1]"), "a reply that is no JSON object, after 2 attempts"),
    "no choices": ((200, '{"choices": []}'), "a reply without choices[0].message.content"),
    "cut short": ((-1, '{"choices": ['), "no connection"),
}


class Upstream:
    """A server on loopback that gives one reply, whatever it is asked."""

    def __init__(self) -> None:
        self.reply: Reply = (200, "")
        self.asked = 0
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                upstream.asked += 1
                status, text = upstream.reply
                self.send_response(abs(status) if status > 0 else 200)
                # A length that is never reached: the connection ends before it.
                self.send_header("Content-Length", str(len(text) + (9 if status < 0 else 0)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    upstream = Upstream()
    yield upstream
    upstream.close()


def with_url(project: Project, url: str) -> None:
    options = "options: {retries: 1, retry_cap_s: 0.01, timeout_s: 5}"
    price = "price: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}, parameters_b: 7"
    with_model(project, f'url: "{url}", model: x, {price}, {options}')


@pytest.mark.capability("upstream-failures", verified="stub")
@pytest.mark.parametrize(("reply", "problem"), BROKEN.values(), ids=BROKEN)
def test_an_upstream_that_breaks_is_told_with_its_address(
    climbed: Project, upstream: Upstream, reply: Reply, problem: str
):
    upstream.reply = reply
    with_url(climbed, upstream.url)
    said, mend = refused(climbed)
    assert problem in said
    assert upstream.url in said
    assert mend.startswith("check that")
    assert upstream.asked > 0


def test_an_upstream_that_is_not_there_is_told(climbed: Project, upstream: Upstream):
    with_url(climbed, upstream.url)
    upstream.close()
    problem, mend = refused(climbed)
    assert "no connection" in problem
    assert "check that the server runs" in mend


@pytest.mark.capability("upstream-failures", verified="stub")
def test_a_climb_that_broke_off_upstream_goes_on_when_it_is_back(project: Project, upstream: Upstream):
    upstream.reply = (503, "")
    with_url(project, upstream.url)
    assert project.rung("climb", "workload.yaml").code == 2
    problem, mend = project.rung("report", "last").refused()
    assert "status 503" in problem
    assert mend.endswith("then rung climb WORKLOAD --resume finishes it")
    message = {"role": "assistant", "content": "lost"}
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    upstream.reply = (200, json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}))
    on: Ran = project.rung("climb", "workload.yaml", "--resume", "--json")
    assert on.code == 1
    (candidate,) = on.json()["candidates"]
    assert candidate["decision"] == "failed"
    assert candidate["evidence"][0]["mean"] < 0.7
    assert len(project.rung("runs", "--json").json()) == 1


def test_an_answer_whose_upstream_is_gone_is_told(project: Project, upstream: Upstream):
    message = {"role": "assistant", "content": "lost"}
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    upstream.reply = (200, json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}))
    project.change("at_least: 0.7", "at_least: 0.01")
    with_url(project, upstream.url)
    assert project.rung("climb", "workload.yaml").code == 0
    assert project.rung("promote", "last").code == 0
    assert project.rung("answer", "intents", "hello").out == "lost\n"
    upstream.reply = (500, "")
    problem, mend = project.rung("answer", "intents", "hello").refused()
    assert "status 500" in problem
    assert "server" in mend


@pytest.mark.parametrize("flag", ["--budget-kj", "--budget-usd", "--budget-minutes"])
@pytest.mark.parametrize("value", ["nan", "inf", "0", "-1"])
def test_a_budget_that_is_none_is_refused(project: Project, flag: str, value: str):
    problem, mend = project.rung("climb", "workload.yaml", f"{flag}={value}").refused()
    assert flag in problem
    assert "positive number" in mend


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("volume.requests_per_day", "volume: {requests_per_day: 1.0e+308, lifetime_days: 365}"),
        ("methods.only", "methods: {only: []}"),
        ("name", 'name: "../../x"'),
    ],
)
def test_what_could_only_break_later_is_refused_by_the_check(project: Project, field: str, line: str):
    key = line.partition(":")[0]
    path = project.folder / "workload.yaml"
    kept = [old for old in path.read_text().splitlines() if not old.startswith(f"{key}:")]
    path.write_text("\n".join([*kept, line, ""]))
    problem, mend = project.rung("check", "workload.yaml").refused()
    assert field in problem
    assert mend


def test_too_few_items_to_ever_pass_are_told_by_the_check(project: Project):
    project.jsonl("eval.jsonl", rows("eval", 9))
    ran = project.rung("check", "workload.yaml")
    assert ran.code == 1
    assert "is ready" not in ran.out
    verdict, mend = ran.out.splitlines()[-2:]
    assert "a climb cannot pass: with 9 evaluation items even a perfect candidate" in verdict
    assert mend.startswith(" mend: give more evaluation items (at least ")
    assert project.rung("check", "workload.yaml", "--json").json()["can_pass"] is False
    least = int(mend.split("at least ")[1].split()[0])
    project.jsonl("eval.jsonl", rows("eval", least - 1))
    assert project.rung("check", "workload.yaml").code == 1
    project.jsonl("eval.jsonl", rows("eval", least))
    ready = project.rung("check", "workload.yaml")
    assert ready.code == 0
    assert ready.out.endswith("is ready: rung climb workload.yaml\n")
    project.jsonl("eval.jsonl", rows("eval", 9))
    project.change("at_least: 0.7", "at_least: 0.7, claim: dataset")
    assert project.rung("check", "workload.yaml").code == 0


def test_a_candidate_of_a_run_that_broke_off_is_explained(project: Project, upstream: Upstream):
    upstream.reply = (503, "")
    with_url(project, upstream.url)
    assert project.rung("climb", "workload.yaml").code == 2
    (name,) = [event.body["candidate"]["name"] for event in project.events() if event.kind == "proposed"]
    told = project.rung("explain", "last", name)
    assert told.code == 0
    text = " ".join(told.out.split())
    assert f"{name}: nothing is decided, because run" in text
    assert "It ended with an error" in text
    assert "status 503" in text
    assert "It was not tried yet" in text
    assert "Go on with rung climb WORKLOAD --resume" in text
    problem, mend = project.rung("explain", "last", name[:-1]).refused()
    assert "no candidate" in problem
    assert name in mend


def test_a_plugin_that_breaks_a_climb_is_one_clear_error(project: Project, monkeypatch: pytest.MonkeyPatch):
    from rung.methods.tfidf import Tfidf

    def build(*given: object) -> None:
        raise RuntimeError("a fault of its own")

    with monkeypatch.context() as broken:
        broken.setattr(Tfidf, "build", build)
        ran = project.rung("climb", "workload.yaml")
    lines = ran.err.splitlines()
    assert ran.code == 2
    assert lines[-2].startswith("error: the candidate 'tfidf-")
    assert lines[-2].endswith("broke while being built: RuntimeError: a fault of its own")
    (kept,) = (project.home / "runs").glob("*/error.txt")
    assert str(kept.relative_to(project.folder)) in lines[-1]
    assert "in build" in kept.read_text()
    assert project.rung("ledger", "verify").code == 0
    assert project.rung("climb", "workload.yaml", "--resume").code == 0
