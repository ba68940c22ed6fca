"""Real child processes and a real endpoint, well-behaved and not."""

from __future__ import annotations

import os
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from rung.engines import EngineRoom
from rung.engines.system_engine import SystemEngine, describe
from rung.errors import BadInput, BadModel, UpstreamFailed
from rung.testing.engines import PROMPTS, EngineContract
from rung.types import Engine, GenerationSettings, Message, ModelRef, TokenUsage

SETTINGS = GenerationSettings(max_tokens=6)
ECHO = """
import json, os, sys
for line in sys.stdin:
    row = json.loads(line)
    text = row["messages"][-1]["content"].upper()
    text += os.environ.get("RUNG_KNOB_MARK", "") + str(row["knobs"].get("n", ""))
    print(json.dumps({"id": row["id"], "text": text, "usage": {"input": 2, "output": 1}}))
"""
PID = """
import json, os, sys
for line in sys.stdin:
    print(json.dumps({"id": json.loads(line)["id"], "text": str(os.getpid())}))
"""


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., ModelRef]:
    def write(code: str, **options: Any) -> ModelRef:
        path = tmp_path / f"system{len(list(tmp_path.iterdir()))}.py"
        path.write_text(code)
        return ModelRef("sys", "system", shlex.join([sys.executable, str(path)]), options={"timeout_s": 20, **options})

    return write


class Contract(EngineContract):
    session = "persistent"

    @pytest.fixture
    def model(self, script: Callable[..., ModelRef]) -> ModelRef:
        return script(ECHO, session=self.session)

    @pytest.fixture
    def engine(self, model: ModelRef) -> Iterator[Engine]:
        engine = SystemEngine(model)
        yield engine
        engine.close()

    @pytest.fixture
    def fresh(self, model: ModelRef) -> Callable[[], Engine]:
        return lambda: SystemEngine(model)


@pytest.mark.capability("engine-system", verified="real")
class TestPersistent(Contract):
    pass


@pytest.mark.capability("engine-system", verified="real")
class TestBatch(Contract):
    session = "batch"


@pytest.mark.capability("engine-endpoint", verified="real")
class TestEndpoint(EngineContract):
    @pytest.fixture
    def engine(self, endpoint: str) -> Iterator[Engine]:
        engine = SystemEngine(ModelRef("sys", "system", endpoint))
        yield engine
        engine.close()

    @pytest.fixture
    def fresh(self, endpoint: str) -> Callable[[], Engine]:
        return lambda: SystemEngine(ModelRef("sys", "system", endpoint))


