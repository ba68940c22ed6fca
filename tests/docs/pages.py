"""The pages of the documentation, and the code blocks in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)``` *$", re.MULTILINE | re.DOTALL)
SHELL = ("bash", "console", "sh", "shell")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text without the indent, and the line where it begins."""

    language: str
    text: str
    line: int


def all_pages() -> list[Path]:
    """Every Markdown file that a reader may open."""
    beside = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LOG.md")]
    return [*sorted(DOCS.rglob("*.md")), *(path for path in beside if path.is_file())]


def name_of(page: Path) -> str:
    """Path from the root, for test ids."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        body = "\n".join(line[indent:] for line in match["body"].split("\n"))
        language = match["info"].split()[0].lower() if match["info"].split() else ""
        found.append(Block(language, body, text.count("\n", 0, match.start()) + 2))
    return found


def without_code(text: str) -> str:
    """A page without fenced blocks, code spans and comments, where a bracket means something else."""
    bare = FENCE.sub("", text)
    return re.sub(r"`[^`\n]*`|<!--.*?-->", "", bare, flags=re.DOTALL)


def shell_commands(text: str) -> Iterator[list[str]]:
    """The commands of a shell block, in words: `$ ` prompts, comments, pipes, redirects and assignments left out.

    In a block with prompts, the other lines are output.
    """
    lines = text.replace("\\\n", " ").split("\n")
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    for line in lines:
        words = shlex.split(line, comments=True)
        command: list[str] = []
        for word in [*words, ";"]:
            if word in ("|", ";", "&&", "||"):
                if command:
                    yield command
                command = []
            elif command or not re.fullmatch(r"[A-Z_]+=.*", word):
                command.append(word)


def until_redirect(words: list[str]) -> list[str]:
    """The words before the first redirection."""
    for place, word in enumerate(words):
        if re.match(r"[0-9]?[<>]", word):
            return words[:place]
    return words
