"""What a climb does with errors that nobody foresaw: named, their traceback kept, and told like any other."""

from __future__ import annotations

import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rung.errors import RungError, Unexpected
from rung.types import Candidate

ERROR_FILE: Final = "error.txt"


@contextmanager
def blamed(what: str) -> Generator[None]:
    """Say what was being done when code inside raises something that is no `RungError`.

    Args:
        what: whose code, and what it was doing.

    Raises:
        Unexpected: in its place. An interrupt goes through.
    """
    try:
        yield
    except RungError:
        raise
    except Exception as raised:
        raise Unexpected(what, raised) from raised


def candidate_at(candidate: Candidate, doing: str) -> str:
    """A candidate and whose code stands behind it, for `blamed`.

    Args:
        candidate: the candidate.
        doing: in which step, e.g. `being built`.
    """
    model = candidate.model
    on = "" if model is None else f", model {model.name!r}, engine {model.engine!r}"
    return f"the candidate {candidate.name!r} (method {candidate.method!r}{on}) broke while {doing}"


@contextmanager
def traceback_kept(folder: Path, what: str) -> Generator[None]:
    """Keep the traceback of an unexpected error in a folder, and say in its mend where.

    Args:
        folder: made when it is needed.
        what: what was being done, where nobody inside said so.

    Raises:
        Unexpected: naming the file. Errors of the system (a full disk, a missing right) go through as they are.
    """
    try:
        yield
    except Unexpected as error:
        if error.kept is not None:
            raise
        raise _kept(error.what, error.raised, folder) from error.raised
    except (RungError, OSError):
        raise
    except Exception as raised:
        raise _kept(what, raised, folder) from raised


def _kept(what: str, raised: Exception, folder: Path) -> Unexpected:
    file: Path | None = folder / ERROR_FILE
    text = "".join(traceback.format_exception(raised))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ERROR_FILE).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError:
        file = None
    return Unexpected(what, raised, kept=file)