@pytest.fixture
def endpoint() -> Iterator[str]:
    import json

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            lines = self.rfile.read(int(self.headers["Content-Length"])).decode().split("\n")
            rows = [json.loads(line) for line in lines if line]
            answers = [json.dumps({"id": row["id"], "text": row["prompt"][::-1]}) for row in reversed(rows)]
            self.send_response(200 if self.path == "/ok" else 503)
            self.end_headers()
            self.wfile.write("\n".join(answers).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ok"
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def wait_gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not gone(pid):
        time.sleep(0.02)
    return gone(pid)


def test_knobs_stand_in_the_environment_and_in_each_line(script: Callable[..., ModelRef]):
    with EngineRoom() as room:
        (completion,) = room.open(script(ECHO, mark="!", n=3)).generate(PROMPTS[2:3], SETTINGS)
    assert completion.text == "SHORT!3"
    assert completion.usage == TokenUsage(2, 1)


def test_one_process_serves_all_calls_and_ends_on_close(script: Callable[..., ModelRef]):
    engine = SystemEngine(script(PID))
    one, two = (engine.generate(PROMPTS[:1], SETTINGS)[0].text for _ in range(2))
    assert one == two
    assert int(one) in [child.pid for child in psutil.Process().children()]
    engine.close()
    assert wait_gone(int(one))
    assert engine.notes == ("token counts are 0 where the system gave no usage",)


def test_a_call_per_process_in_batches(script: Callable[..., ModelRef]):
    code = """
import json, os, sys
rows = [json.loads(line) for line in sys.stdin.read().splitlines()]
for row in rows: print(json.dumps({"id": row["id"], "text": str(os.getpid())}))
"""
    engine = SystemEngine(script(code, session="batch"))
    one, two = (engine.generate(PROMPTS[:2], SETTINGS)[0].text for _ in range(2))
    assert one != two
    assert gone(int(one))
    engine.close()


def test_much_input_and_output_do_not_block_each_other(script: Callable[..., ModelRef]):
    prompts = [(Message("user", "x" * 20_000),) for _ in range(40)]
    engine = SystemEngine(script(ECHO))
    assert [len(c.text) for c in engine.generate(prompts, SETTINGS)] == [20_000] * 40
    engine.close()


def test_what_the_system_says_of_a_request_is_kept(script: Callable[..., ModelRef]):
    code = """
import json, sys
for line in sys.stdin:
    row = {"id": json.loads(line)["id"], "text": "t", "cost_usd": 0.25, "latency_s": 1.5, "finish": "length"}
    print(json.dumps(row if row["id"] == "0" else {"id": row["id"], "error": "would not"}))
"""
    engine = SystemEngine(script(code))
    good, bad = engine.generate(PROMPTS[:2], SETTINGS)
    engine.close()
    assert (good.cost_usd, good.latency_s, good.finish) == (0.25, 1.5, "length")
    assert (bad.finish, bad.error, bad.text) == ("error", "would not", "")


FAULTS = {
    "a crash": ("import sys; print('boom: no weights', file=sys.stderr); sys.exit(3)", "status 3.*boom: no weights"),
    "too few lines": (ECHO.replace("print(", "row['id'] != '1' and print("), "ended with status 0"),
    "garbage": ("import sys\nfor l in sys.stdin: print('hello')", "no answer: hello"),
    "no id": ('import sys\nfor l in sys.stdin: print(\'{"text": "x"}\')', "no answer"),
    "no text": ('import sys\nfor l in sys.stdin: print(\'{"id": "0"}\')', "no answer"),
    "another id": ('import sys\nfor l in sys.stdin: print(\'{"id": "9", "text": ""}\')', "'9', which is not awaited"),
    "twice": ('import sys\nfor l in sys.stdin: print(\'{"id": "0", "text": ""}\')', "'0', which is not awaited"),
    "negative tokens": (
        'import sys\nfor l in sys.stdin: print(\'{"id": "0", "text": "", "usage": {"input": -1}}\')',
        "no answer",
    ),
    "bytes": ("import sys\nfor l in sys.stdin: sys.stdout.buffer.write(b'\\xff\\xfe\\n')", "no answer"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_clear_error_and_leaves_no_process(script: Callable[..., ModelRef], fault: str):
    code, said = FAULTS[fault]
    engine = SystemEngine(script(code, session="batch"))
    with pytest.raises(UpstreamFailed, match=f"(?s){said}") as caught:
        engine.generate(PROMPTS[:2], SETTINGS)
    assert "stdout" in caught.value.mend
    assert not [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    engine.close()


def test_a_slow_command_is_ended_with_its_children(script: Callable[..., ModelRef], tmp_path: Path):
    note = tmp_path / "pid"
    code = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open({str(note)!r}, "w").write(str(child.pid))
print("thinking", file=sys.stderr)
time.sleep(60)
"""
    engine = SystemEngine(script(code, timeout_s=1.5))
    with pytest.raises(UpstreamFailed, match=r"in time.*thinking") as caught:
        engine.generate(PROMPTS[:1], SETTINGS)
    assert "session: batch" in caught.value.mend
    assert wait_gone(int(note.read_text()))
    engine.close()


def test_after_a_fault_the_next_call_starts_anew(script: Callable[..., ModelRef], tmp_path: Path):
    flag = tmp_path / "flag"
    engine = SystemEngine(script(f"import os, sys\nif not os.path.exists({str(flag)!r}): sys.exit(1)\n" + ECHO))
    with pytest.raises(UpstreamFailed):
        engine.generate(PROMPTS[:1], SETTINGS)
    flag.touch()
    assert engine.generate(PROMPTS[2:3], SETTINGS)[0].text == "SHORT"
    engine.close()


def test_a_process_ends_with_an_engine_that_nobody_closed(script: Callable[..., ModelRef]):
    engine = SystemEngine(script(PID))
    pid = int(engine.generate(PROMPTS[:1], SETTINGS)[0].text)
    del engine
    assert wait_gone(pid)


@pytest.mark.parametrize("command", ["rung-no-such-program --x", "/nowhere/prog"])
def test_a_missing_program_is_named(command: str):
    engine = EngineRoom().open(ModelRef("sys", "system", command))
    with pytest.raises(BadModel, match="no command"):
        engine.generate(PROMPTS[:1], SETTINGS)


@pytest.mark.parametrize("command", ["", "prog 'unclosed"])
def test_a_command_that_cannot_be_read_is_bad_input(command: str):
    with pytest.raises(BadInput):
        EngineRoom().open(ModelRef("sys", "system", command))


def test_an_endpoint_that_fails_is_said(endpoint: str):
    for url, said in ((endpoint.replace("/ok", "/no"), "status 503"), ("http://127.0.0.1:9/x", "no answer")):
        engine = SystemEngine(ModelRef("sys", "system", url))
        assert not engine.facts.local
        with pytest.raises(UpstreamFailed, match=said):
            engine.generate(PROMPTS[:1], SETTINGS)
        engine.close()


@pytest.mark.capability("meter-process-tree", verified="real")
def test_the_cpu_of_a_command_is_that_of_a_child(script: Callable[..., ModelRef]):
    spin = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n" + ECHO
    before = os.times()
    engine = SystemEngine(script(spin))
    engine.generate(PROMPTS[:1], SETTINGS)
    engine.close()
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system >= 0.3


@pytest.mark.capability("upstream-failures", verified="real")
def test_a_batch_that_breaks_off_gives_what_it_had(script: Callable[..., ModelRef]):
    engine = SystemEngine(script(FAULTS["too few lines"][0], session="batch"))
    with pytest.raises(UpstreamFailed) as caught:
        engine.generate(PROMPTS[:3], SETTINGS)
    engine.close()
    assert sorted(caught.value.done) == [0, 2]
    assert caught.value.done[0].usage.input == 2


@pytest.mark.capability("engine-system", verified="real")
def test_an_edited_script_is_another_candidate(script: Callable[..., ModelRef], tmp_path: Path):
    model = script(ECHO)
    before = describe(model).fingerprint
    path = Path(shlex.split(model.model)[1])
    assert describe(model).fingerprint == before
    path.write_text(ECHO + "# edited\n")
    assert describe(model).fingerprint != before
    path.write_text(ECHO)
    assert describe(model).fingerprint == before


@pytest.mark.parametrize("command", ["./run --rules=rules.txt", "python3 run", "bash -c run rules.txt"])
def test_files_that_a_command_names_are_seen_from_its_folder(tmp_path: Path, command: str):
    (tmp_path / "run").write_text("one")
    (tmp_path / "rules.txt").write_text("one")
    model = ModelRef("sys", "system", command, options={"cwd": str(tmp_path)})
    prints = {describe(model).fingerprint}
    (tmp_path / "run").write_text("two")
    prints.add(describe(model).fingerprint)
    assert len(prints) == 2
    if "rules" in command:
        (tmp_path / "rules.txt").write_text("two")
        assert describe(model).fingerprint not in prints
