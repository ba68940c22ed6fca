"""The pages are whole: links lead somewhere, generated parts are up to date, and lists name what the code has."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest

import rung.errors
from rung.errors import RungError

from .pages import DOCS, ROOT, all_pages, name_of, without_code

LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<to>[^)\s]+)(?: \"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} (?P<text>.+?)(?: *\{#(?P<id>[^}]+)\})? *$", re.MULTILINE)
WORDS = (
    *("workload", "bar", "SLO", "functional unit", "candidate", "rung", "method", "recipe", "engine", "silicon"),
    *("region", "trial", "score", "referee", "footprint", "quantity", "origin", "ledger", "evidence", "plan"),
    *("release", "watch", "gate"),
)
"""The words of the architecture; each has one definition."""


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the site makes them."""
    found: set[str] = set()
    for match in HEADING.finditer(re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)):
        found.add(match["id"] or slug(match["text"]))
    return found


def slug(heading: str) -> str:
    """As Python-Markdown's table of contents makes it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())


@pytest.mark.parametrize("page", all_pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for match in LINK.finditer(without_code(page.read_text(encoding="utf-8"))):
        target = match["to"]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.exists(), f"{name_of(page)}: {target}"
        assert not anchor or to.suffix != ".md" or anchor in anchors(to), f"{name_of(page)}: {target}"
        if DOCS in page.parents:
            assert DOCS in to.parents, f"{name_of(page)}: {target} leaves the site"


def test_generated_pages_are_up_to_date(generate: ModuleType) -> None:
    assert generate.stale() == [], "run python docs/generate.py"


def test_a_page_that_is_not_up_to_date_is_named(generate: ModuleType, tmp_path: Path) -> None:
    assert generate.stale(tmp_path) == list(generate.pages())


def test_every_page_is_in_the_navigation() -> None:
    listed = set(re.findall(r"[\w/.-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert listed == {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}


def test_the_glossary_has_every_word_once() -> None:
    text = (DOCS / "concepts" / "glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\*\*(.+?)\*\*", text, flags=re.MULTILINE)
    assert len(words) == len(set(words))
    assert words == sorted(words, key=str.casefold)
    assert set(WORDS) <= set(words)


def test_every_error_is_listed_with_its_exit_code() -> None:
    text = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", text, flags=re.MULTILINE))
    found = {
        name: str(kind.exit_code)
        for name, kind in inspect.getmembers(rung.errors, inspect.isclass)
        if issubclass(kind, RungError)
    }
    assert rows == found


def test_every_kind_of_event_is_described() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "rung").rglob("*.py"))
    text = (DOCS / "reference" / "ledger-events.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## `(\w+)`", text, flags=re.MULTILINE)) == set(re.findall(r'NewEvent\(\s*"(\w+)"', source))


def test_no_place_of_a_machine_is_named() -> None:
    for page in all_pages():
        assert not re.search(r"(?<![\w.])/(home|work|root|Users)/", page.read_text(encoding="utf-8")), name_of(page)


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("material")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="https?://(?!\S*rung)', page.split("<footer")[0]), "the site loads from outside"
