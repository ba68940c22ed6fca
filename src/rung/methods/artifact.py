"""How a built method lies on disk: `method.json`, arrays without pickle, plain JSON lists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rung.errors import BadRelease

if TYPE_CHECKING:
    import numpy as np

SETTINGS: Final = "method.json"
VERSION: Final = 1

Arrays = dict[str, "np.ndarray[Any, np.dtype[Any]]"]


def write_settings(into: Path, method: str, body: Mapping[str, Any]) -> None:
    """Write `method.json`."""
    write_json(into / SETTINGS, {"method": method, "version": VERSION, **body})


def read_settings(artifact: Path, method: str) -> dict[str, Any]:
    """Read `method.json`.

    Raises:
        BadRelease: it is missing, broken, or of another method or version.
    """
    body = read_json(artifact / SETTINGS)
    if body.get("method") != method or body.get("version") != VERSION:
        raise BadRelease(
            f"{artifact / SETTINGS} is of method {body.get('method')!r} version {body.get('version')!r}, "
            f"not {method!r} version {VERSION}",
            mend="build the candidate again with this version of rung",
        )
    return body


def write_json(path: Path, value: Any) -> None:
    """Write compact JSON."""
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        BadRelease: the file is missing or broken.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(path, error) from error


def write_arrays(path: Path, **arrays: Any) -> None:
    """Write numpy arrays of plain types to an `.npz`."""
    import numpy as np

    np.savez(path, allow_pickle=False, **arrays)


def read_arrays(path: Path) -> Arrays:
    """Read an `.npz`; objects (pickles) are refused.

    Raises:
        BadRelease: the file is missing, broken or holds objects.
    """
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(stored)
    except (OSError, ValueError) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> BadRelease:
    return BadRelease(f"cannot read {path}: {error}", mend="build the candidate again")
