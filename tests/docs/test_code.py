"""The code of the documentation runs, and its commands exist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from rung.cli.app import command
from rung.workload.schema import WorkloadFile
from rung.workload.yamlfile import parse_yaml

from .pages import SHELL, all_pages, blocks, name_of, shell_commands, until_redirect

pytestmark = pytest.mark.capability("docs-run", verified="real")

WITH_PYTHON = [page for page in all_pages() if any(b.language == "python" for b in blocks(page))]
WITH_YAML = [page for page in all_pages() if any(b.language == "yaml" for b in blocks(page))]
WHOLE: dict[str, Any] = {
    "task": "classify",
    "data": {"items": "items.jsonl"},
    "bar": {"metric": "accuracy", "at_least": 0.8},
    "volume": {"requests_per_day": 1, "lifetime_days": 1},
    "place": {"region": "FR"},
}
WITH_SHELL = [page for page in all_pages() if any(b.language in SHELL for b in blocks(page))]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_python_blocks_run(page: Path, tmp_path: Path) -> None:
    """Blocks of a page share their names, top to bottom; one that defines tests is given to pytest."""
    found = [block for block in blocks(page) if block.language == "python"]
    script = "\n\n".join(block.text for block in found)
    file = tmp_path / "test_page.py"
    file.write_text(script, encoding="utf-8")
    tests = any(line.startswith(("class Test", "def test_")) for line in script.split("\n"))
    run = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)] if tests else []
    done = subprocess.run(
        [sys.executable, "-W", "error", *run, str(file)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "RUNG_HOME": str(tmp_path / ".rung")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{name_of(page)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


@pytest.mark.parametrize("page", WITH_SHELL, ids=name_of)
def test_rung_commands_parse(page: Path) -> None:
    for block in blocks(page):
        if block.language in SHELL:
            for words in shell_commands(block.text):
                if words[0] == "rung":
                    parse(command(), until_redirect(words[1:]))


@pytest.mark.parametrize("page", WITH_YAML, ids=name_of)
def test_workload_files_are_right(page: Path) -> None:
    """A whole workload file is checked as it is; a part of one is put into a small whole."""
    for block in blocks(page):
        if block.language == "yaml":
            tree = parse_yaml(block.text, page).value
            assert isinstance(tree, dict), f"{name_of(page)}:{block.line}"
            WorkloadFile.model_validate(tree if "task" in tree else WHOLE | tree)


def parse(node: Any, words: list[str]) -> None:
    """See that a command, its options and its arguments are those of the app. Nothing is run.

    Raises:
        click.UsageError: they are not.
    """
    name = next((word for word in words if not word.startswith("-")), None)
    alone = getattr(node, "invoke_without_command", False) and bool(words) and words[0].startswith("-")
    if hasattr(node, "commands") and name is not None and not alone:
        if name not in node.commands:
            raise click.UsageError(f"no command {name!r} in {' '.join(words)!r}")
        parse(node.commands[name], words[words.index(name) + 1 :])
    elif not set(words) & {"-h", "--help", "--version"}:
        node.make_context("rung", list(words))


@pytest.mark.parametrize(
    "words", [["climb", "w.yaml", "--dry"], ["clim", "w.yaml"], ["ledger", "erase"], ["explain", "last"], ["climb"]]
)
def test_a_command_that_is_not_there_is_found(words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        parse(command(), words)


def test_commands_are_cut_out_of_shell_blocks() -> None:
    text = (
        "$ RUNG_HOME=x rung runs --json | head -1  # the first\noutput\n$ rung ledger && rung report \\\n  last > a.txt"
    )
    found = [until_redirect(words) for words in shell_commands(text)]
    assert found == [["rung", "runs", "--json"], ["head", "-1"], ["rung", "ledger"], ["rung", "report", "last"]]
