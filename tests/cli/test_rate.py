"""`rung rate`: start, status, link, export, report, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from rung.cli import main
from rung.evaluation.people import RatingStore
from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored
from rung.evaluation.results import write_results

pytest.importorskip("uvicorn", reason="the extra `people` is not installed")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    items = tuple(EvalItem(f"q{n}", f"question {n}") for n in range(8))
    scored = {
        s: {i.id: Scored(Response(i.id, s, f"{s} says {n}"), {"judge": n / 10}) for n, i in enumerate(items)}
        for s in ("big", "small")
    }
    write_results(tmp_path / "results.jsonl", EvalResults("set", 0, items, (MetricInfo("judge"),), scored))
    return tmp_path / "results.jsonl"


def started(*options: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    command = [sys.executable, "-m", "rung", "rate", "start", *options, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def ended(process: subprocess.Popen[str], how: signal.Signals) -> tuple[int, str]:
    os.kill(process.pid, how)
    _, said = process.communicate(timeout=20)
    return process.returncode, said


@pytest.mark.capability("rate", verified="real")
def test_a_study_from_start_to_report(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process, said = started(str(results), "--raters", "2", "--per-item", "2", "--kind", "thumbs", "--items", "5")
    first, second = (row["link"] for row in said["links"])
    for place in range(1, 6):
        found = httpx.post(f"{first}{place}", data={"A": "1", "B": "0"})
        assert found.status_code == 303
    code, told = ended(process, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert "5 items of 2 systems, 5 tasks a rater" in told
    token = first.rstrip("/").rsplit("/", 1)[1]
    assert token not in told, "stderr may end up in a log"

    again, repeated = started()
    assert (repeated["port"], repeated["links"]) == (said["port"], []), "the same address, so links stay"
    assert "5 of 5 rated" in httpx.get(first).text
    for place in range(1, 6):
        assert httpx.post(f"{second}{place}", data={"A": "1", "B": "1"}).status_code == 303
    code, told = ended(again, signal.SIGINT)
    assert code == 0
    assert "every rating is kept" in told

    assert main(["rate", "status"]) == 0
    assert "rater 2: 5 of 5" in capsys.readouterr().out
    assert main(["rate", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["raters"][0]["rated"] == 5

    assert main(["rate", "report", "--json", "--judge", "results.jsonl", "--metric", "judge"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["ratings"] == 10
    assert figures["judged"]["systems"][0]["labelled"] == 5
    assert figures["judged"]["systems"][0]["unlabelled"] == 3
    assert main(["rate", "report", "--judge", "results.jsonl", "--metric", "judge"]) == 0
    assert "5 labels are few" in capsys.readouterr().out

    assert main(["rate", "export", "--out", "ratings.jsonl"]) == 0
    assert len(Path("ratings.jsonl").read_text().splitlines()) == 10
    capsys.readouterr()
    assert main(["rate", "export", "--format", "bedrock"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [len(line["humanEvaluationResult"]["humanAnswers"]) for line in lines] == [2] * 5

    assert main(["rate", "link", "1"]) == 0
    link = capsys.readouterr().out.strip()
    assert link != first
    store = RatingStore(Path("ratings.db"))
    assert store.rater_of(token) is None
    assert store.rater_of(link.rstrip("/").rsplit("/", 1)[1]) is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["start"], "holds no study"),
        (["status"], "holds no study"),
        (["export", "--db", "results.jsonl"], "results.jsonl cannot be used"),
        (["start", "absent.jsonl"], "no such file: absent.jsonl"),
        (["start", "results.jsonl", "--per-item", "2"], "2 raters an item"),
        (["start", "results.jsonl", "--system", "none"], "no system 'none'"),
        (["start", "results.jsonl", "--system", "big"], "compares systems"),
        (["start", "results.jsonl", "--instructions", "no.md"], "no.md: cannot be opened"),
        (["start", "results.jsonl", "--port", "99999"], "cannot listen on 127.0.0.1:99999"),
        (["start", "results.jsonl", "--host", "203.0.113.7"], "cannot listen on 203.0.113.7"),
        (["report", "--judge", "results.jsonl"], "--judge and --metric belong together"),
    ],
)
def test_what_cannot_be_is_one_error_with_its_mend(
    results: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rate", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "\n mend: " in told
    assert not Path("ratings.db").exists(), "no study is made whose links nobody was told"


def test_a_file_with_another_study_is_not_written_over(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process, _ = started(str(results), "--seed", "1")
    ended(process, signal.SIGKILL)
    assert main(["rate", "start", "results.jsonl", "--seed", "2"]) == 2
    assert "ratings.db holds another study" in capsys.readouterr().err
    process, said = started(str(results), "--seed", "1")
    assert said["links"] == [], "the same study goes on"
    assert main(["rate", "link", "7"]) == 2
    assert "no rater 7" in capsys.readouterr().err
    code, _ = ended(process, signal.SIGTERM)
    assert code in (0, -signal.SIGTERM)


def test_an_address_that_others_reach_is_warned_of(results: Path) -> None:
    process, said = started(str(results), "--host", "0.0.0.0")
    assert said["host"] != "0.0.0.0", "a link has to lead somewhere"
    _, told = ended(process, signal.SIGINT)
    assert "nothing is encrypted" in told


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_without_the_extra_the_error_names_it(results: Path, package: str) -> None:
    script = f"import sys; sys.modules[{package!r}] = None; from rung.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", script, "rate", "start", str(results)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert f"the package '{package}' is not installed\n mend: pip install 'rung[people]'" in done.stderr
    done = subprocess.run([*command[:4], "status"], capture_output=True, text=True, check=False, timeout=60)
    assert "holds no study" in done.stderr, "the rest works without it"
