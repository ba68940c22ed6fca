"""The status page says what the tests hold, in one process and in several."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import ROOT

PROMISES = """
[[capability]]
name = "real-thing"
promised = "it works"
[[capability]]
name = "faked-thing"
promised = "it works | against a fake"
[[capability]]
name = "forgotten-thing"
promised = "nobody tests it"
[[capability]]
name = "absent-here"
promised = "it needs what is not here"
[[capability]]
name = "left-out"
promised = "its test is deselected"
[[capability]]
name = "broken-thing"
promised = "it does not work"
[[capability]]
name = "of-a-class"
promised = "a class holds it"
"""
TESTS = """
import pytest

@pytest.mark.capability("real-thing", verified="real")
@pytest.mark.capability("faked-thing", verified="stub")
@pytest.mark.parametrize("n", range(6))
def test_many(n): pass

@pytest.mark.capability("absent-here", verified="real")
def test_skipped(): pytest.skip("the thing is not here")

@pytest.mark.slow
@pytest.mark.capability("left-out", verified="real")
def test_left_out(): pass

@pytest.mark.capability("broken-thing", verified="real")
@pytest.mark.parametrize("n", range(3))
def test_broken(n): assert n != 1

@pytest.mark.capability("of-a-class", verified="real")
class TestAll:
    def test_one(self): pass
    def test_two(self): pass
"""
EXPECTED = {
    "real-thing": "real",
    "faked-thing": "against a stub",
    "forgotten-thing": "absent",
    "absent-here": "skipped: the thing is not here",
    "left-out": "not run",
    "broken-thing": "failed",
    "of-a-class": "real",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "capabilities.toml").write_text(PROMISES, encoding="utf-8")
    (tmp_path / "test_things.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: slow\n", encoding="utf-8")
    return tmp_path


def run(project: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("processes", ["0", "2"])
def test_the_page_is_the_same_in_one_process_and_in_two(project: Path, processes: str) -> None:
    said = run(project, "-n", processes, "--status-file", "out/status.md")
    page = (project / "out" / "status.md").read_text(encoding="utf-8")
    first = page.split("## Tests")[0]
    rows = dict(re.findall(r"^\| ([\w-]+) \| .* \| ([^|]+) \|$", first, flags=re.MULTILINE))
    assert {name: rows[name] for name in EXPECTED} == EXPECTED, said
    assert "| real-thing | `test_things.py::test_many` | real | passed |" in page
    assert "| of-a-class | `test_things.py::TestAll` | real | passed |" in page
    assert "it works \\| against a fake" in page
    assert "Of 7 capabilities: 2 real, 1 against a stub, 1 absent, 3 other." in page


def test_nothing_is_written_without_the_option(project: Path) -> None:
    run(project)
    assert sorted(path.suffix for path in project.iterdir() if path.is_file()) == [".ini", ".py", ".py", ".toml"]


@pytest.mark.parametrize("marker", ['"unheard-of", verified="real"', '"real-thing"', '"real-thing", verified="maybe"'])
def test_a_marker_that_promises_nothing_is_refused(project: Path, marker: str) -> None:
    test = f"import pytest\n@pytest.mark.capability({marker})\ndef test_it(): pass\n"
    (project / "test_things.py").write_text(test, encoding="utf-8")
    assert "with a name of capabilities.toml" in run(project)
