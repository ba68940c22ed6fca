"""A JSON file that somebody gave: what it holds, or one error that names the file and the line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rung.errors import BadData


def read_json(path: Path, *, mend: str, absent: str | None = None) -> Any:
    """What a file holds; a byte order mark is no part of it.

    Args:
        path: of the file.
        mend: what the reader can do where it is no JSON.
        absent: what the reader can do where there is no file; `mend` otherwise.

    Raises:
        BadData: it is not there, cannot be opened, is not UTF-8, not JSON, or nested too deeply.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BadData(f"{path}: there is no such file", mend=absent or mend) from None
    except OSError as error:
        raise BadData(f"{path}: cannot be opened: {error.strerror}", mend=absent or mend) from None
    except UnicodeDecodeError:
        raise BadData(f"{path}: not UTF-8 text", mend=mend) from None
    except json.JSONDecodeError as error:
        raise BadData(f"{path}:{error.lineno}: not JSON: {error.msg}", mend=mend) from None
    except RecursionError:
        raise BadData(f"{path}:1: JSON that is nested too deeply", mend=mend) from None
