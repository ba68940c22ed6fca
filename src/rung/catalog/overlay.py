"""A project's own rows: checked, then put before the built-in ones."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from rung.catalog.facts import built_in_columns, first_keys, key, overlay_rows, rows, tables, use
from rung.catalog.names import close
from rung.catalog.validation import Row, valid_rows
from rung.errors import BadData, BadInput
from rung.whole_file import write_whole


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did.

    Args:
        table: whose rows came.
        path: the overlay.
        added: keys that neither the tables nor the overlay had.
        replaced: keys that one of them had.
    """

    table: str
    path: Path
    added: int
    replaced: int


def refresh(file: Path, home: Path, *, table: str | None = None) -> Refreshed:
    """Check a CSV file and put its rows into the project's overlay; accessors read them before the built-in ones.

    Rows of an earlier refresh stay, unless a row of the same key comes. Nothing is written if any row is bad.

    Args:
        file: CSV with the columns of a table.
        home: the project's folder.
        table: the table; None takes the file's name without its ending.

    Raises:
        BadData: a row is bad; file and line are named.
        BadInput: there is no such table.
    """
    name = _table(file, table)
    use(home)
    fresh = valid_rows(name, _text(file), where=str(file), columns=built_in_columns(name), known=first_keys)
    kept = {key(name, row): row for row in overlay_rows(name)}
    known = {key(name, row) for row in rows(name)}
    taken = {key(name, row): row for row in fresh}
    path = home / "catalog" / f"{name}.csv"
    merged = [*fresh, *(row for row_key, row in kept.items() if row_key not in taken)]
    _write(path, built_in_columns(name), merged)
    use(home)
    replaced = sum(row_key in known for row_key in taken)
    return Refreshed(name, path, len(taken) - replaced, replaced)


def _table(file: Path, table: str | None) -> str:
    name = table or file.stem
    if name in tables():
        return name
    near = close(name, tables())
    hint = f"did you mean {', '.join(near)}? " if near else ""
    raise BadInput(
        f"{file}: {name!r} is not a table",
        mend=f"{hint}name the file after its table or say --table; there are {', '.join(tables())}",
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(f"{file}: not UTF-8 at byte {error.start}", mend="save the file as UTF-8") from None


def _write(path: Path, columns: tuple[str, ...], lines: list[Row]) -> None:
    """Replace the file at once: a reader sees the old rows or the new ones, a crash leaves the old ones."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    write_whole(path, text.getvalue())
