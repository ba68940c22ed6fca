"""One climb at a time in one project: two would build the same artifact in the same place."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rung.errors import BadInput


@contextmanager
def sole_turn(home: Path) -> Generator[None]:
    """Hold the project's lock; the system lets go of it when the process ends, however it ends.

    Raises:
        BadInput: another climb holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "climb.lock").open("a") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                raise BadInput(
                    f"another climb is running in {home}", mend="wait for it, or name another folder with --home"
                ) from problem
        yield
