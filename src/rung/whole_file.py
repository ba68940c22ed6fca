"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from rung.errors import BadInput


def write_whole(path: Path, text: str) -> None:
    """Write a text file (UTF-8); what is there is replaced only when the new one is whole.

    A symbolic link is followed, so that it stays one. The temporary file has a name of its own: two writers at once
    leave the file of the later one.

    Raises:
        BadInput: what is there is no regular file (a device, a folder).
        OSError: it cannot be written.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise BadInput(f"{path} is no regular file", mend="name a file; it is made or replaced")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
