"""The whole path by the command line: from a data file to a release that answers, and back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from rung.errors import UpstreamFailed
from tests.cli.conftest import Project, Ran, rows


@pytest.mark.capability("answer", verified="real")
@pytest.mark.capability("method-tfidf", verified="real")
def test_from_a_data_file_to_a_release_that_answers(tmp_path: Path):
    project = Project(tmp_path)
    project.jsonl("messages.jsonl", rows("message", 360))

    assert project.rung("init", "messages.jsonl").code == 0
    project.change("at_least: 0.85", "at_least: 0.7")
    checked = project.rung("check", "workload.yaml")
    assert checked.code == 0
    assert "workload.yaml is ready" in checked.out
    dry = project.rung("climb", "workload.yaml", "--dry-run")
    assert dry.code == 0
    assert "tfidf-logreg" in dry.out
    assert not (tmp_path / ".rung" / "artifacts").exists()

    climb = project.rung("climb", "workload.yaml")
    assert climb.code == 0, climb
    assert "passed after" in climb.err
    (run,) = project.rung("runs", "--json").json()
    assert run["finished"]
    assert run["choice"].startswith("tfidf")
    assert project.rung("report").out.strip().endswith("report.html")
    assert "Why it" in project.rung("explain", "last", run["choice"]).out

    assert project.rung("ledger", "verify").out == "the ledger is sound\n"
    shown = project.rung("ledger", "show")
    assert shown.code == 0
    assert run["run"] in shown.out

    assert project.rung("promote", "last").code == 0
    assert project.rung("answer", "messages", "my wallet was stolen").out == "lost\n"
    assert project.rung("promote", run["run"], "--candidate", run["choice"]).code == 0
    releases = project.rung("releases", "--json").json()
    assert releases == [{"release": "messages", "current": 2, "versions": [1, 2]}]
    assert project.rung("answer", "messages@2", "what is the euro rate").out == "rate\n"
    assert "version 1 is current" in project.rung("rollback", "messages").out
    assert project.rung("releases").out == "messages  current 1  of 1, 2\n"
    problem, mend = project.rung("rollback", "messages").refused()
    assert "no earlier version" in problem
    assert mend == "rung promote RUN"
    kinds = [event.kind for event in project.events()]
    assert kinds.count("promoted") == 2
    assert kinds.count("rolled_back") == 1


def test_init_leaves_a_file_that_is_there(project: Project):
    before = project.workload.read_text()
    problem, mend = project.rung("init", "train.jsonl").refused()
    assert "workload.yaml is there already" in problem
    assert "--force" in mend
    assert project.workload.read_text() == before
    assert project.rung("init", "train.jsonl", "--force").code == 0
    assert project.workload.read_text() != before


@pytest.mark.parametrize(
    "command",
    [
        ("check", "workload.yaml", "--json"),
        ("schema",),
        ("climb", "workload.yaml", "--dry-run", "--json"),
        ("climb", "workload.yaml", "--json"),
        ("runs", "--json"),
        ("report", "last", "--json"),
        ("ledger", "show", "--json"),
    ],
    ids=" ".join,
)
def test_json_is_one_value_on_stdout(climbed: Project, command: tuple[str, ...]):
    ran = climbed.rung(*command)
    assert ran.code == 0, ran
    assert ran.json()


def test_events_as_json_are_a_value_a_line_with_their_owner(climbed: Project):
    lines = climbed.rung("ledger", "show", "--events", "--json").out.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["seq"] for event in events] == [event.seq for event in climbed.events()]
    assert all(event["owner"] == {"team": "search", "cost_center": "42"} for event in events)
    (started,) = climbed.rung("ledger", "show", "--kind", "started", "--json").out.splitlines()
    assert json.loads(started)["body"]["workload"] == "intents"


def test_the_plan_on_stdout_is_the_plan_in_the_folder_and_in_the_ledger(climbed: Project):
    printed = climbed.rung("climb", "workload.yaml", "--json").json()
    assert json.loads((climbed.home / "runs" / printed["run"] / "plan.json").read_text()) == printed
    assert climbed.events()[-1].body["plan"] == printed
    assert climbed.rung("report", printed["run"], "--json").json() == printed


@pytest.mark.capability("trials-once", verified="real")
def test_a_climb_again_runs_no_trial_again(climbed: Project):
    trials = [event for event in climbed.events() if event.kind == "trial"]
    again = climbed.rung("climb", "workload.yaml", "--json").json()
    assert again["search"]["calls"] == 0
    assert [event for event in climbed.events() if event.kind == "trial"] == trials


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.capability("report-html", verified="real")
def test_the_report_is_made_again_from_the_ledger_alone(climbed: Project):
    """`runs/`, the artifacts, the workload file and its data are gone; every file of the run comes back as it was."""
    before = files_of(climbed.home / "runs")
    assert sorted(Path(name).name for name in before) == ["plan.json", "report.html"]
    for folder in ("runs", "artifacts"):
        shutil.rmtree(climbed.home / folder)
    for path in climbed.folder.glob("*.*l"):
        path.unlink()
    assert climbed.rung("report", "last").code == 0
    assert files_of(climbed.home / "runs") == before


def test_a_report_can_be_written_elsewhere(climbed: Project):
    assert climbed.rung("report", "last", "--out", "out/why.html").out == "out/why.html\n"
    (folder,) = (climbed.home / "runs").iterdir()
    assert (climbed.folder / "out" / "why.html").read_bytes() == (folder / "report.html").read_bytes()


def test_nothing_passes(project: Project):
    project.change("at_least: 0.7", "at_least: 0.999")
    shuffled = [{**row, "output": "lost"} if n % 2 else row for n, row in enumerate(rows("eval", 90))]
    project.jsonl("eval.jsonl", shuffled)
    ran = project.rung("climb", "workload.yaml")
    assert ran.code == 1
    assert "Nothing is chosen" in ran.out
    assert "Traceback" not in ran.err
    (run,) = project.rung("runs", "--json").json()
    assert run["finished"]
    assert run["choice"] is None
    assert "nothing passed" in project.rung("runs").out
    problem, mend = project.rung("promote", "last").refused()
    assert "chose nothing" in problem
    assert "--candidate" in mend
    assert project.rung("climb", "workload.yaml", "--resume").refused()[0].startswith("there is no unfinished run")


def test_what_has_not_passed_is_promoted_only_with_a_word(project: Project):
    project.change("at_least: 0.7", "at_least: 0.999")
    project.rung("climb", "workload.yaml")
    ran = project.rung("promote", "last", "--candidate", "tfidf-logreg")
    assert ran.code == 0
    assert "note: tfidf-logreg is not shown to meet the bar" in ran.err


@pytest.mark.capability("budgets", verified="real")
@pytest.mark.parametrize("budget", [("--budget-kj", "1e-9"), ("--budget-minutes", "1e-9")], ids=" ".join)
def test_a_budget_ends_a_climb_and_more_of_it_goes_on(project: Project, budget: tuple[str, str]):
    ran = project.rung("climb", "workload.yaml", *budget)
    assert ran.code == 1
    assert "budget" in ran.out
    assert project.rung("runs", "--json").json()[0]["finished"] is False
    on = project.rung("climb", "workload.yaml", "--resume", "--json")
    assert on.code == 0
    assert on.json()["finished"]
    assert len(project.rung("runs", "--json").json()) == 1


def test_a_budget_that_is_used_up_does_not_unlearn_what_a_resume_goes_over(project: Project):
    """All of a run is in the ledger but its end; resumed without a minute left it still says what it knew."""
    whole = project.rung("climb", "workload.yaml", "--policy", "lifetime", "--json").json()
    with_ladder = project.rung("climb", "workload.yaml", "--json").json()
    assert [c["decision"] for c in with_ladder["candidates"]] == [c["decision"] for c in whole["candidates"]]
    other = Project(project.folder)
    calls = 0

    def stop(*_: object) -> list[Any]:
        nonlocal calls
        calls += 1
        raise UpstreamFailed("the model is gone", mend="start it again")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("rung.climb.run.assemble", lambda *_, **__: stop())
        assert other.rung("climb", "workload.yaml").code == 2
    on = other.rung("climb", "workload.yaml", "--resume", "--budget-minutes", "1e-9", "--json").json()
    assert on["finished"]
    assert on["policies"][0]["candidate"] == whole["policies"][0]["candidate"]


@pytest.mark.capability("two-policies", verified="real")
def test_a_single_policy(climbed: Project):
    ladder = climbed.rung("climb", "workload.yaml", "--policy", "ladder", "--json").json()
    assert [p["candidate"] is None for p in ladder["policies"]] == [True, False]
    assert climbed.rung("runs", "--json").json()[-1]["choice"] == ladder["policies"][1]["candidate"]
    lifetime = climbed.rung("climb", "workload.yaml", "--policy", "lifetime", "--json").json()
    assert [p["candidate"] is None for p in lifetime["policies"]] == [False, True]


UNKNOWN = {
    "report": (("report", "2020"), "there is no run '2020'", "rung runs"),
    "explain, run": (("explain", "zzz", "tfidf-svm"), "there is no run 'zzz'", "rung runs"),
    "explain, candidate": (("explain", "last", "gpt"), "no candidate 'gpt'", "the report lists"),
    "promote, run": (("promote", "zzz"), "there is no run 'zzz'", "rung runs"),
    "promote, candidate": (("promote", "last", "--candidate", "x"), "no candidate 'x'", "choose among"),
    "promote, name": (("promote", "last", "--name", "../x"), "cannot be the name of a release", "letters"),
    "rollback": (("rollback", "bot"), "there is no release 'bot'", "rung promote"),
    "answer": (("answer", "bot", "hello"), "there is no release 'bot'", "rung promote"),
    "ledger": (("ledger", "show", "--run", "zzz"), "there is no run 'zzz'", "rung runs"),
    "forget, run": (("ledger", "forget", "--run", "zzz"), "there is no run 'zzz'", "rung runs"),
    "forget, nothing": (("ledger", "forget"), "say what to forget", "--containing"),
    "forget, two ways": (("ledger", "forget", "--all", "--run", "last"), "in one way", "--containing"),
    "resume": (("climb", "workload.yaml", "--resume"), "no unfinished run", "leave --resume out"),
    "home": (("runs", "--home", "elsewhere"), "there is no ledger at elsewhere", "--home"),
    "out of place": (("report", "last", "--out", "workload.yaml/x.html"), "workload.yaml", "check the path"),
    "home is a file": (("climb", "workload.yaml", "--home", "workload.yaml"), "workload.yaml", "check the path"),
}


@pytest.mark.parametrize(("command", "problem", "mend"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_there_is_told_with_the_mend(climbed: Project, command: tuple[str, ...], problem: str, mend: str):
    got = climbed.rung(*command).refused()
    assert problem in got[0]
    assert mend in got[1]


@pytest.mark.parametrize(
    "command", [(), ("fly",), ("climb",), ("climb", "workload.yaml", "--budget-kj", "much"), ("explain", "last")]
)
def test_a_command_that_cannot_be_read_is_exit_code_2(climbed: Project, command: tuple[str, ...]):
    ran = climbed.rung(*command)
    assert ran.code == 2
    assert "Traceback" not in ran.err + ran.out


def test_help_and_version_are_exit_code_0(climbed: Project):
    for command in ("--help", "-h", "--version"):
        ran = climbed.rung(command)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out


@pytest.mark.capability("ledger-command", verified="real")
def test_forgotten_texts_are_gone_and_the_rest_stays(climbed: Project):
    report = climbed.rung("report", "last", "--json").json()
    before = climbed.events()
    ran = climbed.rung("ledger", "forget", "--containing", "WALLET")
    assert ran.code == 0
    assert int(ran.out.split()[0]) > 0
    assert climbed.rung("ledger", "forget", "--containing", "wallet").out.startswith("0 texts")
    assert climbed.rung("ledger", "forget", "--run", "last").code == 0
    assert climbed.rung("ledger", "forget", "--all").out.startswith("0 texts")
    assert climbed.events() == before
    assert climbed.rung("ledger", "verify").code == 0
    assert climbed.rung("report", "last", "--json").json() == report
    assert climbed.rung("climb", "workload.yaml", "--json").json()["search"]["calls"] == 0


def test_the_home_may_stand_in_the_environment(climbed: Project, monkeypatch: pytest.MonkeyPatch):
    climbed.home.rename(climbed.folder / "kept")
    monkeypatch.setenv("RUNG_HOME", "kept")
    assert climbed.rung("ledger").out == climbed.rung("ledger", "show", "--home", "kept").out != ""
    assert climbed.rung("runs", "--json").json()
    assert not climbed.home.exists()


def test_a_broken_ledger_is_told(climbed: Project):
    path = climbed.home / "ledger.db"
    data = bytearray(path.read_bytes())
    for page in range(4096 * 3, len(data), 4096):
        data[page : page + 600] = b"\xff" * 600
    path.write_bytes(data)
    verified = climbed.rung("ledger", "verify")
    assert verified.code == 2
    assert "Traceback" not in verified.err
    assert "sound" not in verified.out
    for command in (("runs",), ("report", "last"), ("climb", "workload.yaml")):
        assert "ledger.db" in climbed.rung(*command).refused()[0]


# -- answering ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def released(climbed: Project) -> Project:
    assert climbed.rung("promote", "last", "--name", "bot").code == 0
    return climbed


def test_lines_of_stdin_are_answered_one_each(released: Project):
    ran = released.rung("answer", "bot", stdin="send to a friend abroad\n\nthe wallet was stolen\n")
    assert (ran.code, ran.out) == (0, "send\nlost\n")
    row = json.loads(released.rung("answer", "bot", "--json", "the wallet was stolen").out)
    assert (row["input"], row["answer"], row["error"]) == ("the wallet was stolen", "lost", None)


@pytest.mark.parametrize(("texts", "stdin"), [((), ""), ((), " \n\n"), (("",), ""), (("send", " "), "")])
def test_an_empty_input_is_refused(released: Project, texts: tuple[str, ...], stdin: str):
    problem, mend = released.rung("answer", "bot", *texts, stdin=stdin).refused()
    assert "no input, or an empty one" in problem
    assert "stdin" in mend


def test_input_that_is_not_utf8_is_told(released: Project):
    process = released.start("answer", "bot", stdin=-1)
    out, err = process.communicate(b"caf\xe9\n", timeout=60)
    problem, mend = Ran(process.returncode, out.decode(), err.decode()).refused()
    assert "not UTF-8" in problem
    assert "iconv" in mend


@pytest.mark.capability("release", verified="real")
def test_a_release_answers_without_workload_ledger_and_data_wherever_it_stands(released: Project, tmp_path: Path):
    shutil.move(released.home / "releases" / "bot" / "1", tmp_path / "moved")
    shutil.rmtree(released.folder)
    released.folder.mkdir()
    assert released.rung("answer", tmp_path / "moved", "the wallet was stolen").out == "lost\n"


@pytest.mark.parametrize("name", ["artifact/linear.npz", "artifact/method.json"])
def test_a_release_that_was_tampered_with_does_not_answer(released: Project, name: str):
    file = released.home / "releases" / "bot" / "1" / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    problem, mend = released.rung("answer", "bot", "the wallet was stolen").refused()
    assert f"changed: {name}" in problem
    assert "rung promote" in mend


@pytest.mark.parametrize("text", ["{}", "not JSON"])
def test_a_release_whose_manifest_is_broken_does_not_answer(released: Project, text: str):
    (released.home / "releases" / "bot" / "1" / "manifest.json").write_text(text)
    problem, mend = released.rung("answer", "bot", "the wallet was stolen").refused()
    assert "the manifest of" in problem
    assert "rung promote" in mend


def test_a_list_of_versions_that_is_broken_is_told(released: Project):
    (released.home / "releases" / "bot" / "current.json").write_text("{")
    problem, mend = released.rung("answer", "bot", "hello").refused()
    assert "current.json" in problem
    assert "rung promote" in mend


@pytest.mark.capability("release", verified="real")
def test_a_release_carries_its_embedder(project: Project, tmp_path: Path):
    from rung.testing.tiny import tiny_embedder

    folder = tmp_path / "embedder"
    folder.mkdir()
    tiny_embedder(folder)
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(b"a copy in another form")
    project.change("only: [tfidf-logreg, tfidf-svm]", f"only: [embed-logreg], embed-logreg: {{embedder: {folder}}}")
    assert project.rung("climb", "workload.yaml").code == 0
    assert project.rung("promote", "last", "--name", "bot").code == 0
    release = project.home / "releases" / "bot" / "1"
    files = json.loads((release / "manifest.json").read_text())["files"]
    assert "artifact/embedder/model.safetensors" in files
    assert not [name for name in files if "onnx" in name]
    shutil.move(release, tmp_path / "moved")
    shutil.rmtree(folder)
    assert project.rung("answer", tmp_path / "moved", "the wallet was stolen").out == "lost\n"
