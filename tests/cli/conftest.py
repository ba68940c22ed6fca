"""A project folder with a small workload that a linear classifier meets, and the command line run on it."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from rung.cli import main
from rung.cli.places import machine_speed
from rung.ledger import Event, Ledger
from rung.prediction import TYPICAL

WORKLOAD = """\
name: intents
task: classify
data: {train: train.jsonl, tune: tune.jsonl, evaluation: eval.jsonl}
bar: {metric: accuracy, at_least: 0.7}
volume: {requests_per_day: 1000, lifetime_days: 365}
place: {region: FR}
methods: {only: [tfidf-logreg, tfidf-svm]}
owner: {team: search, cost_center: "42"}
"""
WORDS = {
    "lost": ["lost", "stolen", "missing", "gone", "wallet", "block"],
    "rate": ["rate", "exchange", "currency", "euro", "dollar", "percent"],
    "send": ["send", "transfer", "pay", "wire", "friend", "abroad"],
}


def rows(prefix: str, count: int) -> list[dict[str, Any]]:
    """Messages whose words tell the label, each with a number of its own."""
    rng = random.Random(prefix)
    labels = sorted(WORDS)
    return [
        {"input": f"{prefix} {n}: " + " ".join(rng.choices(WORDS[labels[n % 3]], k=5)), "output": labels[n % 3]}
        for n in range(count)
    ]


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def refused(self) -> tuple[str, str]:
        """The problem and the mend of an error that is told as it should be: two lines on stderr, nothing besides."""
        assert self.code == 2, self
        assert self.out == "", self
        assert "Traceback" not in self.err, self
        lines = self.err.splitlines()
        assert [line[:7] for line in lines] == ["error: ", " mend: "], self
        assert len(lines[1]) > len(" mend: "), self
        return lines[0].removeprefix("error: "), lines[1].removeprefix(" mend: ")

    def json(self) -> Any:
        """What a program would read."""
        return json.loads(self.out)


class Project:
    """A folder, and `rung` run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / ".rung"
        self.workload = folder / "workload.yaml"

    def fill(self) -> None:
        """The workload and its data."""
        self.workload.write_text(WORKLOAD)
        for name, count in (("train", 60), ("tune", 15), ("eval", 90)):
            self.jsonl(f"{name}.jsonl", rows(name, count))

    def jsonl(self, name: str, content: Sequence[Mapping[str, Any]]) -> Path:
        """A data file."""
        path = self.folder / name
        path.write_text("".join(json.dumps(row) + "\n" for row in content))
        return path

    def change(self, old: str, new: str) -> None:
        """Change the workload file."""
        text = self.workload.read_text()
        assert old in text
        self.workload.write_text(text.replace(old, new))

    def rung(self, *arguments: str | Path, stdin: str = "") -> Ran:
        """Run the command line in this process."""
        out, err = io.StringIO(), io.StringIO()
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            with redirect_stdout(out), redirect_stderr(err), patch("sys.stdin", io.StringIO(stdin)):
                code = main([str(argument) for argument in arguments])
        finally:
            os.chdir(before)
        return Ran(code, out.getvalue(), err.getvalue())

    def start(
        self,
        *arguments: str | Path,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
    ) -> subprocess.Popen[bytes]:
        """Start the command line as a process of its own, on a machine that is calibrated already."""
        with patch("rung.prediction.calibrate", lambda: TYPICAL):
            machine_speed(self.home)
        command = [sys.executable, "-m", "rung", *map(str, arguments)]
        environment = dict(os.environ)
        # Output is buffered, as for most users: an error may then come as late as the last flush.
        environment.pop("PYTHONUNBUFFERED", None)
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=environment,
            # A shell starts what it sends to the background with SIGINT ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def finish(self, process: subprocess.Popen[bytes], *, within_s: float = 120) -> Ran:
        """Wait for a started process; it never outlives the test."""
        try:
            out, err = process.communicate(timeout=within_s)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return Ran(process.returncode, (out or b"").decode(), (err or b"").decode())

    def events(self) -> list[Event]:
        """Everything in the ledger."""
        with Ledger(self.home / "ledger.db") as ledger:
            return list(ledger.events())


@pytest.fixture(scope="session", autouse=True)
def no_calibration() -> Iterator[None]:
    """Calibrating this machine takes seconds, and is tested elsewhere."""
    with patch("rung.prediction.calibrate", lambda: TYPICAL):
        yield


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that has not climbed."""
    project = Project(tmp_path / "project")
    project.folder.mkdir()
    project.fill()
    return project


@pytest.fixture(scope="session")
def climbed_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with one finished run; not to be touched."""
    project = Project(tmp_path_factory.mktemp("climbed"))
    project.fill()
    ran = project.rung("climb", "workload.yaml", "--json")
    assert ran.code == 0, ran
    return project


@pytest.fixture
def climbed(climbed_once: Project, tmp_path: Path) -> Project:
    """A copy of it."""
    shutil.copytree(climbed_once.folder, tmp_path / "climbed")
    return Project(tmp_path / "climbed")
